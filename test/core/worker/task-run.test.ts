import { expect, test } from "vitest";
import { firstPullOp, nthPull, pullsPerTaskMax } from "../../../src/core/tasks/pull-op.ts";
import { takePullOp, type TaskRun } from "../../../src/core/worker/task-run.ts";
import { slot } from "../../../src/core/index.ts";
import { task } from "../../support/worker-bench.ts";

test("pulls of one epoch never have the numbers of another's: one too many is the program's mistake, and named", () => {
  const run = { slot: slot(3), epoch: 2, task: task(7), pullCount: firstPullOp(2) } as TaskRun;
  const ops = Array.from({ length: pullsPerTaskMax }, () => takePullOp(run));
  expect([ops[0], nthPull(ops[0]), nthPull(ops[pullsPerTaskMax - 1])]).toEqual([
    firstPullOp(2),
    0,
    pullsPerTaskMax - 1,
  ]);
  expect(() => takePullOp(run)).toThrow(
    "task 7 (update) at slot 3 pulls more than 65536 times: pull more keys at once, or do the work in several tasks",
  );
  expect(run.pullCount).toBe(firstPullOp(3));
});
