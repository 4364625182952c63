/** `tauring sim run SCENARIO`: a scenario in virtual time, under all checkers. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { TraceWriter, traceSchema } from "../../observe/index.ts";
import {
  applicationJob,
  describeProblems,
  disappointments,
  jobOf,
  parseScenario,
  planOf,
  type RunReport,
  runPlan,
  undisturbedModel,
  type Scenario,
} from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { type Job, readJob } from "../job-file.ts";
import { print, printJson, say } from "../output.ts";
import { withFeatures } from "../features.ts";
import { ProgressWatch } from "../progress-watch.ts";

import { describeReport, type TrainReport, trainReport } from "../train-report.ts";
import { simulatorParts } from "../world-sim.ts";

export interface SimRunOptions {
  readonly seed?: string;
  readonly trace?: string;
  readonly json?: boolean;
}

export async function simRun(path: string, options: SimRunOptions): Promise<number> {
  const scenario = readScenario(path);
  const seed = options.seed ?? scenario.seed;
  if (seed === undefined) {
    throw new CommandError(exitCodes.usage, `${path}: the scenario names no seed; give one with --seed`);
  }
  const job = await scenarioJob(scenario, path);
  const spec = jobOf(scenario, job?.spec ?? baseJob(scenario, path), seed);
  const parts = await simulatorParts(spec);
  const reference = undisturbedModel(spec, parts);
  const header = {
    schema: traceSchema,
    world: "sim",
    name: scenario.name,
    seed,
    referenceModel: reference ?? null,
  } as const;
  const trace = options.trace === undefined ? undefined : new TraceWriter(options.trace, header);
  const watch = new ProgressWatch(() => {});
  const started = process.hrtime.bigint();
  const report = runPlan(planOf(scenario, seed, spec), {
    parts,
    referenceModel: reference,
    observe: (fact) => {
      watch.observe(fact);
      trace?.write(fact);
    },
  });
  const wallSeconds = Number(process.hrtime.bigint() - started) / 1e9;
  await trace?.close();
  const train = job === undefined ? undefined : await simTrainReport(job, spec, report, watch);
  if (options.json === true) printJson(jsonReport(report, wallSeconds, train));
  else printReport(scenario, report, wallSeconds, train);
  const failed = disappointments(scenario, report, spec);
  for (const line of failed) say(`not as expected: ${line}`);
  if (failed.length > 0) say(`replay: tauring sim run ${path} --seed ${seed}`);
  if (failed.length === 0) return exitCodes.success;
  return report.verdict === "undecided" ? exitCodes.undecided : exitCodes.violated;
}

export function readScenario(path: string): Scenario {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(
      exitCodes.usage,
      `${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = parseScenario(text, path);
  if (!parsed.ok) throw new CommandError(exitCodes.usage, describeProblems(parsed.problems));
  return parsed.value;
}

async function scenarioJob(scenario: Scenario, path: string): Promise<Job | undefined> {
  const [workload] = scenario.workload;
  if (workload.kind !== "train") return undefined;
  return withFeatures(readJob(join(dirname(resolve(path)), workload.job), {}));
}

function baseJob(scenario: Scenario, path: string): NonNullable<ReturnType<typeof applicationJob>> {
  const job = applicationJob(scenario);
  if (job === undefined)
    throw new CommandError(exitCodes.usage, `${path}: workload: names no job and no application`);
  return job;
}

async function simTrainReport(
  job: Job,
  spec: Job["spec"],
  report: RunReport,
  watch: ProgressWatch,
): Promise<TrainReport | undefined> {
  const { outcome, traceHash } = report;
  if (outcome === undefined) return undefined;
  return trainReport({ world: "sim", job, spec, outcome, progress: watch.progress, traceHash });
}

function jsonReport(report: RunReport, wallSeconds: number, train: TrainReport | undefined): unknown {
  return {
    schema_version: 1,
    verdict: report.verdict,
    reason: report.reason ?? null,
    seed: report.seed,
    trace_hash: report.traceHash,
    events: report.events,
    virtual_seconds: report.virtualSeconds,
    wall_seconds: wallSeconds,
    checks: report.checks,
    violations: report.violations,
    network: report.network,
    train: train ?? null,
  };
}

function printReport(
  scenario: Scenario,
  report: RunReport,
  wallSeconds: number,
  train: TrainReport | undefined,
): void {
  print(`${scenario.name}: ${report.verdict}${report.reason === undefined ? "" : `: ${report.reason}`}`);
  print(`  seed ${report.seed}   trace ${report.traceHash}`);
  print(
    `  ${report.events} events, ${report.virtualSeconds.toFixed(3)} virtual seconds in ${wallSeconds.toFixed(2)} s ` +
      `(${Math.round(report.events / wallSeconds)} events/s)`,
  );
  const checks = Object.entries(report.checks).map(([id, { evaluated, violations }]) =>
    violations === 0 ? `${id} ${evaluated}` : `${id} ${evaluated} (${violations} VIOLATIONS)`,
  );
  print(`  checks ${checks.join("  ")}`);
  if (train !== undefined) print(describeReport(train).replace(/^/gm, "  "));
}
