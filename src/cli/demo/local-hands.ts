/** Harm to the processes of a local cluster, by those who started them. Others on the same screen are left alone. */
import { type NodeId, nodeId, type Role, roleOf } from "../../core/index.ts";
import {
  type AdminAccess,
  AdminClient,
  findCluster,
  freeName,
  type Hands,
  type HeldNode,
} from "../../net/index.ts";
import type { Breakage, ClusterView, Done } from "../../observe/index.ts";
import { messageOf } from "../exit.ts";
import type { LocalProcesses } from "./local-processes.ts";

export interface LocalHandsOptions {
  readonly processes: LocalProcesses;
  /** The manager's. */
  readonly address: string;
  readonly access: AdminAccess;
  readonly drainTimeoutMs: number;
}

/** Something that was said about what was done is shown for so long. */
const saidMs = 2_500;

export class LocalHands implements Hands {
  readonly breakages = ["kill", "pause", "join", "drain"] as const;
  private readonly options: LocalHandsOptions;
  private readonly timers: Set<NodeJS.Timeout> = new Set();
  private readonly down: Map<string, Omit<HeldNode, "ageMs"> & { readonly since: number }> = new Map();
  private said: { readonly text: string; readonly at: number } | undefined = undefined;
  private story: ((elapsedMs: number, view: ClusterView) => void) | undefined = undefined;

  constructor(options: LocalHandsOptions) {
    this.options = options;
  }

  /** What happens by itself as time passes. */
  follow(story: (elapsedMs: number, view: ClusterView) => void): void {
    this.story = story;
  }

  ticked(elapsedMs: number, view: ClusterView): void {
    this.story?.(elapsedMs, view);
  }

  /** For the line above the panels. */
  get notice(): string | undefined {
    return this.said !== undefined && performance.now() - this.said.at < saidMs ? this.said.text : undefined;
  }

  say(text: string): void {
    this.said = { text, at: performance.now() };
  }

  held(): ReadonlyMap<string, HeldNode> {
    const now = performance.now();
    const entries = [...this.down].map(
      ([node, { since, ...rest }]) => [node, { ...rest, ageMs: now - since }] as const,
    );
    return new Map(entries);
  }

  break(breakage: Breakage, view: ClusterView): Done {
    switch (breakage.kind) {
      case "kill":
        return this.kill(breakage.node, breakage.restartAfterMicros);
      case "pause":
        return this.pause(breakage.node, breakage.forMicros);
      case "join":
        return this.join(breakage.role, view);
      case "drain":
        return this.drain(breakage.node);
      default:
        return { ok: false, reason: `${breakage.kind}: processes of this machine cannot be harmed so` };
    }
  }

  /** Nothing happens any more, and nobody is left standing still. */
  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    for (const [node, { state }] of this.down) {
      if (state === "paused") this.options.processes.signal(nodeId(node), "SIGCONT");
    }
    this.down.clear();
  }

  private kill(node: string, restartAfterMicros: number | null): Done {
    const refusal = this.refusal(node);
    if (refusal !== undefined) return { ok: false, reason: refusal };
    this.options.processes.endForGood(nodeId(node));
    this.down.set(node, { state: "lost", since: performance.now(), reason: "its process was killed" });
    if (restartAfterMicros === null) return { ok: true, text: `${node}: its process was killed (SIGKILL)` };
    const seconds = restartAfterMicros / 1e6;
    this.later(restartAfterMicros / 1000, () => this.begin(nodeId(node)));
    return {
      ok: true,
      text: `${node}: its process was killed (SIGKILL), and is started again in ${seconds} s`,
    };
  }

  private pause(node: string, forMicros: number): Done {
    const refusal = this.refusal(node);
    if (refusal !== undefined) return { ok: false, reason: refusal };
    if (this.down.get(node)?.state === "paused") return { ok: false, reason: `${node} stands still already` };
    this.options.processes.signal(nodeId(node), "SIGSTOP");
    this.down.set(node, { state: "paused", since: performance.now(), reason: "its process was stopped" });
    this.later(forMicros / 1000, () => {
      if (this.down.get(node)?.state !== "paused") return;
      this.down.delete(node);
      this.options.processes.signal(nodeId(node), "SIGCONT");
      this.say(`${node} goes on, and does not know that it stood still for ${forMicros / 1e6} s.`);
    });
    return { ok: true, text: `${node}: its process stands still (SIGSTOP) for ${forMicros / 1e6} s` };
  }

  private join(role: Role, view: ClusterView): Done {
    if (role === "manager") {
      return {
        ok: false,
        reason: "a second manager helps only where the registry is in etcd; here it is in manager-0",
      };
    }
    const taken = [...view.nodes.map(({ node }) => nodeId(node)), ...this.options.processes.nodes];
    const node = freeName(
      role,
      taken.map((name) => ({ node: name })),
    );
    this.begin(node);
    return { ok: true, text: `${node}: its process was started` };
  }

  private begin(node: NodeId): void {
    this.options.processes.begin(node).then(
      () => this.down.delete(node),
      (error: unknown) => this.say(`${node} could not start: ${messageOf(error).split("\n")[0]}`),
    );
  }

  private drain(node: string): Done {
    const refusal = this.refusal(node);
    if (refusal !== undefined) return { ok: false, reason: refusal };
    if (this.down.has(node)) return { ok: false, reason: `${node} stands still, and cannot be asked` };
    void this.askToLeave(node);
    return { ok: true, text: `${node} was asked to hand over what it holds, and to leave` };
  }

  private async askToLeave(node: string): Promise<void> {
    const { address, access, drainTimeoutMs } = this.options;
    const answer = await findCluster([address], access);
    const member = answer.ok
      ? answer.found.members.find((one) => one.node === node && !one.isGone)
      : undefined;
    if (member === undefined) return this.say(`${node} is not in the cluster: it cannot be asked to leave.`);
    const client = new AdminClient({ node: member.node, address: member.address }, access);
    const left = await client.leave({ reason: "drained by hand", drainTimeoutMs, allowsFewerCopies: false });
    client.close();
    this.say(left.ok ? `${node} has left, and others have what it held.` : `${node} stays: ${left.reason}`);
  }

  private refusal(node: string): string | undefined {
    if (roleOf(nodeId(node)) === "manager") {
      return `${node} keeps the registry of this cluster, and all ends with it: any other node would do`;
    }
    if (this.options.processes.isLiving(nodeId(node))) return undefined;
    return this.options.processes.nodes.has(nodeId(node))
      ? `${node} does not live`
      : `${node} was not started by this command`;
  }

  private later(afterMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, afterMs);
    this.timers.add(timer);
  }
}
