/** Whole runs whose registry is late, forgets to tell, does not answer, or is in a minority. */
import { expect, test } from "vitest";
import { disappointments, type ScenarioInput } from "../../src/sim/index.ts";
import { runInput } from "./drawn-run.ts";

type Faults = NonNullable<NonNullable<ScenarioInput["net"]>["registryFaults"]>;

function story(seed: number, registryFaults: Faults): ReturnType<typeof runInput> {
  return runInput({
    schema: "tauring.scenario/1",
    name: "registry-faults",
    why: "The registry decides what is true, not when it is known",
    seed,
    cluster: { servers: 3, workers: 3, slots: 3, consistency: { kind: "bounded", tau: 2 } },
    net: { registryFaults },
    workload: [{ kind: "application", application: "provenance", options: { tasks: 40, graph: "tau" } }],
    expect: { eventsMin: 500 },
  });
}

const late: Faults = { late: 0.5, lateBy: { exponential: { mean: "30ms" } } };
const lost: Faults = { watchLoss: 0.3, rewatch: "50ms" };
const minority: Faults = { minority: [{ from: "1ms", to: "900ms" }], timeout: "100ms" };
const unanswered: Faults = { requestLoss: 0.2, timeout: "50ms" };
const unheard: Faults = { answerLoss: 0.2, timeout: "50ms" };

test.each([
  ["is late", late],
  ["loses what it tells", lost],
  ["is in a minority while the cluster starts", minority],
  ["loses requests", unanswered],
  ["loses answers", unheard],
  ["does all of that", { ...late, ...lost, ...minority, ...unanswered, ...unheard }],
])("a cluster whose registry %s runs its job under all checkers, the same each time", (_, faults) => {
  const calm = story(1, {}).report;
  for (let seed = 1; seed <= 8; seed++) {
    const { scenario, report, job } = story(seed, faults);
    expect(disappointments(scenario, report, job), `seed ${seed}`).toEqual([]);
    if (seed > 1) continue;
    expect(report.traceHash).toBe(story(seed, faults).report.traceHash);
    expect(report.traceHash).not.toBe(calm.traceHash);
  }
});
