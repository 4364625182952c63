/** The same story, told in two phases: a storm, and what comes when all that lasts of it is healed. */
import type { ScenarioInput } from "../scenario/scenario.ts";
import { duration, durationText } from "../scenario/units.ts";

type Fault = NonNullable<ScenarioInput["faults"]>[number];

export function withPhases(scenario: ScenarioInput, stormMicros: number): ScenarioInput {
  const { faults = [] } = scenario;
  // Newcomers have their names in the order in which they are written; what waits for a fact has no phase.
  const isPlaced = (one: Fault): boolean =>
    one.kind !== "join" && one.kind !== "core" && one.at !== undefined;
  const placed = faults.filter(isPlaced);
  if (placed.length === 0) return scenario;
  const time = (one: Fault): number => duration.parse(one.at);
  const later = placed
    .filter((one) => time(one) >= stormMicros)
    .map((one) => ({ ...one, at: durationText(time(one) - stormMicros) }));
  return {
    ...scenario,
    faults: faults.filter((one) => !isPlaced(one)),
    phases: [
      {
        name: "storm",
        for: durationText(stormMicros),
        faults: placed.filter((one) => time(one) < stormMicros),
      },
      { name: "calm", settle: "heal-all", faults: later },
    ],
  };
}
