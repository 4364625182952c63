/** One schema validates scenarios and draws them, and a failure of anybody's property feeds the same shrinker. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import {
  describeProblems,
  formatScenario,
  parseScenario,
  type ScenarioInput,
  scenarioFields,
  scenarioSchema,
  shrinkWith,
} from "../../src/sim/index.ts";
import { scenarioArbitrary, survivableArbitrary } from "../../src/sim/swarm/index.ts";
import { arbitraryOf } from "../../src/sim/swarm/schema-arbitrary.ts";
import { runDrawn, runInput } from "./drawn-run.ts";

test("every drawn document is a scenario, and the same one after it was printed and read", {
  timeout: 180_000,
}, () => {
  fc.assert(
    fc.property(scenarioArbitrary(), (drawn) => {
      const text = formatScenario(stringify(drawn));
      expect(formatScenario(text)).toBe(text);
      const parsed = parseScenario(text, "drawn.yaml");
      if (!parsed.ok) return expect.fail(`${describeProblems(parsed.problems)}\n${text}`);
      expect(parsed.value).toEqual(scenarioSchema.parse(drawn));
    }),
    { seed: 4, numRuns: 50 },
  );
});

test("every field of the schema is drawn, but the file that another is written on, and a cluster to go on from", () => {
  const drawn = fc.sample(scenarioArbitrary(), { seed: 1, numRuns: 40 });
  const fields = new Set(drawn.flatMap((one) => Object.keys(one)));
  expect(scenarioFields.filter((name) => !fields.has(name))).toEqual(["extends", "resume"]);
});

test("a schema that it cannot read is an error, by its place", () => {
  const strange = { type: "object", properties: { at: { type: "moment" } } };
  expect(() => arbitraryOf(strange, {})).toThrow('at: no arbitrary is made of {"type":"moment"}');
});

test("in a calm world every cluster survives the faults that are within its budget", {
  timeout: 180_000,
}, () => {
  fc.assert(
    fc.property(survivableArbitrary(), (drawn) => {
      const { verdict, reason } = runInput(drawn).report;
      expect([verdict, reason]).toEqual(["pass", undefined]);
    }),
    { seed: 9, numRuns: 6 },
  );
});

/** As somebody's own test would have it: a promise that no cluster can make. */
function isNeverDisturbed(scenario: ScenarioInput): boolean {
  let disturbances = 0;
  runDrawn(scenarioSchema.parse(scenario), () => {}, { faultHappened: () => void disturbances++ });
  return disturbances === 0;
}

test("what breaks a property of one's own gets as small as what a swarm finds", {
  timeout: 180_000,
}, async () => {
  const found = fc.check(fc.property(survivableArbitrary(), isNeverDisturbed), {
    seed: 5,
    numRuns: 100,
    // The scenario's own shrinker knows more of scenarios than that of records does.
    endOnFailure: true,
  });
  const [first] = found.counterexample ?? expect.fail("nothing breaks it");
  const { scenario, isMinimal } = await shrinkWith(first, (one) => !isNeverDisturbed(one));
  expect(isMinimal).toBe(true);
  expect(isNeverDisturbed(scenario)).toBe(false);
  expect(scenario.faults).toHaveLength(1);
});
