/** From when on a pull or a call may be answered (docs/protocol.md 5). */
import { intersect, type KeyRange } from "../keys/key-range.ts";
import type { JobSpec } from "../job.ts";
import type { ReadAfter } from "../message/message.ts";
import type { TaskSpec } from "../tasks/task.ts";
import type { RequestContext } from "./request.ts";
import type { TaskRun } from "./task-run.ts";

export interface Reading {
  readonly parameter: number;
  /** Of the segment, in the view that the request is split by. */
  readonly index: number;
  /** The op of the same task whose writes are to be in the answer. */
  readonly afterOp: number | undefined;
}

/**
 * Tasks below the dependency's bound have been applied; with `tau = 0` that is every task before, and the answer is
 * the state of that very time. A segment is read after the last op of the task, up to the one named, that writes it.
 */
export function readAfter(context: RequestContext, run: TaskRun, reading: Reading): ReadAfter {
  const { view, ranges, tokens, job } = context;
  const { parameter, index, afterOp } = reading;
  const { time, after } = run.task;
  return {
    below: after.below,
    time,
    op: afterOp === undefined ? undefined : lastWrite(run, afterOp, parameter, ranges.at(parameter, index)),
    isExact: isExactRead(job, run.task),
    token: tokens.get(run.slot, parameter, view.segments[index].begin),
  };
}

/** Undefined: none of the ops up to this one writes keys of the range, which is then read as the task began. */
function lastWrite(run: TaskRun, upTo: number, parameter: number, range: KeyRange): number | undefined {
  for (let op = upTo; op >= 0; op--) {
    const writes = run.writesOf[op];
    if (writes?.parameter !== parameter) continue;
    if (writes.ranges.some((written) => intersect(written, range) !== undefined)) return op;
  }
  return undefined;
}

/** With `tau = 0`, and no graph of its own, a task reads the very state that it names. */
export function isExactRead({ tau }: Pick<JobSpec, "tau">, { time, after }: TaskSpec): boolean {
  return tau === 0 && after.below === time;
}

/** A read after an op that does not write the parameter would wait for ever: the program made a mistake. */
export function checkAfterOp(run: TaskRun, parameter: number, afterOp: number | undefined): void {
  if (afterOp === undefined || run.writesOf[afterOp]?.parameter === parameter) return;
  throw new Error(
    `a pull of parameter ${parameter} after op ${afterOp}, which is no push of this task to it`,
  );
}
