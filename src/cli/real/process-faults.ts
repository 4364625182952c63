/** Does a scenario's faults to real processes and their wires, and says what it did as the simulated world would. */
import { nodeId, type NodeId } from "../../core/index.ts";
import { type Fault, type FaultEvent, Lasting, type LinkChange, Random, sample } from "../../sim/index.ts";
import { messageOf } from "../exit.ts";
import type { FaultProxy } from "./fault-proxy.ts";

/** What can be done to the processes of a cluster. */
export interface Processes {
  /** Undefined: it has none that lives. */
  pidOf(node: NodeId): number | undefined;
  launch(node: NodeId): void;
  alive(): readonly NodeId[];
  submitAgain(): Promise<void>;
  /** Resolves with whether the acting manager has marked it. */
  decommission(node: NodeId): Promise<boolean>;
  /** Whoever submitted goes away, and another client follows the job. */
  abandon(): Promise<void>;
}

export interface FaultsOptions {
  readonly processes: Processes;
  readonly proxy: FaultProxy;
  readonly seed: string;
  /** How many times as long everything takes here. */
  readonly stretch: number;
  readonly now: () => number;
  readonly happened: (event: FaultEvent) => void;
  /** A fault could not be done. */
  readonly failed: (reason: string) => void;
}

/** An operator who is refused for so long gives up; as in the simulator. */
const decommissionMicros = 30_000_000;
const askAgainMicros = 100_000;

export class ProcessFaults {
  /** Processes whose end is the scenario's doing: a next one of the node may be there before the end is known. */
  private readonly doomed: Set<number> = new Set();
  private readonly ends: Map<NodeId, number> = new Map();
  private readonly options: FaultsOptions;
  /** How many each node has had. */
  private readonly lives: Map<NodeId, number> = new Map();
  /** Processes that are on their way. */
  private readonly launched: Set<NodeId> = new Set();
  /** Whoever comes under these names is refused, and ends. */
  private readonly decommissioned: Set<NodeId> = new Set();
  private readonly paused: Map<NodeId, number> = new Map();
  private readonly timers: Set<NodeJS.Timeout> = new Set();
  private readonly random: Random;
  private readonly lasting: Lasting;
  /** All others are gone for good. */
  private core: readonly NodeId[] | undefined = undefined;
  private isOver = false;

  constructor(options: FaultsOptions) {
    this.options = options;
    this.random = new Random(`${options.seed}/wires`);
    this.lasting = new Lasting((at, act) => this.at(at, act));
  }

  at(micros: number, act: () => void): void {
    if (this.isOver) return;
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        act();
      },
      Math.max(0, micros - this.options.now()) / 1000,
    );
    this.timers.add(timer);
  }

  begin(fault: Fault): void {
    switch (fault.kind) {
      case "crash":
        return this.crash(fault);
      case "pause":
        return this.pause(fault);
      case "preempt":
        return this.preempt(fault);
      case "decommission":
        return this.decommission(fault.node, fault.at + decommissionMicros * this.options.stretch);
      case "join":
        return this.launch(fault.node);
      case "abandon":
        return this.follow(this.options.processes.abandon(), { type: "client-gone" });
      case "submit":
        return this.follow(this.options.processes.submitAgain(), { type: "job-submitted-again" });
      case "heal-all":
        return this.healAll();
      case "core":
        return this.leaveOnly(fault);
      case "cut": {
        const heal = this.options.proxy.cut(fault);
        return this.onLink(fault, heal, ["link-cut", "link-healed"]);
      }
      case "link": {
        const heal = this.options.proxy.delay(fault, this.delayOf(fault.change));
        return this.onLink(fault, heal, ["link-changed", "link-restored"]);
      }
      default:
        throw new Error(`Invariant: a ${fault.kind} was to be refused before the run`);
    }
  }

  private follow(done: Promise<void>, event: FaultEvent): void {
    const failed = (error: unknown): void =>
      this.options.failed(`${event.type} could not be done: ${messageOf(error)}`);
    done.then(() => this.options.happened(event), failed);
  }

  /** No more of them; who stands still goes on. */
  end(): void {
    this.isOver = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const pid of this.paused.values()) signal(pid, "SIGCONT");
    this.paused.clear();
  }

  /** Whether a process of this node that has ended is one that was to; each is asked for once. */
  isExpected(node: NodeId): boolean {
    if (this.decommissioned.has(node)) return true;
    const left = this.ends.get(node) ?? 0;
    if (left === 0) return false;
    this.ends.set(node, left - 1);
    return true;
  }

  private doom(node: NodeId, pid: number): void {
    if (this.doomed.has(pid)) return;
    this.doomed.add(pid);
    this.ends.set(node, (this.ends.get(node) ?? 0) + 1);
  }

  private crash({ node, restartAt }: Extract<Fault, { readonly kind: "crash" }>): void {
    if (!this.kill(node)) return;
    if (restartAt !== undefined) this.at(restartAt, () => this.launch(node));
  }

  private kill(node: NodeId): boolean {
    const pid = this.options.processes.pidOf(node);
    if (pid === undefined) return false;
    if (!signal(pid, "SIGKILL")) return false;
    this.paused.delete(node);
    this.doom(node, pid);
    this.options.happened({ type: "node-crashed", node });
    return true;
  }

  private healAll(): void {
    this.lasting.endAll();
    this.options.happened({ type: "all-healed" });
  }

  private leaveOnly({ nodes, withinMicros }: Extract<Fault, { readonly kind: "core" }>): void {
    this.healAll();
    this.core = nodes;
    for (const node of this.options.processes.alive()) if (!nodes.includes(node)) this.kill(node);
    this.options.happened({ type: "core-chosen", nodes, withinMs: withinMicros / 1000 });
  }

  private launch(node: NodeId): void {
    if (this.core?.includes(node) === false) return;
    this.launched.add(node);
    this.options.processes.launch(node);
    this.begins(node);
  }

  /** A process listens: as it was started or launched, or once more after an eviction, with a life that nobody launched. */
  listens(node: NodeId): void {
    if (this.launched.delete(node)) return;
    if (this.lives.has(node)) this.begins(node);
    else this.lives.set(node, 1);
  }

  private begins(node: NodeId): void {
    const life = (this.lives.get(node) ?? 0) + 1;
    this.lives.set(node, life);
    if (!this.isOver) this.options.happened({ type: "node-launched", node, life });
  }

  private pause({ node, until }: Extract<Fault, { readonly kind: "pause" }>): void {
    const pid = this.options.processes.pidOf(node);
    if (pid === undefined || this.paused.has(node) || !signal(pid, "SIGSTOP")) return;
    this.paused.set(node, pid);
    this.options.happened({ type: "node-paused", node });
    this.lasting.until(until, () => {
      if (this.paused.get(node) !== pid) return;
      this.paused.delete(node);
      if (signal(pid, "SIGCONT")) this.options.happened({ type: "node-resumed", node });
    });
  }

  private preempt({ node, killAt }: Extract<Fault, { readonly kind: "preempt" }>): void {
    const pid = this.options.processes.pidOf(node);
    if (pid === undefined || !signal(pid, "SIGTERM")) return;
    this.doom(node, pid);
    this.options.happened({ type: "node-asked-to-leave", node, killAt });
    if (killAt !== undefined)
      this.at(killAt, () => {
        if (this.options.processes.pidOf(node) === pid) this.kill(nodeId(node));
      });
  }

  private decommission(node: NodeId, until: number): void {
    const { processes, now, happened } = this.options;
    // It may have ended before it is known that it is done.
    this.decommissioned.add(node);
    void processes.decommission(node).then((isDone) => {
      if (this.isOver) return;
      if (isDone) return happened({ type: "node-decommissioned", node });
      this.decommissioned.delete(node);
      const at = now();
      if (at < until) this.at(at + askAgainMicros, () => this.decommission(node, until));
    });
  }

  private onLink(
    { from, to, until }: Extract<Fault, { readonly kind: "cut" | "link" }>,
    heal: () => void,
    [began, ended]: readonly ["link-cut", "link-healed"] | readonly ["link-changed", "link-restored"],
  ): void {
    this.options.happened({ type: began, from, to });
    this.lasting.until(until, () => {
      heal();
      this.options.happened({ type: ended, from, to });
    });
  }

  private delayOf({ delay }: LinkChange): () => number {
    if (delay === undefined) return () => 0;
    return () => (sample(delay, this.random) * this.options.stretch) / 1000;
  }
}

/** False: the process is gone. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
