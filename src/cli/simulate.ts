/** Runs a plan of the simulator, looking up between slices: at signals, and at the terminal. */
import { setImmediate as turn } from "node:timers/promises";
import { applications } from "../apps/index.ts";
import type { Examples, JobSpec, Progress, ShareSummary } from "../core/index.ts";
import { type DataSource, loadShare } from "../data/index.ts";
// Past the door of net: a simulation loads no gRPC.
import { snappyCompressor } from "../net/snappy-compressor.ts";
import { type Fact, modelHash, type TraceHeader, traceSchema } from "../observe/index.ts";
import {
  limitsOf,
  NothingSaved,
  PlanRun,
  planOf,
  plannedSettledAt,
  type RunOptions,
  type RunReport,
  type Scenario,
  type Simulation,
  type Step,
  undisturbedRun,
} from "../sim/index.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { dataError } from "./files.ts";
import { say } from "./output.ts";
import { RunStatus } from "./run-status.ts";
import { onSignal, type SignalSeen } from "./signals.ts";
import { TraceOutput } from "./trace-output.ts";

export interface SimulateOptions {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly spec: JobSpec;
  /** Ends the run; whoever watches for it may have something to do after the run. */
  readonly signal: SignalSeen;
  /** For the trace's header: what to run again. Undefined for a job without a scenario file. */
  readonly source?: TraceHeader["scenario"];
  readonly trace: string | undefined;
  readonly witness?: Witnesses;
  readonly progress: (progress: Progress) => void;
}

/** Who looks on. */
export interface Witnesses {
  readonly observe?: (fact: Fact) => void;
  readonly stepped?: (step: Step) => void;
}

export interface Simulated {
  readonly report: RunReport;
  readonly wallSeconds: number;
  readonly isTraceLost: boolean;
}

/** Says so when a signal ends a simulation. */
export function onSimulationSignal(): SignalSeen {
  return onSignal((name) => say(`tauring: stopped by ${name}`));
}

/** Items between two looks at the world outside: a few milliseconds. */
const sliceItems = 1000;
const statusEveryMs = 200;

/** The exit code where a signal stopped it; its trace ends there. */
export async function simulate(options: SimulateOptions): Promise<Simulated | number> {
  const { scenario, seed, spec, signal } = options;
  const status = new RunStatus("reading the data");
  try {
    const parts = await dataError(() => simulatorParts(spec));
    status.begin("running it undisturbed, to compare with");
    const reference = await undisturbedModel(spec, parts, signal);
    if (signal.code !== undefined) return signal.code;
    const plan = planOf(scenario, seed, spec);
    const settledAt = plannedSettledAt(plan);
    const header = {
      schema: traceSchema,
      world: "sim",
      name: scenario.name,
      seed,
      referenceModel: reference ?? null,
      ...(options.source === undefined ? {} : { scenario: options.source }),
      limits: limitsOf(plan),
      ...(settledAt === undefined ? {} : { settledAt }),
    } as const;
    const trace = options.trace === undefined ? undefined : new TraceOutput(options.trace, header, say);
    const observe = (fact: Fact): void => {
      if (fact.fact.type === "progress-reported") options.progress(fact.fact.progress);
      trace?.write(fact);
      options.witness?.observe?.(fact);
    };
    const stepped = options.witness?.stepped;
    const watched = stepped === undefined ? parts : { ...parts, stepped };
    const run = begun(() => new PlanRun(plan, { parts: watched, referenceModel: reference, observe }));
    status.begin("simulating");
    const started = performance.now();
    const report = await inSlices(() => run.runSlice(sliceItems), signal, status, run.simulation);
    trace?.close();
    const wallSeconds = (performance.now() - started) / 1000;
    if (report === undefined) return signal.code ?? exitCodes.interrupted;
    return { report, wallSeconds, isTraceLost: trace?.isLost === true };
  } finally {
    status.end();
  }
}

function begun(begin: () => PlanRun): PlanRun {
  try {
    return begin();
  } catch (error) {
    if (error instanceof NothingSaved) throw new CommandError(exitCodes.usage, error.message);
    throw error;
  }
}

/** Hash of the model that the job leaves where nothing disturbs it; undefined where there is none. */
export async function referenceOf(spec: JobSpec, signal: SignalSeen): Promise<string | undefined> {
  return undisturbedModel(spec, await dataError(() => simulatorParts(spec)), signal);
}

/** Undefined where a signal came first. */
async function inSlices<T>(
  runSlice: () => T | undefined,
  signal: SignalSeen,
  status: RunStatus | undefined,
  simulation: Simulation,
): Promise<T | undefined> {
  let shownAt = 0;
  while (signal.code === undefined) {
    const result = runSlice();
    if (result !== undefined) return result;
    const now = performance.now();
    if (now - shownAt > statusEveryMs) {
      const virtual = (simulation.time / 1e6).toFixed(2);
      status?.detail(`simulating: ${simulation.eventCount} events, ${virtual} virtual seconds`);
      shownAt = now;
    }
    await turn();
  }
  return undefined;
}

async function undisturbedModel(
  spec: JobSpec,
  parts: RunOptions["parts"],
  signal: SignalSeen,
): Promise<string | undefined> {
  const simulation = undisturbedRun(spec, parts);
  if (simulation === undefined) return undefined;
  const result = await inSlices(() => simulation.runSlice(sliceItems), signal, undefined, simulation);
  return result?.outcome?.model === undefined ? undefined : modelHash(result.outcome.model);
}

/** Shares are read before virtual time begins; in it they cost what the cost model says. */
export async function simulatorParts(job: JobSpec): Promise<RunOptions["parts"]> {
  const shares: { examples: Examples | undefined; summary: ShareSummary }[] = [];
  for (let slot = 0; slot < job.slotCount; slot++) {
    if (job.source === null) {
      shares.push({ examples: undefined, summary: { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 } });
    } else shares.push(await loadShare(job.source as DataSource, slot, job.slotCount));
  }
  return { applications, compressor: snappyCompressor, loadShare: (_source, slot) => shares[slot] };
}
