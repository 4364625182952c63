/**
 * What a screen shows of a cluster at one moment: plain readonly data that survives JSON. `null` is what no fact has
 * said so far. Times are microseconds of the run's clock; how long ago something was is for the screen to subtract.
 */
import type { Progress, WaitEdge } from "../../core/index.ts";
import type { Violation } from "../checkers/checker.ts";

export interface ClusterView {
  /** The moment that it shows. */
  readonly atMicros: number;
  readonly header: HeaderView;
  readonly ring: RingView;
  /** Every node that was ever heard or spoken of: managers, schedulers, servers, workers, each by number. */
  readonly nodes: readonly NodeView[];
  /** By number. */
  readonly slots: readonly SlotView[];
  readonly traffic: TrafficView;
  readonly convergence: ConvergenceView;
  /** The newest, oldest first. */
  readonly events: readonly EventView[];
}

export type Consistency =
  | { readonly kind: "sequential" }
  | { readonly kind: "bounded"; readonly tau: number }
  | { readonly kind: "eventual" };

export interface HeaderView {
  readonly job: string | null;
  /** What it learns, as far as its trace says which keys there are. */
  readonly parameters: readonly ParameterView[];
  readonly consistency: Consistency | null;
  readonly view: number | null;
  readonly lineage: number | null;
  /** Who acts now, as far as anybody has said. */
  readonly leaders: readonly LeaderView[];
  /** Every task below has finished at every slot. */
  readonly frontier: number;
  /** The newest task that was issued; null: none. */
  readonly newestTask: { readonly time: number; readonly name: string } | null;
  /** `forming`: without a ring so far; `idle`: without a job; `loading`: its workers have begun no task. */
  readonly state: "forming" | "idle" | "loading" | "running" | "ended" | "failed";
  /** Why it ended or failed. */
  readonly reason: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Null: no checker reads along. */
  readonly checks: ChecksView | null;
}

export interface ParameterView {
  readonly name: string;
  /** Its keys are from `begin` to before `end`, as decimal strings; ends of segments are rounded to so many blocks. */
  readonly begin: string;
  readonly end: string;
  readonly keyBlockCount: number;
}

export interface LeaderView {
  readonly role: "manager" | "scheduler";
  readonly node: string;
  readonly term: number;
  readonly since: number;
}

export interface ChecksView {
  readonly violationCount: number;
  readonly first: Violation | null;
  /** The newest, up to 20, oldest first. */
  readonly newest: readonly Violation[];
}

export interface RingView {
  readonly segments: readonly SegmentView[];
  /** Segments that are being filled, one for each newcomer. */
  readonly moves: readonly MoveView[];
  /** Newest last, up to 16. */
  readonly failovers: readonly FailoverView[];
}

export interface SegmentView {
  /** Its name, and where it begins, in units of 2^-32 of the ring. */
  readonly begin: number;
  /** Where the next begins, or 2^32. */
  readonly end: number;
  /** In chain order, the master first. */
  readonly holders: readonly string[];
  readonly filling: readonly string[];
  /** The view since which the master is master. */
  readonly since: number;
  /** When its master said that it serves in this view; null: it has not yet. */
  readonly servesSince: number | null;
  /** Requests at the master, over about the last second. */
  readonly pushesPerSecond: number;
  readonly pullsPerSecond: number;
  /** Of all parameters, as its master counted last; null: it has not. */
  readonly keys: number | null;
  readonly bytes: number | null;
  /** Its share of all requests of the last second, or of all keys where there were none; 0 to 1. */
  readonly loadShare: number;
  /** Newest task whose entry its master applied, and committed. */
  readonly appliedTime: number | null;
}

export interface MoveView {
  readonly segment: number;
  readonly from: string;
  readonly to: string;
  /** When the view that wants it was published. */
  readonly since: number;
  /** Keys that have arrived, of those that the master has; 0 to 1; null: nobody counted yet. */
  readonly doneShare: number | null;
}

/** A node was lost and others took over what it did. */
export interface FailoverView {
  readonly role: "server" | "worker" | "manager" | "scheduler";
  readonly node: string;
  /** Since when it was silent: when it crashed, where the world tells, else when it was last heard. */
  readonly lostAt: number;
  /** When somebody said that it was suspected, and that the cluster goes on without it; null: not yet. */
  readonly suspectedAt: number | null;
  readonly evictedAt: number | null;
  /** When every segment that it mastered served again, every slot had a worker, or another led; null: not yet. */
  readonly restoredAt: number | null;
  /** From `lostAt` to `restoredAt`. */
  readonly tookMicros: number | null;
  /** What it mastered: segments, slots; 1 for a leader. */
  readonly taken: number;
  readonly successors: readonly string[];
}

export interface NodeView {
  readonly node: string;
  readonly role: "manager" | "scheduler" | "server" | "worker";
  readonly incarnation: number | null;
  /**
   * `suspected`: somebody says that it is silent. `paused`: the world holds it. `lost`: it crashed or was evicted.
   * `stopped`: it went in order. `unknown`: it was only spoken of.
   */
  readonly state: "unknown" | "alive" | "suspected" | "paused" | "lost" | "stopped";
  /** Since when, and why where something is known. */
  readonly stateSince: number;
  readonly reason: string | null;
  /** Its work takes so many times as long, says the world. */
  readonly slowness: number;
  /** Time of its newest word. */
  readonly heardAt: number | null;
  /** The view that it acts by. */
  readonly view: number | null;
  /** Segments that it masters, replicates, and fills. */
  readonly mastered: number;
  readonly replicated: number;
  readonly filling: number;
  /** Requests that it serves, over about the last second. */
  readonly pushesPerSecond: number;
  readonly pullsPerSecond: number;
  /** Counted by the node itself every second or so; null: it has not yet. */
  readonly traffic: NodeTraffic | null;
  readonly framesResent: number;
  readonly framesDropped: number;
  /** Of a server: newest task whose push arrived from each slot (index), -1: none. */
  readonly clocks: readonly number[];
}

export interface NodeTraffic {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Over the node's last interval of counting. */
  readonly sentBytesPerSecond: number;
  readonly receivedBytesPerSecond: number;
}

export interface SlotView {
  readonly slot: number;
  /** Null: nobody has it. */
  readonly worker: string | null;
  readonly epoch: number;
  readonly state: "unassigned" | "loading" | "computing" | "waiting" | "idle" | "ended" | "lost";
  readonly since: number;
  /** The newest task that it started, and how many it finished. */
  readonly task: { readonly time: number; readonly name: string } | null;
  readonly finished: number;
  /** Every task below has finished here, and the newest that has; -1: none. */
  readonly clock: number;
  /** Tasks behind the slot that is furthest ahead. */
  readonly lag: number;
  /** In all (OSDI'14 figure 10). */
  readonly busyMicros: number;
  readonly waitMicros: number;
  /** Of the last seconds; 0 to 1, together at most 1. */
  readonly busyShare: number;
  readonly waitShare: number;
  /** What it waits for; null: it does not. */
  readonly waitsFor: WaitView | null;
}

/** Who holds a slot back, and why: down to the edge, the node, the range and the clock. */
export interface WaitView {
  readonly edge: WaitEdge;
  readonly since: number;
  /** Slots that hold it back, those furthest behind first, up to 8; and how many there are. */
  readonly slots: readonly number[];
  readonly slotCount: number;
  /** Nodes that it waits for. */
  readonly nodes: readonly string[];
  /** Part of the ring that it waits for. */
  readonly segment: { readonly begin: number; readonly end: number } | null;
  /** The task that has to finish, or whose request is not answered. */
  readonly time: number | null;
  /** `task 7 at slot 3 (worker-3), tau 4`, `server-1, segment 25.0–50.0 %, pull of task 12`. */
  readonly text: string;
}

export interface TrafficView {
  /** Sums over nodes that counted; null: none did. */
  readonly sentBytes: number | null;
  readonly sentBytesPerSecond: number;
  /** Requests at all servers. */
  readonly pushesPerSecond: number;
  readonly pullsPerSecond: number;
  readonly pushes: number;
  readonly pulls: number;
  /** What values would have taken, and took; null: nobody counted. */
  readonly unfilteredBytes: number | null;
  /** By filter kind, in the order in which they are counted. */
  readonly filters: readonly {
    readonly kind: string;
    readonly savedBytes: number;
    readonly savedShare: number;
  }[];
  /** Bytes sent by all nodes in each of the last seconds, oldest first, up to 120. */
  readonly history: readonly { readonly second: number; readonly sentBytes: number }[];
}

export interface ConvergenceView {
  /** As the schedule reports, thinned beyond 512. */
  readonly points: readonly ProgressPoint[];
  readonly newest: ProgressPoint | null;
  /** Of the job, where it names one: the gap is relative to it. */
  readonly reference: number | null;
  readonly gap: number | null;
}

export type ProgressPoint = Progress & { readonly at: number };

/** `detail` is what is shown only when asked for; `fault` is what the world did, `error` what broke a promise or the job. */
export type Severity = "detail" | "info" | "good" | "warn" | "fault" | "error";

export interface EventView {
  readonly at: number;
  /** A node, or `world`. */
  readonly node: string;
  /** The type of the fact. */
  readonly kind: string;
  readonly severity: Severity;
  readonly text: string;
}
