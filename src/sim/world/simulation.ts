/**
 * The simulated world: nodes of the core, driven in one process, in virtual time, by one event queue. Everything random
 * comes from one seed; the same plan and seed give the same trace, byte for byte.
 */
import {
  allocateFrame,
  type Application,
  type Channel,
  type Compressor,
  createNode,
  type Effect,
  type Event,
  type Examples,
  type JobResult,
  type JobSpec,
  micros,
  type Node,
  type NodeId,
  type NodeOptions,
  type Observation,
  ProgramHost,
  recordKeys,
  type ShareSummary,
  type Wait,
} from "../../core/index.ts";
import { modelHash } from "../../observe/index.ts";
import { type CostModel, Computer } from "./computer.ts";
import type { Distribution } from "./distribution.ts";
import { EventQueue } from "./event-queue.ts";
import { type Connection, Network, type NetworkOptions } from "./network.ts";
import { Random } from "./random.ts";
import { Repeats } from "./repeat.ts";
import { type RegistryPost, SimulatedRegistry } from "./registry.ts";
import type { RegistryFaults } from "./registry-faults.ts";
import { TraceHash } from "./trace-hash.ts";

export interface SimulationPlan {
  readonly seed: string;
  readonly nodes: readonly NodeOptions[];
  readonly network: NetworkOptions;
  readonly registryDelay: Distribution;
  /** Undefined: none. */
  readonly registryFaults?: RegistryFaults;
  readonly cost: CostModel;
  readonly job: JobSpec;
  /** The run is undecided past this virtual time, or past this many events. */
  readonly horizonMicros: number;
  readonly eventsMax: number;
}

/** What the simulator needs but may not import. */
export interface SimulationParts {
  readonly applications: (name: string) => Application | undefined;
  readonly compressor: Compressor;
  /** The share of a slot; the rows are the same in both worlds. */
  readonly loadShare: (
    source: unknown,
    slot: number,
    slotCount: number,
  ) => { readonly examples: Examples | undefined; readonly summary: ShareSummary };
  /** Every fact, as it happens: `at` in true virtual microseconds. */
  readonly observe: (fact: Observation, node: NodeId, at: number) => void;
}

export interface SimulationResult {
  readonly endedBy: "stopped" | "horizon" | "events" | "idle";
  /** Why the job failed; undefined where it did not. */
  readonly failure: string | undefined;
  readonly outcome: JobResult | undefined;
  readonly traceHash: string;
  /** Events delivered to nodes. */
  readonly events: number;
  readonly virtualMicros: number;
  readonly network: Network["counts"];
}

type Item =
  | {
      readonly type: "event";
      readonly node: number;
      readonly event: Event;
      readonly kind: number;
      readonly bytes: Uint8Array | undefined;
      /** That a frame travels on. */
      readonly connection: Connection | undefined;
    }
  /** A lease of the registry is due, or a watch that was lost goes on. */
  | { readonly type: "registry-due" }
  | { readonly type: "repeat"; readonly node: number; readonly frame: Uint8Array }
  | { readonly type: "timer"; readonly node: number; readonly timer: string; readonly generation: number }
  | {
      readonly type: "registry";
      readonly node: number;
      readonly effect: Effect & { readonly type: "registry" };
    };

interface Hosted {
  readonly node: Node;
  readonly computer: Computer;
  readonly host: ProgramHost;
  /** Generation of each timer that is set. */
  readonly timers: Map<string, number>;
  isStopped: boolean;
}

const digestEveryEvents = 4096;
const kinds = {
  started: 1,
  received: 2,
  connected: 3,
  timer: 4,
  computed: 5,
  share: 6,
  answered: 7,
  changed: 8,
  digest: 9,
};

export class Simulation {
  readonly nodes: readonly Node[];
  private readonly hosted: readonly Hosted[];
  private readonly indexOf = new Map<NodeId, number>();
  private readonly queue = new EventQueue<Item>();
  private readonly network: Network;
  private readonly registry: SimulatedRegistry;
  /** Where requests may come twice. */
  private readonly repeats: Repeats | undefined;
  private readonly hash = new TraceHash();
  private readonly plan: SimulationPlan;
  private readonly parts: SimulationParts;
  private now = 0;
  private events = 0;
  private timerGeneration = 0;
  /** When the registry has something to do next, as far as it is in the queue. */
  private registryDue = Number.POSITIVE_INFINITY;
  private runningCount: number;
  private failure: string | undefined;
  private outcome: JobResult | undefined;

  constructor(plan: SimulationPlan, parts: SimulationParts) {
    this.plan = plan;
    this.parts = parts;
    const random = new Random(plan.seed);
    this.network = new Network(plan.network, random.fork("network"));
    this.repeats = plan.network.link.repeat > 0 ? new Repeats(parts.compressor) : undefined;
    this.registry = new SimulatedRegistry(plan.registryDelay, random.fork("registry"), plan.registryFaults);
    this.hosted = plan.nodes.map((options) => ({
      node: createNode(options, { compressor: parts.compressor, applications: parts.applications }),
      computer: new Computer(plan.cost, random.fork(`node:${options.id}`)),
      host: new ProgramHost(),
      timers: new Map(),
      isStopped: false,
    }));
    this.nodes = this.hosted.map(({ node }) => node);
    this.runningCount = this.hosted.length;
    this.hosted.forEach(({ node }, index) => {
      this.indexOf.set(node.id, index);
      this.deliver(0, index, { type: "started" }, kinds.started);
    });
    this.post(this.registry.submit(recordKeys.job, JSON.stringify(plan.job), 0));
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

  /** Handles at most so many items of the queue; undefined where the run has not ended by then. */
  runSlice(itemsMax: number): SimulationResult | undefined {
    for (let i = 0; i < itemsMax && this.runningCount > 0; i++) {
      if (this.queue.size === 0) return this.result("idle");
      if (this.queue.nextTime > this.plan.horizonMicros) return this.result("horizon");
      if (this.events >= this.plan.eventsMax) return this.result("events");
      this.advance();
    }
    return this.runningCount > 0 ? undefined : this.result("stopped");
  }

  /** Handles the next item of the queue; false when there is none. */
  advance(): boolean {
    const at = this.queue.nextTime;
    const item = this.queue.pop();
    if (item === undefined) return false;
    this.now = at;
    if (item.type === "registry") {
      this.execute(item);
      return true;
    }
    if (item.type === "registry-due") {
      this.registryDue = Number.POSITIVE_INFINITY;
      this.post(this.registry.expire(this.now));
      return true;
    }
    const hosted = this.hosted[item.node];
    if (hosted.isStopped) return true;
    if (item.type === "timer") {
      if (hosted.timers.get(item.timer) !== item.generation) return true;
      hosted.timers.delete(item.timer);
      this.step(item.node, { type: "timer-fired", timer: item.timer }, kinds.timer, undefined);
      return true;
    }
    if (item.type === "repeat") {
      const frame = this.repeats?.again(item.frame);
      if (frame !== undefined)
        this.step(item.node, { type: "received", channel: "data", frame }, kinds.received, frame);
      return true;
    }
    if (item.connection?.isOpen === false) return true;
    if (item.bytes !== undefined) this.repeats?.arrived(item.bytes);
    this.step(item.node, item.event, item.kind, item.bytes);
    return true;
  }

  /** Events delivered to nodes so far. */
  get eventCount(): number {
    return this.events;
  }

  why(): readonly Wait[] {
    return this.hosted
      .filter(({ isStopped }) => !isStopped)
      .flatMap(({ node }) => node.why(micros(this.now)));
  }

  private step(index: number, event: Event, kind: number, bytes: Uint8Array | undefined): void {
    this.events++;
    this.hash.record(this.now, index, kind, bytes);
    const hosted = this.hosted[index];
    for (const effect of hosted.node.step(event, micros(this.now))) this.perform(index, hosted, effect);
    if (this.events % digestEveryEvents === 0) this.recordDigests();
  }

  private perform(index: number, hosted: Hosted, effect: Effect): void {
    switch (effect.type) {
      case "send":
        return this.send(hosted.node.id, effect);
      case "set-timer": {
        const generation = ++this.timerGeneration;
        hosted.timers.set(effect.timer, generation);
        this.queue.push(Math.max(effect.at, this.now), {
          type: "timer",
          node: index,
          timer: effect.timer,
          generation,
        });
        return;
      }
      case "cancel-timer":
        hosted.timers.delete(effect.timer);
        return;
      case "compute": {
        const step = hosted.host.resume(effect.slot, effect.time, effect.input);
        const work = step.type === "failed" ? 0 : step.work;
        const at = hosted.computer.compute(work, this.now);
        this.deliver(
          at,
          index,
          { type: "computed", slot: effect.slot, time: effect.time, step },
          kinds.computed,
        );
        return;
      }
      case "load-share":
        return this.load(index, hosted, effect);
      case "registry":
        this.queue.push(this.now + this.registry.requestDelay(), { type: "registry", node: index, effect });
        return;
      case "observe":
        this.parts.observe(effect.fact, hosted.node.id, this.now);
        return;
      case "outcome":
        this.outcome = effect.outcome;
        if (effect.outcome.model !== undefined) {
          const fact: Observation = { type: "model-saved", sha: modelHash(effect.outcome.model) };
          this.parts.observe(fact, hosted.node.id, this.now);
        }
        return;
      case "evicted":
      case "stopped":
        hosted.isStopped = true;
        this.runningCount--;
        this.failure ??= effect.reason;
        return;
      default:
        throw new Error(`Invariant: no such effect: ${JSON.stringify(effect satisfies never)}`);
    }
  }

  private send(from: NodeId, effect: Effect & { readonly type: "send" }): void {
    const { to, channel, frame } = effect;
    const target = this.indexOf.get(to);
    if (target === undefined) return;
    const fate = this.network.send({ from, to, channel }, frame.length, this.now);
    const { connection } = fate;
    for (const at of fate.arrivals) this.arrive(at, target, channel, { frame, connection });
    if (channel === "data") this.repeat(from, target, frame);
    if (fate.reopenedAt !== undefined) {
      const source = this.indexOf.get(from) as number;
      this.deliver(fate.reopenedAt, source, { type: "connected", peer: to, channel }, kinds.connected);
    }
  }

  private arrive(
    at: number,
    node: number,
    channel: Channel,
    { frame, connection }: { readonly frame: Uint8Array; readonly connection: Connection | undefined },
  ): void {
    const bytes = copyFrame(frame);
    const event = { type: "received", channel, frame: bytes } as const;
    this.queue.push(at, { type: "event", node, event, kind: kinds.received, bytes, connection });
  }

  private repeat(from: NodeId, target: number, frame: Uint8Array): void {
    const at = this.network.repeatedAt(from, this.hosted[target].node.id, this.now);
    if (at !== undefined) this.queue.push(at, { type: "repeat", node: target, frame: copyFrame(frame) });
  }

  private load(index: number, hosted: Hosted, effect: Effect & { readonly type: "load-share" }): void {
    const { slot, share } = effect;
    try {
      const { examples, summary } = this.parts.loadShare(share.source, share.slot, share.slotCount);
      const application = this.parts.applications(this.plan.job.application);
      if (application === undefined)
        throw new Error(`application: no such application: ${this.plan.job.application}`);
      hosted.host.addSlot(slot, application.slotProgram(this.plan.job, slot, examples));
      const at = hosted.computer.compute(summary.nonzeros, this.now);
      const loaded: ShareSummary = { ...summary, loadMicros: at - this.now };
      this.deliver(at, index, { type: "share-loaded", slot, summary: loaded }, kinds.share);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.deliver(this.now + 1, index, { type: "share-failed", slot, reason }, kinds.share);
    }
  }

  private execute(item: Item & { readonly type: "registry" }): void {
    const { id, request } = item.effect;
    this.post(this.registry.execute(this.hosted[item.node].node.id, id, request, this.now));
  }

  private post(posts: readonly RegistryPost[]): void {
    for (const { to, at, content } of posts) {
      const index = this.indexOf.get(to) as number;
      if (content.type === "answer") {
        this.deliver(
          at,
          index,
          { type: "registry-answered", id: content.id, answer: content.answer },
          kinds.answered,
        );
      } else this.deliver(at, index, { type: "registry-changed", changes: content.changes }, kinds.changed);
    }
    const due = this.registry.nextExpiry() ?? Number.POSITIVE_INFINITY;
    if (due >= this.registryDue) return;
    this.registryDue = due;
    this.queue.push(due, { type: "registry-due" });
  }

  private deliver(at: number, node: number, event: Event, kind: number): void {
    this.queue.push(at, { type: "event", node, event, kind, bytes: undefined, connection: undefined });
  }

  private recordDigests(): void {
    this.hosted.forEach(({ node }, index) => {
      this.hash.record(node.digest(), index, kinds.digest, undefined);
    });
  }

  private result(endedBy: SimulationResult["endedBy"]): SimulationResult {
    this.recordDigests();
    return {
      endedBy,
      failure: this.failure,
      outcome: this.outcome,
      traceHash: this.hash.digest(),
      events: this.events,
      virtualMicros: this.now,
      network: this.network.counts,
    };
  }
}

/** Each delivery has bytes of its own, where gRPC would put them: the body of a frame is then 8-byte aligned. */
export function copyFrame(frame: Uint8Array): Uint8Array {
  const copy = allocateFrame(frame.length);
  copy.set(frame);
  return copy;
}
