/** Scripted pushes and pulls: what is pulled is held to what was written down, and a mistake is told with its place. */
import { expect, test } from "vitest";
import { type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { runDrawn } from "../sim/drawn-run.ts";

type Steps = Extract<ScenarioInput["workload"][number], { readonly kind: "script" }>["steps"];

function scenario(
  steps: Steps,
  consistency: ScenarioInput["cluster"]["consistency"] = { kind: "sequential" },
) {
  return {
    schema: "tauring.scenario/1",
    name: "script",
    why: "What is pulled is what was pushed",
    seed: 7,
    cluster: { servers: 2, workers: 2, consistency },
    workload: [{ kind: "script", keyMax: 99, steps }],
    horizon: "10s",
  } satisfies ScenarioInput;
}

test("pushes of all slots add up, and other keys are as they were", () => {
  const { report } = runDrawn(
    scenarioSchema.parse(
      scenario([
        { push: { range: [10, 20], value: 1 } },
        { by: 1, push: { keys: [12, 99], value: 0.5 } },
        { by: 0, pull: { keys: [12] }, expect: 2.5 },
        { pull: { keys: [9, 20] }, expect: 0 },
        { pull: { range: [99, 100] }, expect: { min: 0.5, max: 0.5 } },
      ]),
    ),
  );
  expect([report.verdict, report.outcome?.endedBy, report.outcome?.nonzeros]).toEqual(["pass", "script", 11]);
  expect(report.checks.C7.evaluated).toBe(1);
});

test("a pull that brings something else ends the job with where and what", () => {
  const steps: Steps = [{ push: { keys: [5], value: 1 } }, { by: [1], pull: { keys: [4, 5] }, expect: 0 }];
  const { report } = runDrawn(scenarioSchema.parse(scenario(steps)));
  expect(report.verdict).toBe("failed");
  expect(report.reason).toContain("step 1 at slot 1: key 5 is 2, expected 0");
});

test("a pull reads the state that its task began with, or its own push where it says so", () => {
  const steps: Steps = [
    { push: { keys: [5], value: 1 }, pull: { keys: [5] }, expect: 0 },
    { by: 0, push: { keys: [5], value: 1 }, pull: { keys: [5], seesOwnPush: true }, expect: 3 },
  ];
  expect(runDrawn(scenarioSchema.parse(scenario(steps))).report.reason).toBe(undefined);
});

test.each<[string, Steps, string]>([
  ["nothing to do", [{ by: 0 }], "workload.0.steps.0: a step has a push, a pull or both"],
  [
    "values of no pull",
    [{ push: { keys: [1], value: 1 }, expect: 1 }],
    "workload.0.steps.0.expect: only a pull brings values",
  ],
  [
    "a step that waits for itself",
    [{ pull: { keys: [1] }, after: [0] }],
    "workload.0.steps.0.after.0: a step waits for those before it in the list",
  ],
  [
    "keys past the last",
    [{ pull: { keys: [1, 100] } }],
    "workload.0.steps.0.pull.keys.1: keys are up to keyMax 99",
  ],
  ["no keys at all", [{ pull: {} }], "workload.0.steps.0.pull: says keys or range, one of them"],
])("%s is refused", (_what, steps, said) => {
  const issues = scenarioSchema.safeParse(scenario(steps)).error?.issues ?? [];
  expect(issues.map(({ path, message }) => `${path.join(".")}: ${message}`)).toContain(said);
});
