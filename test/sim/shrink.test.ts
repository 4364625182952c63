/** Shrinking keeps what fails, drops what does not matter, and stops where nothing more can go. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { failureClassOf, isOfClass, type Probe, type ScenarioInput, shrink } from "../../src/sim/index.ts";
import { ddmin } from "../../src/sim/shrink/ddmin.ts";
import { simplerTimes } from "../../src/sim/shrink/reduce-world.ts";
import { faultFamilies, randomScenario } from "../../src/sim/swarm/index.ts";

/** The first candidate for which this is true, as a run that fails. */
function probeOf(fails: (scenario: ScenarioInput) => boolean): Probe {
  return (candidates) => {
    const index = candidates.findIndex(fails);
    return Promise.resolve(index === -1 ? undefined : index);
  };
}

test("ddmin finds a sublist that fails and of which no element can go", async () => {
  const property = fc.asyncProperty(
    fc.array(fc.nat(20), { maxLength: 30 }),
    fc.nat(20),
    fc.nat(20),
    async (list, a, b) => {
      const fails = (some: readonly number[]): boolean => some.includes(a) && some.includes(b);
      fc.pre(fails(list));
      const least = await ddmin(list, (lists) => {
        const index = lists.findIndex(fails);
        return Promise.resolve(index === -1 ? undefined : index);
      });
      expect([...least].sort()).toEqual([...new Set([a, b])].sort());
    },
  );
  await fc.assert(property, { seed: 3, numRuns: 200 });
});

test("a failure that takes one crash and three tasks is shrunk to one crash and three tasks", async () => {
  const crash = { kind: "crash", node: "server-1", at: "123456us", restart: "77ms" } as const;
  const fails = ({ faults = [], workload: [one], cluster }: ScenarioInput): boolean =>
    faults.some((fault) => fault.kind === "crash" && fault.node.startsWith("server-")) &&
    Number(optionsOf(one).tasks ?? optionsOf(one).passesMax) >= 3 &&
    cluster.servers >= 2;
  // A crash that waits for a fact is as small as one that has a time.
  const families = faultFamilies.filter((family) => family !== "lost-range");
  const drawn = fc
    .sample(randomScenario(families), { seed: 5, numRuns: 40 })
    .filter(({ cluster }) => cluster.servers >= 2)
    .map((scenario) => ({ ...scenario, faults: [...(scenario.faults ?? []), crash] }))
    .filter(fails);
  expect(drawn.length).toBeGreaterThan(5);
  for (const scenario of drawn) {
    const shrunk = await shrink(scenario, { probe: probeOf(fails), candidatesMax: 5000 });
    expect(shrunk.isMinimal).toBe(true);
    const { faults = [], cluster, workload, net, limits, cost } = shrunk.scenario;
    expect(faults).toEqual([
      { kind: "crash", node: faults[0].kind === "crash" && faults[0].node, at: "1ms", restart: "1ms" },
    ]);
    expect([cluster.servers, cluster.workers, cluster.managers, cluster.replicas]).toEqual([
      2,
      1,
      undefined,
      undefined,
    ]);
    expect(optionsOf(workload[0]).tasks ?? optionsOf(workload[0]).passesMax).toBe(3);
    expect([net, limits, cost]).toEqual([undefined, undefined, undefined]);
  }
});

test("what is left when the candidates are used up still fails", async () => {
  const [scenario] = fc.sample(randomScenario(faultFamilies), { seed: 6, numRuns: 1 });
  const shrunk = await shrink(scenario, { probe: probeOf(() => true), candidatesMax: 3 });
  expect([shrunk.candidates, shrunk.isMinimal]).toEqual([4, false]);
});

test("times become shorter or rounder, and end", () => {
  expect(simplerTimes("123456us")).toEqual(["61728us", "100ms", "200ms", "120ms", "130ms", "123ms", "124ms"]);
  expect(simplerTimes("1ms")).toEqual([]);
  expect(simplerTimes("never")).toEqual([]);
});

test("a failure is told by its check and its words without numbers, and another one is not it", () => {
  const violated = (check: string, message: string) =>
    ({
      verdict: "violated",
      reason: undefined,
      violations: [{ check, at: 1, node: "server-0", message }],
    }) as const;
  const wanted = failureClassOf(violated("R3", "segment 17 of parameter 0 lost entries 4, 5"));
  if (wanted === undefined) return expect.fail("it is a failure");
  expect(isOfClass(violated("R3", "segment 99 of parameter 1 lost entries 1, 2, 3"), wanted)).toBe(true);
  expect(isOfClass(violated("R3", "segment 99 went back"), wanted)).toBe(false);
  expect(isOfClass(violated("X1", "segment 17 of parameter 0 lost entries 4, 5"), wanted)).toBe(false);
  expect(isOfClass({ verdict: "pass", reason: undefined, violations: [] }, wanted)).toBe(false);
});

function optionsOf(one: ScenarioInput["workload"][number]): Readonly<Record<string, unknown>> {
  return one.kind === "script" ? {} : (one.options ?? {});
}
