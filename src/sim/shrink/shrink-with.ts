/** The shrinker for whoever has a property of their own, as a fast-check test: what fails is what they say. */
import type { ScenarioInput } from "../scenario/scenario.ts";
import { shrink, type Shrunk } from "./shrink.ts";

const candidatesMax = 2000;

/** `fails` runs a candidate, and says whether it still fails as the one did that was found. */
export function shrinkWith(
  scenario: ScenarioInput,
  fails: (candidate: ScenarioInput) => boolean,
): Promise<Shrunk> {
  return shrink(scenario, {
    probe: (candidates) => {
      const index = candidates.findIndex(fails);
      return Promise.resolve(index < 0 ? undefined : index);
    },
    candidatesMax,
  });
}
