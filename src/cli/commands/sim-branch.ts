/** `tauring sim branch`: a run up to a moment, and from there with other chances. */
import type { Scenario } from "../../sim/index.ts";
import { simRun } from "./sim-run.ts";

export interface BranchOptions {
  /** Virtual microseconds. */
  readonly at: number;
  readonly reseed: string;
  readonly seed?: string;
  readonly trace?: string;
  readonly json?: boolean;
}

export function simBranch(path: string, options: BranchOptions): Promise<number> {
  const { at, reseed, ...others } = options;
  const seedWords = options.seed === undefined ? "" : ` --seed ${options.seed}`;
  const adapt = (scenario: Scenario): Scenario => {
    // The golden hash is that of the run without a branch.
    const { traceHash: _, ...expect } = scenario.expect;
    return { ...scenario, expect, reseeds: [...scenario.reseeds, { at, seed: reseed }] };
  };
  return simRun(path, {
    ...others,
    adapt,
    replay: `tauring sim branch ${path}${seedWords} --at ${at}us --reseed ${reseed}`,
  });
}
