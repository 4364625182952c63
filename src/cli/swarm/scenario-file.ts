/** A drawn plan as a scenario file, which `tauring sim run` runs again. */
import { writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { stringify } from "yaml";
import { fileError } from "../../data/index.ts";
import type { ScenarioInput } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { foundFolder } from "./drawn-run.ts";

export function writeScenario(path: string, scenario: ScenarioInput, comment: string): void {
  try {
    writeFileSync(path, scenarioText(movedScenario(scenario, foundFolder, dirname(path)), comment));
  } catch (error) {
    throw new CommandError(exitCodes.data, fileError(path, error).message);
  }
}

/** Lines that are short enough stay on one line, as a person would write them. */
export function scenarioText(scenario: ScenarioInput, comment: string): string {
  const head = comment === "" ? "" : `${comment.replaceAll(/^/gm, "# ")}\n`;
  const fields = Object.entries(scenario).filter(([, value]) => value !== undefined);
  return head + fields.map(([name, value]) => field(name, JSON.parse(JSON.stringify(value)))).join("");
}

function field(name: string, value: unknown): string {
  const flat = `${stringify({ [name]: value }, { collectionStyle: "flow", flowCollectionPadding: true, lineWidth: 0 })}`;
  const inner = flat.trim().replace(/^\{ /, "").replace(/ \}$/, "");
  if (inner.length <= 120 && !(Array.isArray(value) && value.length > 1)) return `${inner}\n`;
  if (Array.isArray(value)) return `${name}:\n${value.map((one) => `  - ${flow(one)}\n`).join("")}`;
  if (typeof value !== "object" || value === null) return stringify({ [name]: value }, { lineWidth: 0 });
  const entries = Object.entries(value).map(([key, one]) => `  ${key}: ${flow(one)}\n`);
  return `${name}:\n${entries.join("")}`;
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", flowCollectionPadding: true, lineWidth: 0 }).trim();
}

/** The same scenario in another folder: its job file is found from there. */
export function movedScenario(scenario: ScenarioInput, from: string, to: string): ScenarioInput {
  const [one] = scenario.workload;
  if (one.kind !== "train" || isAbsolute(one.job)) return scenario;
  return { ...scenario, workload: [{ ...one, job: relative(to, join(from, one.job)) }] };
}
