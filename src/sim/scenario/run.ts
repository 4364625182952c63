/** Runs a plan under all checkers and says what came of it. */
import type { JobResult, NodeId, Observation } from "../../core/index.ts";
import {
  allCheckers,
  type CheckCount,
  CheckRun,
  type Fact,
  momentText,
  type Violation,
  violationText,
  worldName,
} from "../../observe/index.ts";
import type { MissedFault } from "../world/awaited-faults.ts";
import { type FaultEvent, worldFact } from "../world/fault.ts";
import { Simulation } from "../world/simulation.ts";
import type { SimulationParts, SimulationResult } from "../world/simulation-plan.ts";
import { FactWatch, type FactsExpected } from "./expectations.ts";
import type { ScenarioPlan } from "./plan.ts";
import { limitsOf, settledAt } from "./limits.ts";
import { resumed } from "./resumed.ts";

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
  /** Faults that waited for something and did nothing. */
  readonly missedFaults: readonly MissedFault[];
  /** What of the expected facts is not as expected. */
  readonly missedFacts: readonly string[];
}

export interface RunOptions {
  readonly parts: Omit<SimulationParts, "observe">;
  /** Besides the checkers: the trace file, a screen. */
  readonly observe?: (fact: Fact) => void;
  /** Hash of the model of an undisturbed run on one process, for C7; only where tau is 0. */
  readonly referenceModel?: string | undefined;
}

export function runPlan(plan: ScenarioPlan, options: RunOptions): RunReport {
  const run = new PlanRun(plan, options);
  for (;;) {
    const report = run.runSlice(Number.POSITIVE_INFINITY);
    if (report !== undefined) return report;
  }
}

/** A run that is done in slices, so that whoever watches it can look up in between. */
export class PlanRun {
  readonly simulation: Simulation;
  private readonly plan: ScenarioPlan;
  private readonly checks: CheckRun;
  private readonly watch: FactWatch | undefined;

  constructor(plan: ScenarioPlan, options: RunOptions) {
    this.plan = plan;
    this.checks = new CheckRun(allCheckers(options.referenceModel, limitsOf(plan)));
    this.watch = expectsFacts(plan) ? new FactWatch(plan.facts) : undefined;
    const { plan: whole, disk } = resumed(plan, options.parts);
    const parts = disk === undefined ? options.parts : { ...options.parts, disk };
    const tell = (fact: Fact, whom: NodeId | undefined): void => {
      this.checks.observe(fact);
      this.watch?.observe(fact.fact, whom, fact.at);
      options.observe?.(fact);
    };
    const observe = (fact: Observation, node: NodeId, at: number): void => tell({ at, node, fact }, node);
    const faultHappened = (event: FaultEvent, at: number): void => {
      const whom = "node" in event ? event.node : undefined;
      tell({ at, node: worldName, fact: worldFact(event) }, whom);
      parts.faultHappened?.(event, at);
    };
    const observeWorld = (fact: Observation, at: number): void =>
      tell({ at, node: worldName, fact }, undefined);
    this.simulation = new Simulation(whole, { ...parts, observe, observeWorld, faultHappened });
  }

  /** Those that were found so far. */
  get violations(): readonly Violation[] {
    return this.checks.violations;
  }

  /** Undefined where the run has not ended after so many items, or by then. */
  runSlice(itemsMax: number, untilMicros?: number): RunReport | undefined {
    const result = this.simulation.runSlice(itemsMax, untilMicros);
    return result === undefined ? undefined : this.report(result);
  }

  private report(result: SimulationResult): RunReport {
    const { checks, plan, simulation } = this;
    const isComplete = result.endedBy === "stopped" && result.failure === undefined;
    const { virtualMicros } = result;
    const isSettled = virtualMicros >= settledAt(plan, simulation.faults.endedAt);
    checks.finish(isComplete, isComplete && isSettled, virtualMicros);
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
      missedFaults: simulation.faults.missed(),
      missedFacts: this.watch?.finish() ?? [],
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
      reason: violationText(first, 0),
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
    .map(
      (wait) => `  ${wait.node}: ${wait.blocked} waits for ${wait.waitsFor} since ${momentText(wait.since)}`,
    );
  return {
    verdict: "undecided",
    reason: [`${ends[result.endedBy]} before the job ended`, ...blocked].join("\n"),
  };
}

function expectsFacts(plan: ScenarioPlan): plan is ScenarioPlan & { readonly facts: FactsExpected } {
  const { require = [], forbid = [], story = [] } = plan.facts ?? {};
  return require.length + forbid.length + story.length > 0;
}
