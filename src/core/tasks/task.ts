/** Tasks: what the scheduler issues and workers run, and when they may start (OSDI'14 section 3.2 to 3.4). */
import type { KeyRange } from "../keys/key-range.ts";
import type { Slot, TaskTime } from "../ids.ts";

/** A task is a pure function of the job, the pass record and its time; every slot gets the same one. */
export interface TaskSpec {
  readonly time: TaskTime;
  /** The application's name for it: `update`, `evaluate`. */
  readonly name: string;
  /** The application's own arguments; they travel with each push to the update function. */
  readonly argument: readonly number[];
  /** The slots it runs at, ascending: "every slot" of an aggregate means these. */
  readonly slots: readonly Slot[];
  /** It writes these ranges: each slot sends one part, maybe empty, to every segment that they meet. */
  readonly writes: readonly TaskWrite[];
  readonly after: Dependency;
  /** Hash of the pass record it was made from; a second hash for the same time is refused. */
  readonly recordHash: string;
}

export interface TaskWrite {
  readonly parameter: number;
  readonly range: KeyRange;
}

/**
 * Execute-after-finished: the task starts when every task with a time below `below` has finished at every slot, and
 * every one of `tasks` has. Bounded delay: `below = time - tau`; sequential: `below = time`; eventual: 0.
 */
export interface Dependency {
  readonly below: TaskTime;
  readonly tasks: readonly TaskTime[];
}

/** What a task's program returned at one slot. Both arrays may be empty; keys are (low, high) pairs. */
export interface TaskResult {
  readonly numbers: Float64Array;
  readonly keys: Uint32Array;
}

/** Tasks below `floor` have finished at all their slots, and so have those in `above` (ascending). */
export interface Frontier {
  readonly floor: TaskTime;
  readonly above: readonly TaskTime[];
}
