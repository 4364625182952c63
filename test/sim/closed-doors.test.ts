/**
 * Managers that hear at once that the door of a dead process is closed, as they do over gRPC, break no promise; in the
 * scenarios of the library only its silence tells them.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { drawnPlan } from "../../src/cli/swarm/drawn-run.ts";
import type { Fact } from "../../src/observe/index.ts";
import { type RunReport, runPlan, type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { faultFamilies, randomScenario } from "../../src/sim/swarm/index.ts";

const numRuns = 40;

function run(input: ScenarioInput, doorMicros?: number): { report: RunReport; facts: readonly Fact[] } {
  const { plan, options } = drawnPlan(scenarioSchema.parse(input));
  const facts: Fact[] = [];
  const observe = (fact: Fact): void => void facts.push(fact);
  const doors = doorMicros === undefined ? {} : { doorMicros };
  return { report: runPlan({ ...plan, ...doors }, { ...options, observe }), facts };
}

const crash: ScenarioInput = {
  schema: "tauring.scenario/1",
  name: "closed-door",
  why: "A server dies, and its address refuses",
  seed: 3,
  cluster: { servers: 3, workers: 2, replicas: 1, consistency: { kind: "sequential" } },
  timing: { suspect: "60ms", heartbeat: "10ms" },
  faults: [{ kind: "crash", node: "server-1", at: "50ms", restart: "never" }],
  workload: [{ kind: "train", job: "../found/small-job.yaml" }],
};

function evictedAfterMs(facts: readonly Fact[]): number {
  const at = (type: string): number => facts.find(({ fact }) => fact.type === type)?.at ?? Number.NaN;
  return (at("node-evicted") - at("node-crashed")) / 1000;
}

test("a server whose door is closed is evicted before its silence would tell, and the model is the same", () => {
  const told = run(crash, 300);
  expect(told.report).toMatchObject({ verdict: "pass", violations: [] });
  expect(evictedAfterMs(told.facts)).toBeLessThan(5);
  expect(told.facts.some(({ fact }) => fact.type === "node-suspected")).toBe(false);
  const silent = run(crash);
  expect(silent.report.verdict).toBe("pass");
  expect(evictedAfterMs(silent.facts)).toBeGreaterThan(50);
});

test(`[G1, G3 to G6] ${numRuns} random runs with closed doors keep every promise`, {
  timeout: 300_000,
}, () => {
  let closed = 0;
  const check = (input: ScenarioInput, doorMicros: number): void => {
    const { report, facts } = run(input, doorMicros);
    closed += facts.filter(
      ({ fact }) => fact.type === "node-evicted" && fact.reason.startsWith("nobody listens"),
    ).length;
    if (report.verdict !== "pass") throw new Error(`${report.verdict}: ${report.reason}`);
  };
  const inputs = randomScenario(faultFamilies);
  fc.assert(fc.property(inputs, fc.integer({ min: 0, max: 5_000 }), check), { seed: 20_261_123, numRuns });
  expect(closed).toBeGreaterThan(numRuns / 8);
});
