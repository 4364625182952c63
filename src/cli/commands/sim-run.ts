/** `tauring sim run SCENARIO`: a scenario in virtual time, under all checkers. */
import { dirname, join } from "node:path";
import { applicationsWithoutData } from "../../apps/index.ts";
import type { Examples } from "../../core/index.ts";
import {
  applicationJob,
  describeProblems,
  didYouMean,
  disappointments,
  jobOf,
  type Parsed,
  parseScenario,
  type RunReport,
  type Scenario,
} from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { checkOutput, readText } from "../files.ts";
import { checkWithApplication, type Job } from "../job-file.ts";
import { print, printJson, say, wrap } from "../output.ts";
import { ProgressWatch } from "../progress-watch.ts";
import { reportText } from "../report-text.ts";
import { onSimulationSignal, simulate, type Witnesses } from "../simulate.ts";
import { type TrainReport, trainReport } from "../train-report.ts";
import { readyJob } from "./train.ts";

export interface SimRunOptions {
  readonly seed?: string;
  readonly trace?: string;
  readonly json?: boolean;
  /** Says nothing while it runs. */
  readonly isQuiet?: boolean;
  /** Instead of what the file says now. */
  readonly text?: string;
  readonly witness?: Witnesses;
  /** What is run instead of the scenario as it is written. */
  readonly adapt?: (scenario: Scenario) => Scenario;
  /** The command that repeats it, where it is another. */
  readonly replay?: string;
}

/** What a scenario's workload is: a job with its data, or only what an application needs. */
export interface Work {
  readonly base: Job["spec"];
  readonly train: { readonly job: Job; readonly test: Examples | undefined } | undefined;
}

export type ScenarioRead = Extract<Parsed<Scenario>, { readonly ok: true }>;

/** A scenario that was run, and what is not as it expects. */
export interface ScenarioRun {
  readonly scenario: Scenario;
  readonly job: Job["spec"];
  readonly seed: string;
  readonly report: RunReport;
  readonly wallSeconds: number;
  readonly trained: TrainReport | undefined;
  readonly failed: readonly string[];
  /** Empty, or the one line that repeats it. */
  readonly replay: string;
  readonly exitCode: number;
}

export async function simRun(path: string, options: SimRunOptions): Promise<number> {
  const run = await runScenario(path, options);
  return typeof run === "number" ? run : showRun(run, options);
}

/** The exit code. */
export function showRun(run: ScenarioRun, options: Pick<SimRunOptions, "json" | "trace">): number {
  const { scenario, report, wallSeconds, trained, failed, replay } = run;
  if (options.json === true) printJson(document(report, wallSeconds, trained, failed));
  else print(text(scenario, report, wallSeconds, trained));
  if (options.trace !== undefined) say(`written ${options.trace}`);
  for (const line of failed) say(`tauring: not as expected: ${line}`);
  if (replay !== "") say(replay);
  return run.exitCode;
}

interface Prepared extends Pick<Work, "train"> {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly spec: Job["spec"];
  readonly source: { readonly path: string; readonly text: string };
}

/** Read, with its job, and found to be in order. */
export async function prepareScenario(path: string, options: SimRunOptions): Promise<Prepared> {
  const source = { path, text: options.text ?? readText(path) };
  const { value: written, place } = readScenario(path, source.text);
  const scenario = options.adapt === undefined ? written : options.adapt(written);
  const seed = options.seed ?? scenario.seed;
  if (seed === undefined) {
    throw new CommandError(exitCodes.usage, `${path}: the scenario names no seed; give one with --seed`);
  }
  checkOutput("--trace", options.trace);
  const { base, train } = await workOf(scenario, path, place);
  const spec = jobOf(scenario, base, seed);
  checkWithApplication({ spec, place: (field) => place(fieldInScenario(field)) });
  return { scenario, seed, spec, source, train };
}

/** The exit code where a signal stopped it. */
export async function runScenario(path: string, options: SimRunOptions): Promise<ScenarioRun | number> {
  const { scenario, seed, spec, source, train } = await prepareScenario(path, options);
  const watch = new ProgressWatch(train?.job.reference, options.isQuiet === true ? () => {} : say);
  const signal = onSimulationSignal();
  const simulated = await simulate({
    scenario,
    seed,
    spec,
    signal,
    source,
    trace: options.trace,
    witness: options.witness ?? {},
    // Objectives and gaps are news of a job only.
    progress: (progress) => {
      if (train !== undefined) watch.reported(progress);
    },
  }).finally(() => signal.release());
  if (typeof simulated === "number") return simulated;
  const { report, wallSeconds } = simulated;
  const { outcome, traceHash } = report;
  const trained =
    train === undefined || outcome === undefined
      ? undefined
      : trainReport({ world: "sim", ...train, spec, outcome, progress: watch.progress, traceHash });
  const failed = disappointments(scenario, report, spec);
  const badly = report.verdict === "undecided" ? exitCodes.undecided : exitCodes.violated;
  const well = simulated.isTraceLost ? exitCodes.data : exitCodes.success;
  return {
    scenario,
    job: spec,
    seed,
    report,
    wallSeconds,
    trained,
    failed,
    replay: failed.length > 0 ? `replay: ${options.replay ?? `tauring sim run ${path} --seed ${seed}`}` : "",
    exitCode: failed.length > 0 ? badly : well,
  };
}

export function readScenario(path: string, text: string = readText(path)): ScenarioRead {
  const parsed = parseScenario(text, path, (base) => readText(join(dirname(path), base)));
  if (!parsed.ok) throw new CommandError(exitCodes.usage, describeProblems(parsed.problems));
  return parsed;
}

/** Where a scenario says what a job file says in this field. */
export function fieldInScenario(field: readonly string[]): readonly (string | number)[] {
  const name = field.at(-1);
  if (name === undefined) return ["workload", 0];
  return name === "filters" ? [name] : ["workload", 0, "options", name];
}

export async function workOf(scenario: Scenario, path: string, place: ScenarioRead["place"]): Promise<Work> {
  const [workload] = scenario.workload;
  if (workload.kind === "train") {
    const train = await readyJob(join(dirname(path), workload.job), {});
    return { base: train.job.spec, train };
  }
  if (workload.kind === "application" && !applicationsWithoutData.includes(workload.application)) {
    const { application } = workload;
    const allowed = `allowed: ${applicationsWithoutData.join(", ")}${didYouMean(application, applicationsWithoutData)}`;
    const field = ["workload", 0, "application"];
    const message = `${place(field)} ${field.join(".")}: found "${application}"; ${allowed}`;
    throw new CommandError(exitCodes.usage, message);
  }
  const base = applicationJob(scenario);
  if (base === undefined)
    throw new CommandError(exitCodes.usage, `${path}: workload: names no job and no application`);
  return { base, train: undefined };
}

function document(
  report: RunReport,
  wallSeconds: number,
  train: TrainReport | undefined,
  failed: readonly string[],
): unknown {
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
    not_as_expected: failed,
    train: train ?? null,
  };
}

function text(
  { name }: Scenario,
  report: RunReport,
  wallSeconds: number,
  train: TrainReport | undefined,
): string {
  const { verdict, reason, seed, traceHash, events, virtualSeconds } = report;
  const checks = Object.entries(report.checks).map(([id, { evaluated, violations }]) =>
    violations === 0 ? `${id} ${evaluated}` : `${id} ${evaluated} (${violations} VIOLATED)`,
  );
  return [
    `${name}: ${verdict}${reason === undefined ? "" : `: ${reason}`}`,
    `seed         ${seed}`,
    `trace        ${traceHash}`,
    `events       ${events} in ${virtualSeconds.toFixed(3)} virtual seconds`,
    `wall clock   ${wallSeconds.toFixed(2)} s (${Math.round(events / wallSeconds)} events/s)`,
    wrap("checks       ", checks),
    ...(train === undefined ? [] : [reportText(train)]),
  ].join("\n");
}
