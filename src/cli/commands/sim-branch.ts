/** `tauring sim branch`: a run up to a moment, and from there with other chances. */
import { momentText } from "../../observe/index.ts";
import type { Scenario } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { runScenario, showRun } from "./sim-run.ts";

export interface BranchOptions {
  /** Virtual microseconds. */
  readonly at: number;
  readonly reseed: string;
  readonly seed?: string;
  readonly trace?: string;
  readonly json?: boolean;
}

export async function simBranch(path: string, options: BranchOptions): Promise<number> {
  const { at, reseed, ...others } = options;
  const seedWords = options.seed === undefined ? "" : ` --seed ${options.seed}`;
  const adapt = (scenario: Scenario): Scenario => {
    // The golden hash is that of the run without a branch.
    const { traceHash: _, ...expect } = scenario.expect;
    return { ...scenario, expect, reseeds: [...scenario.reseeds, { at, seed: reseed }] };
  };
  const replay = `tauring sim branch ${path}${seedWords} --at ${at}us --reseed ${reseed}`;
  const run = await runScenario(path, { ...others, adapt, replay });
  if (typeof run === "number") return run;
  const end = run.report.virtualSeconds * 1e6;
  if (at > end) {
    const message = `the run has ended at ${momentText(end)}: nothing is left to be drawn with another seed`;
    throw new CommandError(exitCodes.usage, `--at ${momentText(at)}: ${message}`);
  }
  return showRun(run, options);
}
