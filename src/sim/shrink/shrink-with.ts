/** The shrinker for whoever has a property of their own, as a fast-check test: what fails is what they say. */
import type { ScenarioInput } from "../scenario/scenario.ts";
import { defaultCandidatesMax } from "./candidates.ts";
import { shrink, type Shrunk } from "./shrink.ts";

/**
 * `fails` runs a candidate, and says whether it still fails as the one did that was found. After `candidatesMax` of them it
 * ends with what it has.
 */
export function shrinkWith(
  scenario: ScenarioInput,
  fails: (candidate: ScenarioInput) => boolean,
  { candidatesMax = defaultCandidatesMax }: { readonly candidatesMax?: number } = {},
): Promise<Shrunk> {
  return shrink(scenario, {
    probe: (candidates) => {
      const index = candidates.findIndex(fails);
      return Promise.resolve(index < 0 ? undefined : index);
    },
    candidatesMax,
  });
}
