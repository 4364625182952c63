/** Scenarios of the library, as a core with a planted bug runs them: it may go on for ever. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { ScenarioInput } from "../../sim/index.ts";

export const libraryFolder: string = fileURLToPath(new URL("../../../scenarios/", import.meta.url));

const eventsMax = 60_000;

/** `chain/tail-dies-before-it-answers`, one of those that are whole by themselves. */
export function libraryScenario(name: string): ScenarioInput {
  const scenario = parse(readFileSync(`${libraryFolder}${name}.yaml`, "utf8")) as ScenarioInput;
  return { ...scenario, eventsMax: Math.min(eventsMax, scenario.eventsMax ?? eventsMax) };
}
