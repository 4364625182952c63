/** [§3.2] Which task a slot computes next, against a search through all that it has. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { slot, type TaskTime, taskTime } from "../../../src/core/index.ts";
import type { Micros, TaskSpec } from "../../../src/core/index.ts";
import { FinishedFrontier } from "../../../src/core/tasks/frontier.ts";
import { SlotTasks } from "../../../src/core/worker/slot-tasks.ts";
import type { TaskRun } from "../../../src/core/worker/task-run.ts";
import { task } from "../../support/worker-bench.ts";

const now = 0 as Micros;

/** Waits for a floor a little below its time, as tau says, or for tasks by name. */
const dependency = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ back: fc.constantFrom(2, 2, 2, 0, 5), named: fc.constant<number[]>([]) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ back: fc.constant(1000), named: fc.array(fc.nat(40), { maxLength: 2 }) }),
  },
);

const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("add" as const), time: fc.nat(40), after: dependency }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("next" as const), isFinished: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("news" as const), time: fc.nat(40) }) },
);

function expected(queue: readonly TaskSpec[], runs: readonly TaskRun[], frontier: FinishedFrontier): string {
  const ready = runs.filter(({ input }) => input !== undefined).map((run) => run.task.time);
  const startable = queue
    .filter(({ after }) => frontier.blocking(after) === undefined)
    .map(({ time }) => time);
  const [resumed, started] = [ready, startable].map((times) => Math.min(...times));
  if (resumed === Infinity && started === Infinity) return "none";
  return resumed < started ? `resume ${resumed}` : `start ${started}`;
}

test("the task with the lowest time that can go on does, in whatever order tasks come and finish", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), fc.boolean(), (actions, isAscending) => {
      const tasks = new SlotTasks(slot(0), 1, now);
      tasks.share = { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 };
      const frontier = new FinishedFrontier();
      let lastTime = -1;
      for (const step of actions) {
        if (step.type === "news") frontier.finish(taskTime(step.time));
        else if (step.type === "add") {
          const time = isAscending ? ++lastTime : step.time;
          if (frontier.isFinished(time as TaskTime)) continue;
          const below = taskTime(Math.max(0, time - step.after.back));
          const named = step.after.named.filter((other) => other < time).map((other) => taskTime(other));
          tasks.add(task(time, { after: { below, tasks: named } }), now);
        } else {
          const queue = tasks.queued.map((queued) => queued.task);
          const next = tasks.next(frontier, 64);
          const time = next?.type === "resume" ? next.run.task.time : next?.task.time;
          const said = next === undefined ? "none" : `${next.type} ${time}`;
          expect(said).toBe(expected(queue, [...tasks.underWay], frontier));
          if (next === undefined) continue;
          const run = next.type === "resume" ? next.run : tasks.start(next.task, now);
          if (step.isFinished) tasks.finish(run, undefined);
          else run.input = undefined;
        }
      }
    }),
    { seed: 32, numRuns: 500 },
  );
});
