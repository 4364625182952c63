/** [G6] What is drawn for a pull does not depend on who asks: with C7 silent about it, two runs are compared here. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeProblems, parseScenario } from "../../src/sim/index.ts";
import { foundFolder, runDrawn } from "./drawn-run.ts";

test("a model with pulls skipped at random is the undisturbed one after the worker has died between two tasks", () => {
  const file = "pull-draws-by-epoch.yaml";
  const parsed = parseScenario(readFileSync(`${foundFolder}${file}`, "utf8"), file);
  if (!parsed.ok) return expect.fail(describeProblems(parsed.problems));
  const disturbed = runDrawn(parsed.value).report;
  const calm = runDrawn({ ...parsed.value, faults: [] }).report;
  expect(disturbed.outcome?.model).toMatchObject({ keys: expect.any(Uint32Array) });
  expect(disturbed.outcome?.model).toEqual(calm.outcome?.model);
});
