/** What an application brings: its shared parameters, and its worker, server and scheduler parts. */
import type { TaskTime } from "./ids.ts";
import type { JobSpec } from "./job.ts";
import type { ParameterSpec, Values } from "./parameter.ts";
import type { ShareSummary } from "./share.ts";
import type { TaskResult, TaskWrite } from "./tasks/task.ts";
import type { Program } from "./worker/program.ts";
import type { TaskSpec } from "./tasks/task.ts";

export interface Application {
  readonly name: string;
  /** The parameters that a job shares; a message names one by its index. Throws an Error that names a bad option. */
  parameters(job: JobSpec): readonly ParameterSpec[];
  readonly updates: Readonly<Record<string, UpdateFunction>>;
  readonly functions: Readonly<Record<string, ServerFunction>>;
  /** The worker part: the state of one slot, made when its share is loaded. It changes nothing in the share, which is given again. */
  slotProgram(job: JobSpec, slot: number, share: unknown): SlotProgram;
  /**
   * The scheduler part. Where another scheduler takes over it is resumed from the record of the newest pass: it then begins by
   * writing that very record, and issues the very tasks that followed it.
   */
  schedule(job: JobSpec, shares: readonly ShareSummary[], resumeFrom?: PassFields): Schedule;
}

/** What the tasks of a pass are made from, beside the job and their times. */
export type PassFields = Readonly<Record<string, number | string | boolean>>;

/** One slot's worker part: holds the share and what was computed from it. */
export interface SlotProgram {
  /** Several tasks of a slot may be under way at once (tau > 0): each has a generator of its own. */
  run(task: TaskSpec): Program;
  /** Non-zeros touched since the last call: what the cost model charges. */
  takeWork(): number;
  /** A digest of the state, for determinism checks. */
  digest(): number;
}

/** What an update sees: whole columns of a segment, and which of their rows the push changes. */
export interface UpdateContext {
  /** One array a column, `rows` long or longer. */
  readonly columns: readonly Values[];
  readonly scalars: Float64Array;
  /** Rows to change, ascending. */
  readonly positions: Int32Array;
  readonly count: number;
  /** `count * pushWidth` values, row by row: sums over slots (aggregated) or one push (simple). */
  readonly values: Values;
  readonly time: TaskTime;
  /** The task's argument. */
  readonly argument: readonly number[];
  /** Job configuration, as the application's `parameters` saw it. */
  readonly job: JobSpec;
}
export type UpdateFunction = (context: UpdateContext) => void;

/** What a server function sees: the rows of a segment inside the called range. */
export interface FunctionContext {
  readonly columns: readonly Values[];
  readonly scalars: Float64Array;
  /** Rows [rowBegin, rowEnd) are in the range. */
  readonly rowBegin: number;
  readonly rowEnd: number;
  /** Row ends of each key block met, ascending: sums are taken block by block, in key order within. */
  readonly blockEnds: Int32Array;
  readonly time: TaskTime;
  readonly argument: Float64Array;
  readonly job: JobSpec;
}
export type ServerFunction = (context: FunctionContext) => Float64Array;

/** The scheduler part: a generator too. It never blocks the cluster: `issue` returns at once. */
export type Schedule = Generator<ScheduleRequest, JobOutcome, ScheduleReply>;

export type ScheduleRequest =
  /**
   * Writes the pass's control record to the registry; tasks issued from now on carry its hash. Every task before has
   * finished by then. Answered by `recorded`.
   */
  | { readonly type: "record"; readonly record: PassFields }
  /** Issues a task at the next time. `after: "tau"` is the job's consistency. Answered at once by `issued`. */
  | {
      readonly type: "issue";
      readonly name: string;
      readonly argument: readonly number[];
      readonly writes: readonly TaskWrite[];
      /** `tau` = the job's consistency; `all` = after every task issued before; or an explicit graph. */
      readonly after: "tau" | "all" | { readonly tasks: readonly TaskTime[] };
    }
  /** Waits for a task at all its slots. Answered by `results`, in slot order. */
  | { readonly type: "wait"; readonly time: TaskTime }
  /** Changes tau for the tasks issued from now on. Answered by `recorded`. */
  | { readonly type: "set-tau"; readonly tau: number }
  /** Asks every node for its counters. Answered by `statistics`. */
  | { readonly type: "statistics" }
  /** A line of progress for people, for `history`, and for the checkers. Answered by `recorded`. */
  | { readonly type: "progress"; readonly progress: Omit<Progress, "elapsedMicros"> };

export type ScheduleReply =
  | { readonly type: "recorded" }
  | { readonly type: "issued"; readonly time: TaskTime }
  | { readonly type: "results"; readonly results: readonly TaskResult[] }
  | { readonly type: "statistics"; readonly nodes: readonly NodeStatistics[] };

export interface Progress {
  readonly pass: number;
  /** Since the job's first task was issued, by the scheduler's clock; the scheduler fills it in. */
  readonly elapsedMicros: number;
  readonly objective: number;
  readonly nonzeros: number;
  /** Bytes sent by all nodes so far. */
  readonly sentBytes: number;
  /** Share of keys that the KKT filter leaves out at present, 0 to 1. */
  readonly filteredShare: number;
}

export interface JobOutcome {
  readonly endedBy: string;
  readonly objective: number;
  readonly nonzeros: number;
  readonly passes: number;
  readonly filteredShare: number;
  /** What the run used that it chose itself, such as eta and the number of blocks. */
  readonly chosen: Readonly<Record<string, number>>;
  readonly model: Model | undefined;
  /** Counters of every node at the end. */
  readonly nodes: readonly NodeStatistics[];
}

/** What is left of a job: what its schedule returned, and the scheduler's own figures. */
export interface JobResult extends JobOutcome {
  /** From the submission to the first task. */
  readonly loadMicros: number;
  /** From the first task to the end. */
  readonly trainMicros: number;
  /** Bad lines of data that all slots together skipped. */
  readonly badLines: number;
}

/** The final weights: keys as (low, high) pairs, ascending, and one weight each; zeros are left out. */
export interface Model {
  readonly keys: Uint32Array;
  readonly weights: Float64Array;
}

/** Counters of one node since it started. */
export interface NodeStatistics {
  readonly node: string;
  /** Bytes of all frames sent, retransmissions included. */
  readonly sentBytes: number;
  /** Bytes that the same messages would have had without any filter. */
  readonly unfilteredBytes: number;
  /** For each filter kind, in the order of `filterKinds`: bytes that it saved. */
  readonly savedBytes: readonly number[];
  readonly sentFrames: number;
  readonly resentFrames: number;
  /** Workers: microseconds computing, and waiting with no task computing, since the first task. One per slot held. */
  readonly slots: readonly SlotStatistics[];
  readonly tasksFinished: number;
}

export interface SlotStatistics {
  readonly slot: number;
  readonly busyMicros: number;
  readonly waitMicros: number;
}
