/** Does to nodes and links what the plan says, when it says so. Faults draw nothing. */
import type { Micros, NodeId, Observation } from "../../core/index.ts";
import { AwaitedFaults, type MissedFault } from "./awaited-faults.ts";
import type { Cut, Cuts } from "./cuts.ts";
import { type AwaitedFault, endOf, type Fault, type FaultEvent, type Wakes } from "./fault.ts";
import { type Home, isDown, type Life, type LifeItem } from "./home.ts";
import { Lasting } from "./lasting.ts";
import { MemoryCaps, type MemoryExcess } from "./memory-caps.ts";
import type { Network } from "./network.ts";
import { NodeClock } from "./node-clock.ts";

/** What faults may do to the world. */
export interface Stage {
  readonly cuts: Cuts;
  readonly network: Network;
  home(node: NodeId): Home;
  homes(): readonly Home[];
  now(): number;
  act(at: number, act: () => void): void;
  /** Begins the node's next life at that time, unless the job is over before. */
  launch(home: Home, at: number): void;
  kill(life: Life): void;
  requestStop(life: Life, reason: string): void;
  /** Asks the acting manager, unless it has done it: true. */
  decommission(home: Home): boolean;
  happen(item: LifeItem): void;
  setTimer(life: Life, timer: string, due: Micros): void;
  /** The cut has ended: what it broke is open again in a while. */
  heal(cut: Cut): void;
  /** Submits the job once more. */
  submit(): void;
  tell(event: FaultEvent): void;
}

/** An operator who is refused for so long gives up. */
const decommissionMicros = 30_000_000;
const askAgainMicros = 100_000;

type Of<Kind extends Fault["kind"]> = Fault & { readonly kind: Kind };

export class Faults {
  private readonly stage: Stage;
  private readonly joiners = new Set<NodeId>();
  private readonly planned: readonly Fault[];

  private readonly awaited: AwaitedFaults | undefined;
  private readonly lasting: Lasting;
  private memory: MemoryCaps | undefined = undefined;
  private plannedEnd: number;

  constructor(faults: readonly Fault[], awaited: readonly AwaitedFault[], stage: Stage) {
    this.stage = stage;
    this.planned = faults;
    this.lasting = new Lasting((at, act) => stage.act(at, act));
    this.plannedEnd = faults.reduce((latest, fault) => Math.max(latest, endOf(fault)), 0);
    for (const fault of faults) {
      if (fault.kind === "join") this.join(fault);
      else stage.act(fault.at, () => this.begin(fault));
    }
    for (const { fault } of awaited) if (fault.kind === "join") this.joiners.add(fault.node as NodeId);
    if (awaited.length === 0) return;
    this.awaited = new AwaitedFaults(awaited, {
      now: () => stage.now(),
      act: (at, act) => stage.act(at, act),
      begin: (fault) => this.begin(fault),
    });
  }

  /** What nodes say, and what the world does to them. */
  observe(fact: Observation, node: NodeId | undefined): void {
    this.awaited?.observe(fact, node);
    const excess = node === undefined ? undefined : this.memory?.observe(fact, node);
    if (node !== undefined && excess !== undefined) this.runOut(node, excess);
  }

  /** By when all that has happened is over. */
  get endedAt(): number {
    return Math.max(this.plannedEnd, this.awaited?.endedAt ?? 0);
  }

  /** Those that waited for something and did nothing. */
  missed(): readonly MissedFault[] {
    return this.awaited?.missed() ?? [];
  }

  joinsLater(node: NodeId): boolean {
    return this.joiners.has(node);
  }

  private begin(fault: Fault): void {
    const { stage } = this;
    switch (fault.kind) {
      case "join":
        return this.join(fault);
      case "crash":
        return this.crash(fault);
      case "pause":
        return this.pause(fault);
      case "cut":
        return this.cut(fault);
      case "preempt":
        return this.preempt(fault);
      case "decommission":
        return this.decommission(fault.node, fault.at + decommissionMicros);
      case "slow":
        return this.slow(fault);
      case "clock":
        return this.changeClock(fault);
      case "link":
        return this.changeLink(fault);
      case "nic":
        return this.changeNic(fault);
      case "disk":
        return this.troubleDisk(fault);
      case "memory":
        return this.capMemory(fault);
      case "heal-all":
        return this.healAll(fault.index);
      case "core":
        return this.leaveOnly(fault);
      case "abandon":
        return stage.tell({ type: "client-gone" });
      case "submit":
        stage.submit();
        return stage.tell({ type: "job-submitted-again" });
      default:
        throw new Error(`Invariant: no such fault: ${JSON.stringify(fault satisfies never)}`);
    }
  }

  private join({ node, at, version }: Of<"join">): void {
    this.joiners.add(node);
    this.stage.home(node).version = version;
    this.stage.launch(this.stage.home(node), at);
  }

  private crash({ node, restartAt, losesWrites, version }: Of<"crash">): void {
    const home = this.stage.home(node);
    const { life } = home;
    if (!this.kill(home)) return;
    if (life !== undefined) life.losesWrites = losesWrites;
    home.version = version ?? home.version;
    if (restartAt !== undefined) this.stage.launch(home, restartAt);
  }

  /** False where it does not live. */
  private kill(home: Home): boolean {
    if (home.life === undefined || isDown(home)) return false;
    this.stage.kill(home.life);
    this.stage.tell({ type: "node-crashed", node: home.id });
    return true;
  }

  private pause({ node, until, wakes }: Of<"pause">): void {
    const { life } = this.stage.home(node);
    if (life?.state !== "running") return;
    life.state = "paused";
    this.stage.tell({ type: "node-paused", node });
    this.lasting.until(until, () => this.resume(life, wakes));
  }

  /** What came meanwhile happens at once; timers among it are late. */
  private resume(life: Life, wakes: Wakes): void {
    if (life.state !== "paused") return;
    life.state = "running";
    this.stage.tell({ type: "node-resumed", node: life.home.id });
    for (const item of inTurn(life.missed.splice(0), wakes)) if (isRunning(life)) this.stage.happen(item);
  }

  private cut(fault: Of<"cut">): void {
    const { stage } = this;
    const { from, to, until } = fault;
    const cut = stage.cuts.begin(fault);
    if (fault.mode === "reset") stage.network.reset(cut);
    stage.tell({ type: "link-cut", from, to });
    this.lasting.until(until, () => {
      stage.cuts.end(cut);
      stage.tell({ type: "link-healed", from, to });
      stage.heal(cut);
    });
  }

  private preempt({ node, killAt }: Of<"preempt">): void {
    const { stage } = this;
    const home = stage.home(node);
    const { life } = home;
    if (life !== undefined && !isDown(home)) {
      life.isLeaving = true;
      stage.tell({ type: "node-asked-to-leave", node, killAt });
      stage.requestStop(life, `the operator asks ${node} to leave`);
    }
    if (killAt === undefined) return;
    stage.act(killAt, () => {
      home.isGone = true;
      this.kill(home);
    });
  }

  /** Asked again where it is refused, or nobody acts, as an operator would. */
  private decommission(node: NodeId, until: number): void {
    const { stage } = this;
    const now = stage.now();
    if (stage.decommission(stage.home(node))) return stage.tell({ type: "node-decommissioned", node });
    if (now < until) stage.act(now + askAgainMicros, () => this.decommission(node, until));
  }

  private troubleDisk({ node, until, trouble }: Of<"disk">): void {
    const { stage } = this;
    const home = stage.home(node);
    home.disk = trouble;
    stage.tell({ type: "disk-troubled", node, what: trouble.what });
    this.lasting.until(until, () => {
      // Another began meanwhile, and ends by itself.
      if (home.disk !== trouble) return;
      home.disk = undefined;
      stage.tell({ type: "disk-well", node });
    });
  }

  private capMemory({ node, until, bytesMax, restartMicros }: Of<"memory">): void {
    const memory = (this.memory ??= new MemoryCaps());
    const cap = { bytesMax, restartMicros };
    memory.begin(node, cap);
    this.stage.tell({ type: "memory-capped", node, bytesMax });
    this.lasting.until(until, () => {
      if (memory.end(node, cap)) this.stage.tell({ type: "memory-uncapped", node });
    });
  }

  /** After what it is doing now, for it says so in the middle of that. */
  private runOut(node: NodeId, { usedBytes, bytesMax, restartMicros }: MemoryExcess): void {
    const { stage } = this;
    const { life } = stage.home(node);
    this.memory?.forget(node);
    stage.act(stage.now(), () => {
      const home = stage.home(node);
      if (home.life !== life || isDown(home)) return;
      stage.tell({ type: "node-out-of-memory", node, usedBytes, bytesMax });
      this.kill(home);
      if (restartMicros !== undefined) stage.launch(home, stage.now() + restartMicros);
    });
  }

  /** What is to begin later does. */
  private healAll(index: number): void {
    this.lasting.endAll();
    this.awaited?.healed(index);
    const now = this.stage.now();
    const later = this.planned.filter(({ at }) => at > now);
    this.plannedEnd = later.reduce((latest, fault) => Math.max(latest, endOf(fault)), now);
    this.stage.tell({ type: "all-healed" });
  }

  /** All others are gone for good, with their machines. */
  private leaveOnly({ nodes, index, withinMicros }: Of<"core">): void {
    this.healAll(index);
    for (const home of this.stage.homes()) {
      if (nodes.includes(home.id)) continue;
      home.isGone = true;
      this.kill(home);
    }
    this.stage.tell({ type: "core-chosen", nodes, withinMs: withinMicros / 1000 });
  }

  private changeLink(fault: Of<"link">): void {
    const { stage } = this;
    const { from, to, until } = fault;
    stage.network.changes.begin(fault);
    stage.tell({ type: "link-changed", from, to });
    this.lasting.until(until, () => {
      stage.network.changes.end(fault);
      stage.tell({ type: "link-restored", from, to });
    });
  }

  private changeNic({ node, egressBytesPerSecond, ingressBytesPerSecond, until }: Of<"nic">): void {
    const { stage } = this;
    const { nics } = stage.network;
    nics.set(node, { egress: egressBytesPerSecond, ingress: ingressBytesPerSecond });
    stage.tell({ type: "bandwidth-changed", node });
    this.lasting.until(until, () => {
      nics.set(node, undefined);
      stage.tell({ type: "bandwidth-changed", node });
    });
  }

  private slow({ node, until, factor }: Of<"slow">): void {
    const { stage } = this;
    const { computer } = stage.home(node);
    computer.slowness = factor;
    stage.tell({ type: "node-slowed", node, factor });
    this.lasting.until(until, () => {
      computer.slowness = 1;
      stage.tell({ type: "node-slowed", node, factor: 1 });
    });
  }

  /** Timers that are set become due by the clock as it goes from now on. */
  private changeClock({ node, stepMicros, drift }: Of<"clock">): void {
    const home = this.stage.home(node);
    home.clock ??= new NodeClock();
    home.clock.change(this.stage.now(), stepMicros, drift);
    this.stage.tell({ type: "clock-changed", node });
    for (const { life, timer, due } of home.life?.timers.all() ?? []) this.stage.setTimer(life, timer, due);
  }
}

function isRunning({ state }: Life): boolean {
  return state === "running";
}

function inTurn(items: readonly LifeItem[], wakes: Wakes): readonly LifeItem[] {
  if (wakes === "in-order") return items;
  const timers = items.filter(({ type }) => type === "timer");
  const others = items.filter(({ type }) => type !== "timer");
  return wakes === "timers-first" ? [...timers, ...others] : [...others, ...timers];
}
