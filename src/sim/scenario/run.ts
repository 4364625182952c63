/** Runs a plan under all checkers and says what came of it. */
import type { JobResult, JobSpec, Observation } from "../../core/index.ts";
import {
  allCheckers,
  type CheckCount,
  CheckRun,
  type Fact,
  type Violation,
  worldName,
} from "../../observe/index.ts";
import { type FaultEvent, worldFact } from "../world/fault.ts";
import { Simulation } from "../world/simulation.ts";
import type { SimulationParts, SimulationPlan, SimulationResult } from "../world/simulation-plan.ts";
import { limitsOf, settledAt } from "./limits.ts";
import type { Scenario } from "./scenario.ts";

export type Verdict = "pass" | "violated" | "failed" | "undecided";

export interface RunReport {
  readonly verdict: Verdict;
  /** Why, where the verdict is not `pass`. */
  readonly reason: string | undefined;
  readonly seed: string;
  readonly traceHash: string;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly checks: Readonly<Record<string, CheckCount>>;
  readonly violations: readonly Violation[];
  readonly outcome: JobResult | undefined;
  readonly network: SimulationResult["network"];
}

export interface RunOptions {
  readonly parts: Omit<SimulationParts, "observe">;
  /** Besides the checkers: the trace file, a screen. */
  readonly observe?: (fact: Fact) => void;
  /** Hash of the model of an undisturbed run on one process, for C7; only where tau is 0. */
  readonly referenceModel?: string | undefined;
}

export function runPlan(plan: SimulationPlan, options: RunOptions): RunReport {
  const run = new PlanRun(plan, options);
  for (;;) {
    const report = run.runSlice(Number.POSITIVE_INFINITY);
    if (report !== undefined) return report;
  }
}

/** A run that is done in slices, so that whoever watches it can look up in between. */
export class PlanRun {
  readonly simulation: Simulation;
  private readonly plan: SimulationPlan;
  private readonly checks: CheckRun;

  constructor(plan: SimulationPlan, options: RunOptions) {
    this.plan = plan;
    this.checks = new CheckRun(allCheckers(options.referenceModel, limitsOf(plan)));
    const observe = (observation: Observation, node: string, at: number): void => {
      const fact: Fact = { at, node, fact: observation };
      this.checks.observe(fact);
      options.observe?.(fact);
    };
    const faultHappened = (event: FaultEvent, at: number): void => {
      observe(worldFact(event), worldName, at);
      options.parts.faultHappened?.(event, at);
    };
    const observeWorld = (fact: Observation, at: number): void => observe(fact, worldName, at);
    this.simulation = new Simulation(plan, { ...options.parts, observe, observeWorld, faultHappened });
  }

  /** Those that were found so far. */
  get violations(): readonly Violation[] {
    return this.checks.violations;
  }

  /** Undefined where the run has not ended after so many items. */
  runSlice(itemsMax: number): RunReport | undefined {
    const result = this.simulation.runSlice(itemsMax);
    return result === undefined ? undefined : this.report(result);
  }

  private report(result: SimulationResult): RunReport {
    const { checks, plan, simulation } = this;
    const isComplete = result.endedBy === "stopped" && result.failure === undefined;
    const { virtualMicros } = result;
    checks.finish(isComplete, isComplete && virtualMicros >= settledAt(plan), virtualMicros);
    const waits = isComplete || result.failure !== undefined ? [] : simulation.why();
    const { verdict, reason } = judge(result, checks.violations, waits);
    return {
      verdict,
      reason,
      seed: plan.seed,
      traceHash: result.traceHash,
      events: result.events,
      virtualSeconds: result.virtualMicros / 1e6,
      checks: checks.counts,
      violations: checks.violations,
      outcome: result.outcome,
      network: result.network,
    };
  }
}

function judge(
  result: SimulationResult,
  violations: readonly Violation[],
  waits: ReturnType<Simulation["why"]>,
): { readonly verdict: Verdict; readonly reason: string | undefined } {
  if (violations.length > 0) {
    const [first] = violations;
    return {
      verdict: "violated",
      reason: `${first.check} at ${first.at} us on ${first.node}: ${first.message}`,
    };
  }
  if (result.failure !== undefined) return { verdict: "failed", reason: result.failure };
  if (result.endedBy === "stopped") return { verdict: "pass", reason: undefined };
  const ends = {
    horizon: "the horizon was reached",
    events: "eventsMax was reached",
    idle: "nothing is left to happen",
  };
  const blocked = waits
    .slice(0, 10)
    .map((wait) => `  ${wait.node}: ${wait.blocked} waits for ${wait.waitsFor} since ${wait.since} us`);
  return {
    verdict: "undecided",
    reason: [`${ends[result.endedBy]} before the job ended`, ...blocked].join("\n"),
  };
}

/** What the scenario expects and the run does not show; empty where all is as expected. */
export function disappointments(scenario: Scenario, report: RunReport, job: JobSpec): readonly string[] {
  const { expect } = scenario;
  const found: string[] = [];
  if (report.verdict !== expect.verdict) {
    found.push(
      `the verdict is ${report.verdict}, expected ${expect.verdict}: ${report.reason ?? "no reason given"}`,
    );
  }
  const reference = job.options.reference;
  if (expect.gapMax !== undefined && typeof reference === "number" && report.outcome !== undefined) {
    const gap = (report.outcome.objective - reference) / reference;
    if (!(gap <= expect.gapMax))
      found.push(`the relative gap is ${gap}, expected at most gapMax ${expect.gapMax}`);
  }
  if (expect.eventsMin !== undefined && report.events < expect.eventsMin) {
    found.push(`${report.events} events happened, expected at least eventsMin ${expect.eventsMin}`);
  }
  if (
    expect.traceHash !== undefined &&
    report.traceHash !== expect.traceHash &&
    report.seed === scenario.seed
  ) {
    found.push(`the trace hash is ${report.traceHash}, expected ${expect.traceHash}`);
  }
  return found;
}
