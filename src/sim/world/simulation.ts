/**
 * The simulated world: nodes of the core, driven in one process, in virtual time, by one event queue. Everything random
 * comes from one seed; the same plan and seed give the same trace, byte for byte.
 */
import {
  createNode,
  type Effect,
  type Event,
  type JobResult,
  type Micros,
  type NodeId,
  type Observation,
  recordKeys,
  type Wait,
} from "../../core/index.ts";
import { modelHash } from "../../observe/index.ts";
import { CheckpointDisk } from "./checkpoint-disk.ts";
import { Computer } from "./computer.ts";
import { Cuts } from "./cuts.ts";
import { decommission } from "./decommission.ts";
import { type FaultEvent, worldFact } from "./fault.ts";
import { closedDoors } from "./closed-doors.ts";
import { kinds } from "./event-kinds.ts";
import { EventQueue } from "./event-queue.ts";
import { Faults, type Stage } from "./faults.ts";
import { Home, isDown, type Item, type Life } from "./home.ts";
import { Network, type Reopening } from "./network.ts";
import { Random } from "./random.ts";
import { reseed } from "./reseed.ts";
import { Sender } from "./sender.ts";
import { Repeats } from "./repeat.ts";
import { SimulatedRegistry } from "./registry.ts";
import { RegistryLine } from "./registry-line.ts";
import { failureOf, hasEnded } from "./job-end.ts";
import { loadShareInto } from "./share-loading.ts";
import type { SimulationParts, SimulationPlan, SimulationResult } from "./simulation-plan.ts";
import { TraceHash } from "./trace-hash.ts";
import { resume } from "./resume.ts";
import { takeTimer } from "./timers.ts";
import { armTripwires, enter, leave } from "./tripwires.ts";
import { Witness } from "./witness.ts";
import { heartbeatIn, writtenBy } from "./world-facts.ts";

const digestEveryEvents = 4096;

export class Simulation {
  readonly homes: readonly Home[];
  private readonly homeOf = new Map<NodeId, Home>();
  private readonly queue = new EventQueue<Item>();
  readonly cuts = new Cuts();
  readonly network: Network;
  readonly registry: SimulatedRegistry;
  private readonly line: RegistryLine;
  private readonly sender: Sender;
  /** Where requests may come twice. */
  private readonly repeats: Repeats | undefined;
  readonly faults: Faults;
  private readonly hash = new TraceHash();
  /** A digest visits a node's sessions with all others: of many nodes they come so seldom that an event pays for one session. */
  private readonly digestEvery: number;
  private readonly witness: Witness | undefined;
  private readonly disk: CheckpointDisk;
  private readonly plan: SimulationPlan;
  private readonly parts: SimulationParts;
  private now = 0;
  private events = 0;
  /** Nodes that live, and those that are to start later. */
  private runningCount = 0;
  private launchesAhead = 0;
  /** The first reason with which a node stopped. */
  private firstReason: string | undefined;
  private outcome: JobResult | undefined;

  constructor(plan: SimulationPlan, parts: SimulationParts) {
    armTripwires();
    this.plan = plan;
    this.parts = parts;
    this.digestEvery = Math.max(digestEveryEvents, plan.nodes.length ** 2);
    this.witness = parts.stepped === undefined ? undefined : new Witness(parts.stepped, this.hash);
    this.disk = parts.disk ?? new CheckpointDisk();
    const { cuts } = this;
    const random = new Random(plan.seed);
    this.network = new Network(plan.network, random.fork("network"), cuts);
    this.repeats = plan.network.link.repeat > 0 ? new Repeats(parts.compressor) : undefined;
    this.sender = new Sender({
      network: this.network,
      isRepeating: this.repeats !== undefined,
      frameSent: parts.frameSent,
      home: (node) => this.homeOf.get(node),
      enqueue: (at, item) => this.enqueue(at, item),
      deliver: (at, life, event, kind) => this.deliver(at, life, event, kind),
    });
    this.registry = new SimulatedRegistry(
      plan.registryDelay,
      random.fork("registry"),
      plan.registryFaults,
      cuts,
    );
    this.registry.wrote = (by, request) => {
      for (const fact of writtenBy(by, request)) parts.observeWorld?.(fact, this.now);
    };
    this.line = new RegistryLine({
      registry: this.registry,
      cuts,
      now: () => this.now,
      act: (at, act) => this.act(at, act),
      life: (node) => this.homeOf.get(node)?.life,
      deliver: (at, life, event) => this.deliver(at, life, event, kinds[event.type]),
    });
    this.homes = plan.nodes.map(
      (options, index) =>
        new Home(index, options, new Computer(plan.cost, random.fork(`node:${options.id}`))),
    );
    for (const home of this.homes) this.homeOf.set(home.id, home);
    this.faults = new Faults(plan.faults ?? [], plan.awaitedFaults ?? [], this.stage());
    for (const { at, seed } of plan.reseeds ?? []) this.act(at, () => reseed(seed, this));
    for (const home of this.homes) if (!this.faults.joinsLater(home.id)) this.begin(home);
    this.submit();
  }

  /** Virtual time in microseconds. */
  get time(): number {
    return this.now;
  }

  /** Runs to the end. */
  run(): SimulationResult {
    for (;;) {
      const result = this.runSlice(Number.POSITIVE_INFINITY);
      if (result !== undefined) return result;
    }
  }

  /** When something happens next; Infinity: never. */
  get nextTime(): number {
    return this.queue.nextTime;
  }

  /** Handles at most so many items, none of them later than `untilMicros`; undefined where the run has not ended by then. */
  runSlice(itemsMax: number, untilMicros = Number.POSITIVE_INFINITY): SimulationResult | undefined {
    for (let i = 0; i < itemsMax; i++) {
      if (this.runningCount === 0 && this.isOver()) break;
      if (this.queue.nextTime > untilMicros && untilMicros < this.plan.horizonMicros) return undefined;
      if (this.queue.size === 0) return this.result("idle");
      if (this.queue.nextTime > this.plan.horizonMicros) return this.result("horizon");
      if (this.events >= this.plan.eventsMax) return this.result("events");
      this.advance();
    }
    if (this.runningCount > 0 || !this.isOver()) return undefined;
    return this.result(this.jobHasEnded() || this.firstReason !== undefined ? "stopped" : "idle");
  }

  /** Events delivered to nodes so far. */
  get eventCount(): number {
    return this.events;
  }

  why(): readonly Wait[] {
    return this.homes.flatMap((home) =>
      isDown(home) ? [] : (home.life as Life).node.why(home.time(this.now)),
    );
  }

  /** No node lives: nobody is to come, or whoever comes finds the job over. */
  private isOver(): boolean {
    return this.launchesAhead === 0 || this.jobHasEnded();
  }

  private jobHasEnded(): boolean {
    return hasEnded(this.registry);
  }

  /** Handles the next item of the queue. */
  private advance(): void {
    const at = this.queue.nextTime;
    const item = this.queue.pop();
    if (item === undefined) return;
    this.now = at;
    this.witness?.begins(item);
    const heard = heartbeatIn(item, this.parts.compressor);
    if (heard !== undefined) this.parts.observeWorld?.(heard, at);
    if (item.type === "act") item.act();
    else if (item.life.state === "running") this.happen(item);
    else if (item.life.state === "paused") item.life.missed.push(item);
  }

  private happen(item: Item & { readonly type: "event" | "repeat" | "timer" }): void {
    const { life } = item;
    if (item.type === "timer") {
      if (!takeTimer(item)) return;
      this.step(life, { type: "timer-fired", timer: item.timer }, kinds.timer, undefined);
    } else if (item.type === "repeat") {
      const frame = this.repeats?.again(item.frame);
      if (frame !== undefined)
        this.step(life, { type: "received", channel: "data", frame }, kinds.received, frame);
    } else if (item.connection?.isOpen !== false) {
      if (item.bytes !== undefined) this.repeats?.arrived(item.bytes);
      this.step(life, item.event, item.kind, item.bytes);
    }
  }

  private step(life: Life, event: Event, kind: number, bytes: Uint8Array | undefined): void {
    const { home } = life;
    this.events++;
    this.hash.record(this.now, home.index, kind, bytes);
    this.witness?.stepped(life, event, { number: this.events, at: this.now });
    const effects = this.effectsOf(life, event);
    for (let i = 0; i < effects.length; i++) this.perform(life, effects[i]);
    if (this.events % this.digestEvery === 0) this.recordDigests();
  }

  private effectsOf({ home, node }: Life, event: Event): readonly Effect[] {
    const own = home.time(this.now);
    enter();
    try {
      return node.step(event, own);
    } finally {
      leave();
    }
  }

  private perform(life: Life, effect: Effect): void {
    const { home } = life;
    switch (effect.type) {
      case "send":
        return this.sender.send(life, effect, this.now);
      case "set-timer":
        return this.setTimer(life, effect.timer, effect.at);
      case "cancel-timer":
        return life.timers.cancel(effect.timer);
      case "compute": {
        const { at, event } = resume(life, effect, this.now);
        return this.deliver(at, life, event, kinds.computed);
      }
      case "load-share": {
        const { parts, now } = this;
        const { at, event } = loadShareInto(life, effect, { job: this.plan.job, parts, now });
        return this.deliver(at, life, event, kinds.share);
      }
      case "registry":
        return this.line.ask(life, effect);
      case "checkpoint":
        return this.useDisk(life, effect);
      case "observe":
        return this.observe(effect.fact, home.id);
      case "outcome":
        this.outcome = effect.outcome;
        if (effect.outcome.model !== undefined) {
          const fact: Observation = { type: "model-saved", sha: modelHash(effect.outcome.model) };
          this.observe(fact, home.id);
        }
        return;
      case "evicted":
        this.end(life, false);
        if (!life.isLeaving) this.launch(home, this.now + (this.plan.rejoinMicros ?? 100_000));
        return;
      case "stopped":
        life.state = "over";
        this.runningCount--;
        if (!life.isLeaving) this.firstReason ??= effect.reason;
        return;
      default:
        throw new Error(`Invariant: no such effect: ${JSON.stringify(effect satisfies never)}`);
    }
  }

  private observe(fact: Observation, node: NodeId): void {
    this.parts.observe(fact, node, this.now);
    this.faults.observe(fact, node);
  }

  private happened(event: FaultEvent): void {
    this.parts.faultHappened?.(event, this.now);
    this.faults.observe(worldFact(event), "node" in event ? event.node : undefined);
  }

  /** As whoever submits a job does: the second of two is refused. */
  private submit(): void {
    this.line.post(this.registry.submit(recordKeys.job, JSON.stringify(this.plan.job), this.now), undefined);
  }

  /** By a clock that stands still it is never due; when the clock goes on, it is set again. */
  private setTimer(life: Life, timer: string, due: Micros): void {
    const item = life.timers.set(life, timer, due);
    const at = Math.max(life.home.trueTime(due), this.now);
    if (at < Number.POSITIVE_INFINITY) this.enqueue(at, item);
  }

  /** What a node has asked for is done even where the node dies before it is, unless its crash says otherwise. */
  private useDisk(life: Life, { id, request }: Effect & { readonly type: "checkpoint" }): void {
    const trouble = life.home.disk;
    this.act(this.now + this.disk.micros(request, trouble), () => {
      if (life.losesWrites) return;
      const answer = this.disk.execute(request, trouble);
      this.deliver(this.now, life, { type: "checkpoint-answered", id, answer }, kinds.checkpoint);
    });
  }

  private deliver(at: number, life: Life, event: Event, kind: number): void {
    this.enqueue(at, { type: "event", life, event, kind, bytes: undefined, connection: undefined });
  }

  private enqueue(at: number, item: Item): void {
    this.queue.push(at, item);
    this.witness?.scheduled(item);
  }

  private act(at: number, act: () => void): void {
    this.enqueue(at, { type: "act", act });
  }

  private begin(home: Home): void {
    const { compressor, applications } = this.parts;
    const life = home.begin(createNode(home.nextOptions, { compressor, applications }));
    this.runningCount++;
    this.reopen(this.network.open(home.id, this.now));
    this.deliver(this.now, life, { type: "started" }, kinds.started);
  }

  private launch(home: Home, at: number): void {
    this.launchesAhead++;
    this.act(at, () => {
      this.launchesAhead--;
      if (home.isGone) return;
      this.begin(home);
      const { id, livesCount } = home;
      this.happened({ type: "node-launched", node: id, life: livesCount });
    });
  }

  /** The cluster may go on without it, or with its next life. */
  private end(life: Life, isSudden: boolean): void {
    life.state = "over";
    life.missed.length = 0;
    this.runningCount--;
    this.registry.forget(life.home.id);
    this.network.close(life.home.id, isSudden);
  }

  private reopen(reopenings: readonly Reopening[]): void {
    for (const { route, at, connection } of reopenings) {
      const { from, to: peer, channel } = route;
      const life = this.homeOf.get(from)?.life;
      if (life === undefined) continue;
      const event = { type: "connected", peer, channel } as const;
      const kind = kinds.connected;
      this.enqueue(at, { type: "event", life, event, kind, bytes: undefined, connection });
    }
  }

  private recordDigests(): void {
    for (const { index, life } of this.homes) {
      if (life !== undefined) this.hash.record(life.node.digest(), index, kinds.digest, undefined);
    }
  }

  private result(endedBy: SimulationResult["endedBy"]): SimulationResult {
    this.recordDigests();
    return {
      endedBy,
      failure: failureOf(this.registry, this.firstReason),
      outcome: this.outcome,
      traceHash: this.hash.digest(),
      events: this.events,
      virtualMicros: this.now,
      network: this.network.counts,
    };
  }

  private stage(): Stage {
    return {
      home: (node) => this.homeOf.get(node) as Home,
      homes: () => this.homes,
      cuts: this.cuts,
      now: () => this.now,
      act: (at, act) => this.act(at, act),
      launch: (home, at) => this.launch(home, at),
      kill: (life) => {
        this.end(life, true);
        const { doorMicros } = this.plan;
        for (const [manager, event] of doorMicros === undefined ? [] : closedDoors(this, life))
          this.deliver(this.now + (doorMicros ?? 0), manager, event, kinds.refused);
      },
      requestStop: (life, reason) =>
        this.deliver(this.now, life, { type: "stop-requested", reason, drains: true }, kinds.stop),
      decommission: ({ id }) =>
        decommission(this, id, (life, event) => this.deliver(this.now, life, event, kinds.operator)),
      happen: (item) => this.happen(item),
      setTimer: (life, timer, due) => this.setTimer(life, timer, due),
      heal: (cut) => this.reopen(this.network.heal(cut, this.now)),
      network: this.network,
      submit: () => this.submit(),
      tell: (event) => this.happened(event),
    };
  }
}
