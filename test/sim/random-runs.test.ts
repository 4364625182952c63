/**
 * [G1, G3, G4, G5, G6] Random runs of the whole protocol under all checkers: loss, duplication, reordering, delay,
 * broken connections, small limits and faults of nodes and links change nothing that is promised.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { scenarioText } from "../../src/cli/swarm/scenario-file.ts";
import {
  failureClassOf,
  isOfClass,
  type RunEnding,
  type ScenarioInput,
  shrink,
} from "../../src/sim/index.ts";
import { commitSeed } from "../support/commit-seed.ts";
import { type DrawnRun, runInput } from "./drawn-run.ts";
import { type Family, familyOf, faultFamilies, randomScenario } from "../../src/sim/swarm/index.ts";

const numRuns = Number(process.env.TAURING_RUNS ?? 1200);
const seed = Number(process.env.TAURING_SEED ?? commitSeed(20_261_122));
const path = process.env.TAURING_PATH;
const families = familiesFrom(process.env.TAURING_FAULTS);

/** `TAURING_FAULTS=pause,cut` asks for these alone. */
function familiesFrom(text: string | undefined): readonly Family[] {
  if (text === undefined) return faultFamilies;
  return text.split(",").map((name) => {
    const family = faultFamilies.find((one) => one === name);
    if (family === undefined)
      throw new Error(`TAURING_FAULTS: no family ${name}; ${faultFamilies.join(", ")}`);
    return family;
  });
}

const checks = [
  "X1",
  "X2",
  "X3",
  "X4",
  "X5",
  "X6",
  "X7",
  "X8",
  "X9",
  "R1",
  "R2",
  "R3",
  "R4",
  "R5",
  "R6",
  "R7",
  "O1",
  "O2",
  "O3",
  "O4",
  "O5",
  "O6",
  "E1",
  "E2",
  "C8",
  "T2",
  "T3",
  "C1",
  "C2",
  "C5",
  "C6",
  "C7",
  "T1",
];
const kinds = [
  "loss",
  "duplication",
  "reordering",
  "tau above 0",
  "key-caching",
  "snappy",
  "kkt",
  "significantly-modified",
  "random-skip",
  "fixed-point",
];

/** What the runs were like, all together. */
class Census {
  readonly events: number[] = [];
  readonly evaluated: Map<string, number> = new Map();
  readonly runs: Map<string, number> = new Map();

  add({ job, report, scenario }: DrawnRun): void {
    this.events.push(report.events);
    for (const [id, { evaluated }] of Object.entries(report.checks)) count(this.evaluated, id, evaluated);
    const { lost, duplicated, reordered } = report.network;
    if (lost > 0) count(this.runs, "loss", 1);
    if (duplicated > 0) count(this.runs, "duplication", 1);
    if (reordered > 0) count(this.runs, "reordering", 1);
    if (job.tau !== 0) count(this.runs, "tau above 0", 1);
    for (const family of new Set(scenario.faults.map(familyOf))) count(this.runs, family, 1);
    const filters = new Set([...job.pushFilters, ...job.pullFilters].map(({ kind }) => kind));
    for (const kind of filters) count(this.runs, kind, 1);
  }

  get medianEvents(): number {
    return this.events.sort((a, b) => a - b)[this.events.length >> 1];
  }
}

function count(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function check(input: ScenarioInput, census: Census): void {
  const run = runInput(input);
  census.add(run);
  const { verdict, reason } = run.report;
  if (verdict !== "pass") throw new Error(`${verdict}: ${reason}`);
}

/** Ours, not fast-check's, which knows nothing of clusters: what failed first, as small as a few hundred runs make it. */
async function shrunk(scenario: ScenarioInput): Promise<ScenarioInput> {
  const endingOf = (input: ScenarioInput): RunEnding => {
    try {
      return runInput(input).report;
    } catch (error) {
      return { verdict: "broken", reason: String(error), violations: [] };
    }
  };
  const wanted = failureClassOf(endingOf(scenario));
  if (wanted === undefined) return scenario;
  const probe = (candidates: readonly ScenarioInput[]): Promise<number | undefined> => {
    const index = candidates.findIndex((candidate) => isOfClass(endingOf(candidate), wanted));
    return Promise.resolve(index === -1 ? undefined : index);
  };
  return (await shrink(scenario, { probe, candidatesMax: 300 })).scenario;
}

/** What failed, the line that repeats it, and the scenario to keep. */
async function story({
  counterexample,
  counterexamplePath,
  errorInstance,
}: fc.RunDetails<[ScenarioInput]>): Promise<string> {
  const [scenario] = counterexample ?? [];
  const reason = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
  const asked = process.env.TAURING_FAULTS;
  const faults = asked === undefined ? "" : `TAURING_FAULTS=${asked} `;
  return [
    `a random run broke its promises: ${reason}`,
    `repeat: ${faults}TAURING_SEED=${seed} TAURING_PATH=${counterexamplePath} npx vitest run test/sim/random-runs.test.ts`,
    ...(scenario === undefined
      ? []
      : [`or keep as scenarios/found/NAME.yaml:`, scenarioText(await shrunk(scenario), "")]),
  ].join("\n");
}

test(`[G1, G3 to G6] ${numRuns} random runs keep every promise, and each kind of run is among them`, {
  timeout: 900_000,
}, async () => {
  const census = new Census();
  const property = fc.property(randomScenario(families), (input) => check(input, census));
  const interruptAfterTimeLimit = 800_000;
  const which = path === undefined ? { seed, numRuns } : { seed, numRuns: 1, path };
  const endOnFailure = true;
  const details = fc.check(property, { ...which, interruptAfterTimeLimit, endOnFailure });
  if (details.failed) expect.fail(await story(details));
  if (path !== undefined) return;
  console.log(
    `median ${census.medianEvents} events; ${JSON.stringify(Object.fromEntries(census.runs))}; ` +
      `evaluated ${JSON.stringify(Object.fromEntries(census.evaluated))}`,
  );
  expect(census.medianEvents).toBeGreaterThanOrEqual(200);
  for (const id of checks)
    expect(census.evaluated.get(id), `times that ${id} had to decide`).toBeGreaterThan(0);
  for (const kind of kinds) {
    expect(census.runs.get(kind), `runs with ${kind}, of ${numRuns}`).toBeGreaterThanOrEqual(numRuns / 25);
  }
  for (const family of families) {
    expect(census.runs.get(family), `runs with ${family}, of ${numRuns}`).toBeGreaterThan(numRuns / 200);
  }
});

test("[B1] the same seed gives the same trace, and another seed another", () => {
  const inputs = fc.sample(randomScenario(families), { seed: 11, numRuns: 25 });
  const hashes = inputs.map((input) => runInput(input).report.traceHash);
  expect(inputs.map((input) => runInput(input).report.traceHash)).toEqual(hashes);
  expect(new Set(hashes).size).toBe(hashes.length);
});
