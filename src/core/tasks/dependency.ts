/**
 * Consistency models are rules that add execute-after-finished edges to the task graph (OSDI'14 section 3.4):
 *
 *   sequential (tau = 0)     after every task below `time`
 *   bounded delay            after every task below `time - tau`
 *   eventual (tau = null)    after none
 *   any graph                after the tasks named
 *
 * OSDI'14 draws bounded delay as a window of explicit edges, `time - 2 tau - 1` to `time - tau - 1`. That says the same only
 * while tau stays what it is; a bound on the lowest unfinished time holds while tau changes.
 */
import { assert } from "../assert.ts";
import { type TaskTime, taskTime } from "../ids.ts";
import type { Dependency } from "./task.ts";

/** `tau`: the job's consistency; `all`: after every task issued before; or the tasks named. */
export type After = "tau" | "all" | { readonly tasks: readonly TaskTime[] };

/** Tau as a job names it: 0 sequential, positive bounded delay, null or Infinity eventual. */
export function dependencyFor(time: TaskTime, after: After, tau: number | null): Dependency {
  if (after === "all") return { below: time, tasks: [] };
  if (after === "tau") return { below: lowestAllowed(time, tau), tasks: [] };
  const tasks = [...new Set(after.tasks)].sort((a, b) => a - b);
  for (const task of tasks) {
    assert(
      task < time,
      `task ${time} can only come after tasks that were issued before it, not after ${task}`,
    );
  }
  return { below: taskTime(0), tasks };
}

function lowestAllowed(time: TaskTime, tau: number | null): TaskTime {
  if (tau === null || tau === Infinity) return taskTime(0);
  assert(
    Number.isInteger(tau) && tau >= 0,
    `tau ${tau} is an integer of 0 or more, or null for eventual consistency`,
  );
  return taskTime(Math.max(0, time - tau));
}
