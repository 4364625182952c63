/** The scenarios that are kept, as they are written. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { type ScenarioInput, scenarioSchema } from "../../sim/index.ts";
import { foundFolder } from "./drawn-run.ts";

const scenariosFolder = fileURLToPath(new URL("../../../scenarios/", import.meta.url));

/** What random runs found before: each must pass for ever. */
export function regressions(): ScenarioInput[] {
  return scenariosOf(foundFolder);
}

/** Of every topic, those that are expected to pass. */
export function corpus(): readonly ScenarioInput[] {
  const topics = readdirSync(scenariosFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return topics
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => scenariosOf(`${scenariosFolder}${name}/`))
    .filter(({ expect }) => (expect?.verdict ?? "pass") === "pass");
}

/** Job files stand beside scenarios: what is none is passed over. */
function scenariosOf(folder: string): ScenarioInput[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name): unknown => parse(readFileSync(`${folder}${name}`, "utf8")))
    .filter((value): value is ScenarioInput => scenarioSchema.safeParse(value).success);
}
