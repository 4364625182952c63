/** `tauring sim marks`: what a library of scenarios reaches, how often, and what none of them does. */
import { allCheckers, factFields } from "../../observe/index.ts";
import { exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { scenarioFiles } from "../scenario-files.ts";
import { runScenario } from "./sim-run.ts";

export interface MarksOptions {
  readonly missing?: boolean;
  readonly json?: boolean;
}

/** A type of facts that was told, or a check that had something to decide. */
interface Mark {
  readonly name: string;
  times: number;
  readonly scenarios: Set<string>;
}

/** Exit code 1 with `missing` where something was never reached. */
export async function simMarks(paths: readonly string[], options: MarksOptions): Promise<number> {
  const facts = marksOf(Object.keys(factFields));
  const checks = marksOf(allCheckers(undefined).map(({ id }) => id));
  const files = paths.flatMap(scenarioFiles);
  for (const file of files) {
    const observe = ({ fact }: { readonly fact: { readonly type: string } }): void =>
      reached(facts, fact.type, file, 1);
    const run = await runScenario(file, { isQuiet: true, witness: { observe } });
    if (typeof run === "number") return run;
    for (const [id, { evaluated }] of Object.entries(run.report.checks)) reached(checks, id, file, evaluated);
  }
  const missing = [...facts.values(), ...checks.values()].filter(({ times }) => times === 0);
  if (options.json === true) {
    printJson({
      schema_version: 1,
      scenarios: files.length,
      facts: rows(facts),
      checks: rows(checks),
      missing: missing.map(({ name }) => name),
    });
  } else if (options.missing !== true) print(table([...facts.values(), ...checks.values()]));
  if (options.json !== true && missing.length > 0)
    say(`never reached by ${files.length} scenarios: ${missing.map(({ name }) => name).join(", ")}`);
  return options.missing === true && missing.length > 0 ? exitCodes.violated : exitCodes.success;
}

function marksOf(names: readonly string[]): ReadonlyMap<string, Mark> {
  return new Map(names.map((name) => [name, { name, times: 0, scenarios: new Set<string>() }]));
}

function reached(marks: ReadonlyMap<string, Mark>, name: string, file: string, times: number): void {
  const mark = marks.get(name);
  if (mark === undefined || times === 0) return;
  mark.times += times;
  mark.scenarios.add(file);
}

function rows(marks: ReadonlyMap<string, Mark>): readonly object[] {
  return [...marks.values()].map(({ name, times, scenarios }) => ({
    name,
    times,
    scenarios: scenarios.size,
    example: scenarios.values().next().value ?? null,
  }));
}

/** The rarest first: those are what a library is for. */
function table(marks: readonly Mark[]): string {
  const found = marks.filter(({ times }) => times > 0).sort((a, b) => a.scenarios.size - b.scenarios.size);
  return [
    `${"mark".padEnd(22)}${"scenarios".padStart(10)}${"times".padStart(10)}  for example`,
    ...found.map(({ name, times, scenarios }) => {
      const [example] = scenarios;
      return `${name.padEnd(22)}${String(scenarios.size).padStart(10)}${String(times).padStart(10)}  ${example}`;
    }),
  ].join("\n");
}
