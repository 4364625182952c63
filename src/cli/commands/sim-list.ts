/** `tauring sim list [FOLDER]`: the library, by topic, each scenario with its reason. */
import { basename, dirname } from "node:path";
import { print, printJson, wrap } from "../output.ts";
import { scenarioFiles } from "../scenario-files.ts";
import { readScenario } from "./sim-run.ts";

export function simList(folder: string, options: { readonly json?: boolean }): number {
  const rows = scenarioFiles(folder).map((file) => {
    const { name, why, source, faults } = readScenario(file).value;
    return { file, topic: basename(dirname(file)), name, why, source: source ?? null, faults: faults.length };
  });
  if (options.json === true) {
    printJson({ schema_version: 1, scenarios: rows });
    return 0;
  }
  const lines: string[] = [];
  let topic: string | undefined;
  for (const row of rows) {
    if (row.topic !== topic) lines.push(...(topic === undefined ? [] : [""]), row.topic);
    topic = row.topic;
    lines.push(`  ${row.name}`, wrap("      ", row.why.split(" "), " "));
    if (row.source !== null) lines.push(wrap("      from ", row.source.split(" "), " "));
  }
  print([...lines, "", `${rows.length} scenarios`].join("\n"));
  return 0;
}
