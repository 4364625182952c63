/** The only door to the applications. */
import type { Application } from "../core/index.ts";
import { linear } from "./linear/linear.ts";
import { provenance } from "./provenance.ts";
import { script } from "./script.ts";

export { exactFeaturesBelow } from "./linear/columns.ts";

export function applications(name: string): Application | undefined {
  return [linear, provenance, script].find((application) => application.name === name);
}

/** Those that run without any data. */
export const applicationsWithoutData: readonly string[] = [provenance.name];
