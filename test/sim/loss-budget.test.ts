/** A budget is held before anything runs; beyond it the safety-only lane asks only that nothing wrong is done. */
import { expect, test } from "vitest";
import { type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { isSafetyCheck } from "../../src/sim/scenario/loss-budget.ts";

type Budget = NonNullable<ScenarioInput["budget"]>;

function refusals(
  faults: NonNullable<ScenarioInput["faults"]>,
  budget: Budget | undefined,
): readonly string[] {
  const result = scenarioSchema.safeParse({
    schema: "tauring.scenario/1",
    name: "x",
    why: "y",
    cluster: { servers: 4, workers: 1, replicas: 1 },
    budget,
    faults,
    workload: [{ kind: "application", application: "provenance" }],
  });
  return (result.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const one = { kind: "crash", node: "server-0", at: "1s", restart: "10ms" } as const;
const tooMany =
  "faults.1: one server more is away at once than budget.losses 1; lane: safety-only runs it all the same";

test.each<[string, NonNullable<ScenarioInput["faults"]>, Budget | undefined, readonly string[]]>([
  ["two servers at once", [one, { kind: "crash", node: "server-1", at: "1500ms" }], {}, [tooMany]],
  ["the same server twice", [one, { kind: "crash", node: "server-0", at: "1500ms" }], {}, []],
  ["two, the second after the repair", [one, { kind: "crash", node: "server-1", at: "2500ms" }], {}, []],
  [
    "two, with a quick repair",
    [one, { kind: "crash", node: "server-1", at: "1500ms" }],
    { repair: "100ms" },
    [],
  ],
  ["two that are allowed", [one, { kind: "crash", node: "server-1", at: "1500ms" }], { losses: 2 }, []],
  [
    "two beyond the budget, for safety only",
    [one, { kind: "crash", node: "@tail", at: "1s" }],
    { lane: "safety-only" },
    [],
  ],
  ["two without a budget", [one, { kind: "crash", node: "@tail", at: "1s" }], undefined, []],
  [
    "one whose time is not known",
    [one, { kind: "crash", node: "@tail", on: { fact: "committed" } }],
    {},
    [tooMany],
  ],
  ["a worker", [one, { kind: "crash", node: "worker-0", at: "1s" }], {}, []],
  [
    "a pool of two",
    [{ kind: "preempt", nodes: ["server-1", "server-2"], at: "5s", notice: "1s" }],
    {},
    [tooMany.replace("faults.1", "faults.0")],
  ],
  ["one that leaves in good order", [one, { kind: "leave", node: "server-1", at: "1s" }], {}, []],
])("%s", (_what, faults, budget, said) => {
  expect(refusals(faults, budget)).toEqual(said);
});

test("what is lost with all its holders may hold up the job, and must not be applied twice or read wrong", () => {
  expect(["X1", "X2", "C7", "R2", "O1", "E1", "T1"].filter((id) => !isSafetyCheck(id))).toEqual([]);
  expect(["V1", "M3", "C8", "C9", "O4"].filter(isSafetyCheck)).toEqual([]);
});
