/** Nodes whose processes were killed, stopped or slowed down by hand, until they go on. */
import type { NodeId } from "../../core/index.ts";
import type { HeldNode } from "../../net/index.ts";
import type { Contacts, ProcessesAtHand } from "./processes.ts";

/** Where it was is kept: a cluster forgets those that it evicts, and who stands still has to go on. */
type Held = Omit<HeldNode, "ageMs"> & {
  readonly since: number;
  readonly processId: number | undefined;
  readonly contacts: Contacts;
};

export class HeldByHand {
  private readonly processes: ProcessesAtHand;
  /** Where the nodes of the cluster are now. */
  private readonly contacts: () => Contacts;
  private readonly nodes: Map<NodeId, Held> = new Map();

  constructor(processes: ProcessesAtHand, contacts: () => Contacts) {
    this.processes = processes;
    this.contacts = contacts;
  }

  all(): ReadonlyMap<string, HeldNode> {
    const now = performance.now();
    return new Map(
      [...this.nodes].map(([node, { since, contacts: _, ...rest }]) => [
        node,
        { ...rest, ageMs: now - since },
      ]),
    );
  }

  stateOf(node: NodeId): HeldNode["state"] | undefined {
    return this.nodes.get(node)?.state;
  }

  hold(node: NodeId, how: Omit<HeldNode, "ageMs">): void {
    const contacts = this.contacts().filter((one) => one.node === node);
    this.nodes.set(node, { ...how, since: performance.now(), processId: this.processOf(node), contacts });
  }

  /** It was started again by this very hand. */
  forget(node: NodeId): void {
    this.nodes.delete(node);
  }

  goOn(node: NodeId): void {
    if (this.stateOf(node) !== "lost") this.signal(node, "SIGCONT");
    this.nodes.delete(node);
  }

  /** Whom somebody else has started again: nothing holds those any more. */
  takeRestarted(): readonly NodeId[] {
    const restarted = this.contacts().flatMap(({ node, place }) => {
      const known = this.nodes.get(node)?.processId;
      return known === undefined || place === undefined || place.processId === known ? [] : [node];
    });
    for (const node of restarted) this.goOn(node);
    return restarted;
  }

  /** Nobody is left standing still. */
  releaseAll(): void {
    for (const node of this.nodes.keys()) {
      try {
        this.goOn(node);
      } catch {
        // One that cannot be signalled must not leave the others standing still.
      }
    }
    this.nodes.clear();
  }

  signal(node: NodeId, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.processes.signal(node, signal, this.nodes.get(node)?.contacts ?? this.contacts());
  }

  processOf(node: NodeId): number | undefined {
    return this.contacts().find((one) => one.node === node)?.place?.processId;
  }
}
