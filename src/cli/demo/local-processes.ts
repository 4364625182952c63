/** A local cluster whose processes are ended, stopped and added while it runs. */
import type { NodeId } from "../../core/index.ts";
import { type ChildExit, LocalCluster } from "../../net/index.ts";
import type { ProcessesAtHand } from "../hands/processes.ts";
import { throughProxy } from "../real/disturbed-command.ts";
import type { ThreadedWires } from "./threaded-wires.ts";
import { type LocalNodes, localCommand, localNodes, restartRule } from "../local-nodes.ts";

const stopGraceMs = 2_000;

export class LocalProcesses implements ProcessesAtHand {
  readonly restartRefusal = undefined;
  /** Every node that was ever started here. */
  readonly nodes: Set<NodeId>;
  private readonly cluster: LocalCluster;
  /** Killed by hand: not started again by itself. */
  private readonly killed: Set<NodeId> = new Set();

  /** `exited`: a process ended by itself, for good, with a failure. Every connection of theirs runs through `wires`. */
  constructor(nodes: LocalNodes, wires: ThreadedWires, exited: (exit: ChildExit) => void) {
    this.nodes = new Set(localNodes(nodes));
    const restart = restartRule(nodes, () => {});
    this.cluster = new LocalCluster({
      nodes: [...this.nodes],
      command: (node, ...which) => throughProxy(localCommand(nodes, node, ...which), wires.urlOf(node)),
      listens: (node, address) => wires.listens(node, address),
      restart: restart && {
        ...restart,
        isWanted: (exit) => !this.killed.has(exit.node) && restart.isWanted(exit),
      },
      log: () => {},
      exited: (exit) => {
        if (exit.code !== 0 && !this.killed.has(exit.node)) exited(exit);
      },
      stopGraceMs,
    });
  }

  start(): Promise<string> {
    return this.cluster.start();
  }

  stop(reason: string): Promise<void> {
    return this.cluster.stop(reason);
  }

  get taken(): Iterable<NodeId> {
    return this.nodes;
  }

  /** Others on the same screen are left alone. */
  refusal(node: NodeId): string | undefined {
    if (this.cluster.pids().has(node)) return undefined;
    return this.nodes.has(node) ? `${node} does not live` : `${node} was not started by this command`;
  }

  /** One more, or one that was killed, again. */
  async begin(node: NodeId): Promise<undefined> {
    this.nodes.add(node);
    this.killed.delete(node);
    await this.cluster.join(node);
  }

  /** All of them end with the command, by `stop`. */
  close(): void {}

  /** To a child that lives: nobody else has its number. */
  signal(node: NodeId, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    const pid = this.cluster.pids().get(node);
    if (pid === undefined) return;
    if (signal === "SIGKILL") this.killed.add(node);
    process.kill(pid, signal);
  }
}
