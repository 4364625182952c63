import { expect, test } from "vitest";
import { DbpgWorker } from "../../../../src/apps/linear/dbpg/worker.ts";
import { slot, taskTime, type TaskSpec } from "../../../../src/core/index.ts";
import { examplesOf } from "../../../support/examples.ts";
import { jobSpec } from "../../../support/jobs.ts";

const job = jobSpec({ application: "linear", seed: "worker", slotCount: 1, keyMax: "9" });
const span = { begin: 0n, end: 10n };
const update: TaskSpec = {
  time: taskTime(1),
  name: "update",
  argument: [0, 0, 0, 1],
  slots: [slot(0)],
  writes: [{ parameter: 0, range: span }],
  after: { below: taskTime(1), tasks: [] },
  recordHash: "",
};

test("an update whose pull is answered by something else is a bug, and said: the worker would keep its old weights", () => {
  const examples = examplesOf([{ label: 1, features: [[3, 1]] }]);
  const worker = new DbpgWorker({ job, slot: 0, span, examples });
  worker.run({ ...update, name: "survey", time: taskTime(0) }).next();
  const program = worker.run(update);
  expect(program.next().value).toMatchObject({
    type: "all",
    requests: [{ type: "push" }, { type: "pull", afterOp: 0 }],
  });
  const pushed = { type: "pushed", op: 0 } as const;
  expect(() => program.next({ type: "all", replies: [pushed, pushed] })).toThrow(
    'Invariant: a request is answered by "pulled", not "pushed"',
  );
});
