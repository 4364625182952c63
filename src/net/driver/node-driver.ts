/**
 * Runs a node of core in the real world: turns what happens into events, feeds them one at a time, and does the
 * effects in order. Whatever decides anything is in core.
 */
import {
  type Channel,
  type CheckpointAnswer,
  type CheckpointRequest,
  type Effect,
  type Event,
  type JobResult,
  type Micros,
  type Node,
  type NodeId,
  type Observation,
  type RegistryChange,
  type RegistryRequest,
  type Wait,
  isNodeId,
  parseJobRecord,
  parseNodeRecord,
  recordKeys,
  unreachable,
} from "../../core/index.ts";
import { modelHash } from "../../observe/index.ts";
import type { CheckpointFolder } from "../checkpoint/checkpoint-folder.ts";
import type { Programs } from "../program/programs.ts";
import type { RegistryPort } from "../registry/registry-port.ts";
import { monotonicMicros } from "./clock.ts";
import type { Recorder } from "./recorder.ts";
import { Timers } from "./timers.ts";

/** What the driver needs of a transport. */
export interface FrameSender {
  send(to: NodeId, channel: Channel, frame: Uint8Array): void;
  setIncarnation(incarnation: number): void;
  setPeer(node: NodeId, address: string | undefined, incarnation: number): void;
  /** While paused, what peers send stays with them. */
  setReadingPaused(isPaused: boolean): void;
}

export interface DriverPorts {
  readonly transport: FrameSender;
  readonly registry: RegistryPort;
  readonly programs: Programs;
  /** Undefined: the node can keep none, and go on from none. */
  readonly checkpoints: Pick<CheckpointFolder, "execute"> | undefined;
  /** Frames that wait for the node; above it reading pauses until half of them are done. */
  readonly eventQueueBytesMax: number;
  readonly observe: (fact: Observation, at: Micros) => void;
  readonly recorder: Recorder | undefined;
  /** The job has ended, at the scheduler. */
  readonly outcome: (outcome: JobResult) => void;
  /** The registry's records, as the node hears of them. */
  readonly learned: (changes: readonly RegistryChange[]) => void;
  /** The cluster goes on without this incarnation; the last call. */
  readonly evicted: (reason: string) => void;
  /** The node has nothing left to do; the last call. Undefined: the job ended well. */
  readonly stopped: (reason: string | undefined) => void;
  /** A broken invariant, or a fault of this process: the last call. */
  readonly failed: (error: Error) => void;
}

/** After this long the loop gets a turn, so that streams and timers are served between many events. */
const turnMicros = 10_000;

export class NodeDriver {
  private readonly node: Node;
  private readonly ports: DriverPorts;
  private readonly timers: Timers = new Timers(monotonicMicros, (timer) => {
    this.dispatch({ type: "timer-fired", timer });
  });
  private readonly watchEnds: (() => void)[] = [];
  private events: Event[] = [];
  /** Of the frames among the events. */
  private queuedBytes = 0;
  private isReadingPaused = false;
  private isRunning = false;
  private isStopped = false;

  constructor(node: Node, ports: DriverPorts) {
    this.node = node;
    this.ports = ports;
  }

  start(): void {
    this.dispatch({ type: "started" });
  }

  requestStop(reason: string, drains: boolean): void {
    this.dispatch({ type: "stop-requested", reason, drains });
  }

  /** To a manager. */
  decommission(node: NodeId): void {
    this.dispatch({ type: "decommission-requested", node });
  }

  /** What cannot go on at this node: asked beside its steps, and of no effect on them. */
  why(): readonly (Wait & { readonly waitedMicros: number })[] {
    const now = monotonicMicros();
    return this.node.why(now).map((wait) => ({ ...wait, waitedMicros: Math.max(0, now - wait.since) }));
  }

  received(from: NodeId, channel: Channel, frame: Uint8Array): void {
    if (this.isStopped) return;
    this.queuedBytes += frame.length;
    this.dispatch({ type: "received", from, channel, frame });
    this.pauseOrResume();
  }

  connected(peer: NodeId, channel: Channel): void {
    this.dispatch({ type: "connected", peer, channel });
  }

  refused(peer: NodeId, incarnation: number): void {
    this.dispatch({ type: "peer-refused", peer, incarnation });
  }

  /** Ends without another step; what the node had set up is taken down. */
  close(): void {
    this.isStopped = true;
    this.events = [];
    this.timers.close();
    for (const end of this.watchEnds) end();
  }

  /** Events that arrive during a step wait for their turn. */
  private dispatch(event: Event): void {
    if (this.isStopped) return;
    this.events.push(event);
    if (!this.isRunning) this.run();
  }

  private run(): void {
    this.isRunning = true;
    const turnEnd = monotonicMicros() + turnMicros;
    try {
      for (let i = 0; i < this.events.length && !this.isStopped; i++) {
        const now = monotonicMicros();
        if (now > turnEnd) {
          this.events = this.events.slice(i);
          setImmediate(() => this.run());
          return;
        }
        this.step(this.events[i], now);
      }
    } catch (error) {
      this.close();
      this.ports.failed(error instanceof Error ? error : new Error(String(error)));
    }
    this.events = [];
    this.isRunning = false;
  }

  /** Frames come at once and are done one at a time: a queue without an end would take the memory of the process. */
  private pauseOrResume(): void {
    const { transport, eventQueueBytesMax } = this.ports;
    const limit = this.isReadingPaused ? eventQueueBytesMax / 2 : eventQueueBytesMax;
    const isPaused = this.queuedBytes > limit;
    if (isPaused === this.isReadingPaused) return;
    this.isReadingPaused = isPaused;
    transport.setReadingPaused(isPaused);
  }

  private step(event: Event, now: Micros): void {
    if (event.type === "received") {
      this.queuedBytes -= event.frame.length;
      this.pauseOrResume();
    }
    if (event.type === "registry-changed") this.learn(event.changes);
    this.ports.recorder?.before(event, now);
    const effects = this.node.step(event, now);
    this.ports.recorder?.after(effects);
    for (const effect of effects) {
      if (this.isStopped) return;
      this.perform(effect, now);
    }
  }

  private perform(effect: Effect, now: Micros): void {
    switch (effect.type) {
      case "send":
        return this.ports.transport.send(effect.to, effect.channel, effect.frame);
      case "set-timer":
        return this.timers.set(effect.timer, effect.at);
      case "cancel-timer":
        return this.timers.cancel(effect.timer);
      case "compute":
        return this.ports.programs.compute(effect.slot, effect.time, effect.input, (step) => {
          this.dispatch({ type: "computed", slot: effect.slot, time: effect.time, step });
        });
      case "load-share":
        return this.ports.programs.load(effect.slot, effect.share, (event) => this.dispatch(event));
      case "registry":
        return this.ask(effect.id, effect.request);
      case "checkpoint":
        return this.keep(effect.id, effect.request);
      case "observe":
        return this.ports.observe(effect.fact, now);
      case "outcome":
        if (effect.outcome.model !== undefined) {
          this.ports.observe({ type: "model-saved", sha: modelHash(effect.outcome.model) }, now);
        }
        return this.ports.outcome(effect.outcome);
      case "evicted":
        this.close();
        return this.ports.evicted(effect.reason);
      case "stopped":
        this.close();
        return this.ports.stopped(effect.reason);
      default:
        return unreachable(effect);
    }
  }

  private ask(id: number, request: RegistryRequest): void {
    const { registry } = this.ports;
    if (request.type !== "watch") {
      void registry
        .execute(request)
        .then((answer) => this.dispatch({ type: "registry-answered", id, answer }));
      return;
    }
    let hasBegun = false;
    const end = registry.watch(request.prefix, (changes, revision) => {
      if (!hasBegun) this.dispatch({ type: "registry-answered", id, answer: { type: "watching", revision } });
      hasBegun = true;
      this.dispatch({ type: "registry-changed", changes });
    });
    this.watchEnds.push(end);
  }

  private keep(id: number, request: CheckpointRequest): void {
    const { checkpoints } = this.ports;
    const reason = "this node was given no folder for checkpoints: --checkpoint-dir would do";
    const answered: Promise<CheckpointAnswer> =
      checkpoints === undefined ? Promise.resolve({ type: "failed", reason }) : checkpoints.execute(request);
    void answered.then((answer) => this.dispatch({ type: "checkpoint-answered", id, answer }));
  }

  /** What the transport and the programs must know of the registry: where the nodes are, and which job it is. */
  private learn(changes: readonly RegistryChange[]): void {
    this.ports.learned(changes);
    for (const change of changes) {
      const key = change.type === "put" ? change.record.key : change.key;
      const value = change.type === "put" ? change.record.value : undefined;
      if (key.startsWith(recordKeys.nodesPrefix)) {
        this.learnNode(key.slice(recordKeys.nodesPrefix.length), value);
      } else if (key === recordKeys.job && value !== undefined) {
        const job = parseJobRecord(value);
        if (typeof job !== "string") this.ports.programs.setJob(job);
      }
    }
  }

  private learnNode(name: string, value: string | undefined): void {
    if (!isNodeId(name)) return;
    const { transport } = this.ports;
    if (value === undefined) return transport.setPeer(name, undefined, 0);
    const record = parseNodeRecord(value);
    if (typeof record === "string") return;
    if (record.gone !== undefined) return transport.setPeer(name, undefined, 0);
    if (name === this.node.id) transport.setIncarnation(record.incarnation);
    else transport.setPeer(name, record.address, record.incarnation);
  }
}
