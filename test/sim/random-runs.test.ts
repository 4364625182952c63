/**
 * [G1, G3, G4, G5, G6] Random runs of the whole protocol under all checkers: loss, duplication, reordering, delay and
 * broken connections change nothing that is promised.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { applications } from "../../src/apps/index.ts";
import type { Examples, JobSpec } from "../../src/core/index.ts";
import { type DataSource, parseExamples, syntheticChunks } from "../../src/data/index.ts";
import { snappyCompressor } from "../../src/net/index.ts";
import {
  applicationJob,
  jobOf,
  planOf,
  type RunOptions,
  type RunReport,
  runPlan,
  type Scenario,
  type ScenarioInput,
  scenarioSchema,
  undisturbedModel,
} from "../../src/sim/index.ts";
import { randomScenario } from "./random-scenario.ts";

const numRuns = Number(process.env.TAURING_RUNS ?? 2000);
const seed = Number(process.env.TAURING_SEED ?? 20_261_122);

const features = 40;
const text = [...syntheticChunks({ rows: 30, features, nonzeros: 150, seed: "random-runs" })].map((chunk) =>
  chunk.slice(),
);

const trainingJob: JobSpec = {
  schema: "tauring.job/1",
  name: "generated",
  application: "linear",
  seed: "",
  slotCount: 1,
  tau: 0,
  pushFilters: [],
  pullFilters: [],
  options: {},
  source: { paths: ["generated"], format: "libsvm", badLines: "fail" },
  keyMax: String(features),
};

const shares = new Map<string, ReturnType<typeof parseExamples>>();
const parts: RunOptions["parts"] = {
  applications,
  compressor: snappyCompressor,
  loadShare: (source, slot, slotCount) => {
    if (source === null) {
      return {
        examples: undefined as Examples | undefined,
        summary: { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 },
      };
    }
    const key = `${slot}/${slotCount}`;
    const share = shares.get(key) ?? parseExamples(text, source as DataSource, slot, slotCount);
    shares.set(key, share);
    return share;
  },
};

interface Drawn {
  readonly scenario: Scenario;
  readonly job: JobSpec;
  readonly report: RunReport;
}

function runScenario(input: ScenarioInput): Drawn {
  const scenario = scenarioSchema.parse(input);
  const runSeed = scenario.seed as string;
  const job = jobOf(scenario, applicationJob(scenario) ?? trainingJob, runSeed);
  const referenceModel = undisturbedModel(job, parts);
  return { scenario, job, report: runPlan(planOf(scenario, runSeed, job), { parts, referenceModel }) };
}

test(`[G1, G3 to G6] ${numRuns} random runs keep every promise, and each kind of run is among them`, {
  timeout: 600_000,
}, () => {
  const events: number[] = [];
  const evaluated = new Map<string, number>();
  const reached = new Map<string, number>();
  const count = (name: string, by: number): unknown => reached.set(name, (reached.get(name) ?? 0) + by);
  fc.assert(
    fc.property(randomScenario, (input) => {
      const { scenario, job, report } = runScenario(input);
      expect(report.reason).toBeUndefined();
      expect(report.verdict).toBe("pass");
      events.push(report.events);
      for (const [id, { evaluated: times }] of Object.entries(report.checks)) {
        evaluated.set(id, (evaluated.get(id) ?? 0) + times);
      }
      count("loss", report.network.lost > 0 ? 1 : 0);
      count("tau above 0", job.tau !== 0 ? 1 : 0);
      for (const kind of new Set([...job.pushFilters, ...job.pullFilters].map((one) => one.kind)))
        count(kind, 1);
      expect(scenario.name).toBe("random");
    }),
    { seed, numRuns, verbose: 1 },
  );
  events.sort((a, b) => a - b);
  const median = events[events.length >> 1];
  console.log(
    `median ${median} events; ${JSON.stringify(Object.fromEntries(reached))}; evaluated ${JSON.stringify(Object.fromEntries(evaluated))}`,
  );
  expect(median).toBeGreaterThanOrEqual(200);
  for (const [id, times] of evaluated) expect([id, times > 0]).toEqual([id, true]);
  const filterNames = [
    "key-caching",
    "snappy",
    "kkt",
    "significantly-modified",
    "random-skip",
    "fixed-point",
  ];
  for (const name of ["loss", "tau above 0", ...filterNames]) {
    expect([name, (reached.get(name) ?? 0) / numRuns >= 0.1]).toEqual([name, true]);
  }
});

test("[B1] the same seed gives the same trace, and another seed another", () => {
  const inputs = fc.sample(randomScenario, { seed: 11, numRuns: 25 });
  const hashes = inputs.map((input) => runScenario(input).report.traceHash);
  expect(inputs.map((input) => runScenario(input).report.traceHash)).toEqual(hashes);
  expect(new Set(hashes).size).toBe(hashes.length);
});
