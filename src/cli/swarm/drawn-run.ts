/** Runs a scenario of the small job, or of an application that needs none, as `tauring sim run` would. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { applications } from "../../apps/index.ts";
import { readJob } from "../job-file.ts";
import type { Examples, JobSpec, ShareSummary } from "../../core/index.ts";
import { type DataSource, parseExamples } from "../../data/index.ts";
import { snappyCompressor } from "../../net/index.ts";
import type { Fact } from "../../observe/index.ts";
import {
  applicationJob,
  jobOf,
  planOf,
  type RunOptions,
  type RunReport,
  runPlan,
  type Scenario,
  type ScenarioInput,
  type SimulationPlan,
  scenarioSchema,
  undisturbedModel,
} from "../../sim/index.ts";
import { smallJobFile } from "../../sim/swarm/index.ts";

/** Scenarios that found a bug, and the small job that drawn runs train; the same from `src` and from `dist`. */
export const foundFolder: string = fileURLToPath(new URL("../../../scenarios/found/", import.meta.url));

const smallJob = readJob(`${foundFolder}${smallJobFile}`, {});
const smallData = new Uint8Array(readFileSync(`${foundFolder}small.svm`));

interface Share {
  readonly examples: Examples | undefined;
  readonly summary: ShareSummary;
}

const noData: Share = {
  examples: undefined,
  summary: { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 },
};

const shares = new Map<string, Share>();

const parts: RunOptions["parts"] = {
  applications,
  compressor: snappyCompressor,
  loadShare: (source, slot, slotCount) => {
    if (source === null) return noData;
    const name = `${slot}/${slotCount}`;
    const share = shares.get(name) ?? parseExamples([smallData], source as DataSource, slot, slotCount);
    shares.set(name, share);
    return share;
  },
};

export interface DrawnRun {
  readonly scenario: Scenario;
  readonly job: JobSpec;
  readonly report: RunReport;
}

/** A scenario with all that its run needs. */
export interface Runnable {
  readonly plan: SimulationPlan;
  readonly options: RunOptions;
  readonly job: JobSpec;
}

export interface DrawnOptions extends Pick<RunOptions["parts"], "disk" | "faultHappened" | "frameSent"> {
  /** The checkpoint that it goes on from. */
  readonly resume?: string | undefined;
}

/** As it is drawn, before units and defaults. */
export function runInput(input: ScenarioInput): DrawnRun {
  return runDrawn(scenarioSchema.parse(input));
}

export function runDrawn(
  scenario: Scenario,
  observe?: (fact: Fact) => void,
  { resume, ...happenings }: DrawnOptions = {},
): DrawnRun {
  const { plan, options, job } = drawnPlan(scenario, resume);
  const watched = { ...options, parts: { ...options.parts, ...happenings } };
  return { scenario, job, report: runPlan(plan, observe === undefined ? watched : { ...watched, observe }) };
}

export function drawnPlan(scenario: Scenario, resume?: string): Runnable {
  const { seed } = scenario;
  if (seed === undefined) throw new Error(`scenario ${scenario.name} names no seed`);
  const begun = jobOf(scenario, applicationJob(scenario) ?? smallJob.spec, seed);
  const job = resume === undefined ? begun : { ...begun, resume };
  return {
    job,
    plan: planOf(scenario, seed, job),
    options: { parts, referenceModel: undisturbedModel(job, parts) },
  };
}
