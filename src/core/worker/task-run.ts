/** One task of one slot, from its start to its end. */
import type { Micros, Slot } from "../ids.ts";
import type { KeyRange } from "../keys/key-range.ts";
import { firstPullOp, pullsPerTaskMax } from "../tasks/pull-op.ts";
import type { TaskSpec } from "../tasks/task.ts";
import type { ProgramInput } from "./program.ts";

/** Where an op's parts go, which reads after it wait for. */
export interface OpWrites {
  readonly parameter: number;
  readonly ranges: readonly KeyRange[];
}

export interface TaskRun {
  readonly slot: Slot;
  /** Of the slot's assignment: servers refuse an older one. */
  readonly epoch: number;
  readonly task: TaskSpec;
  /** When it began what it does now: to compute, to wait for its turn, or for servers. */
  since: Micros;
  busyMicros: number;
  /** What the program goes on with; undefined while it computes or waits for servers. */
  input: ProgramInput | undefined;
  /** Where each op yielded so far writes, undefined of a call that only reads; its length is the next op. */
  readonly writesOf: (OpWrites | undefined)[];
  /** The number of the next pull: they are numbered apart from ops. */
  pullCount: number;
}

/** The op of the task's next pull. Throws an Error that names a mistake of the program. */
export function takePullOp(run: TaskRun): number {
  const op = run.pullCount;
  // One more would have the number of another epoch's first.
  if (op - firstPullOp(run.epoch) >= pullsPerTaskMax) {
    const help = "pull more keys at once, or do the work in several tasks";
    throw new Error(`${taskName(run)} pulls more than ${pullsPerTaskMax} times: ${help}`);
  }
  run.pullCount = op + 1;
  return op;
}

/** A task as people name it. */
export function taskName({ slot, task }: Pick<TaskRun, "slot" | "task">): string {
  return `task ${task.time} (${task.name}) at slot ${slot}`;
}
