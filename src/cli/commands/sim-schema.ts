/** `tauring sim schema`: what a scenario file may say, for editors, or for people. */
import { faultReference, scenarioJsonSchema } from "../../sim/index.ts";
import { print, printJson } from "../output.ts";

export function simSchema(options: { readonly faults?: boolean }): number {
  if (options.faults === true) print(faultReference().trimEnd());
  else printJson(scenarioJsonSchema());
  return 0;
}
