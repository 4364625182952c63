/** `tauring trace`: recorded facts, simulated or real, as text, counts, differences, and for other tools. */
import { writeFileSync } from "node:fs";
import {
  chromeTrace,
  type Durations,
  factLine,
  firstDifference,
  shivizLog,
  shivizParser,
  traceStats,
  withCauses,
} from "../../observe/index.ts";
import { fileError } from "../../data/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { checkOutput } from "../files.ts";
import { print, printJson, say } from "../output.ts";
import { readTraces } from "../read-traces.ts";
import { noneOf, readSelected, type SelectionOptions } from "../select-facts.ts";

export interface CatOptions extends SelectionOptions {
  readonly json?: boolean;
}

/** Prints what is selected; with a text it is `grep`, which finds nothing with exit code 1. */
export function cat(paths: readonly string[], options: CatOptions, text?: string): number {
  const { facts, origin, total } = readSelected(paths, options, text);
  for (const { number, fact } of facts)
    print(options.json === true ? JSON.stringify(fact) : factLine(number, fact, origin));
  if (facts.length > 0) return exitCodes.success;
  if (text !== undefined) return exitCodes.violated;
  say(noneOf(total));
  return exitCodes.success;
}

export function stats(paths: readonly string[], options: { readonly json?: boolean }): number {
  const { facts, files } = readTraces(paths);
  const { types, nodes, durations, seconds } = traceStats(facts);
  if (options.json === true) {
    printJson({
      schema_version: 1,
      files: files.length,
      facts: facts.length,
      seconds,
      types,
      nodes,
      durations,
    });
    return exitCodes.success;
  }
  print(`${facts.length} facts of ${Object.keys(nodes).length} nodes in ${seconds.toFixed(3)} s`);
  print(
    `\n${"".padEnd(18)}${["count", "p50 ms", "p99 ms", "max ms"].map((word) => word.padStart(11)).join("")}`,
  );
  for (const [name, duration] of Object.entries(durations)) print(durationLine(name, duration));
  print("");
  for (const [type, count] of byCount(types)) print(`${type.padEnd(18)}${String(count).padStart(11)}`);
  print("");
  for (const [node, count] of byCount(nodes)) print(`${node.padEnd(18)}${String(count).padStart(11)}`);
  return exitCodes.success;
}

/** Exit code 1 where they differ, as of `diff`. */
export function diff(
  left: string,
  right: string,
  options: { readonly json?: boolean; readonly context: number },
): number {
  const [a, b] = [readTraces([left]), readTraces([right])];
  const found = firstDifference(a.facts, b.facts);
  if (options.json === true) {
    printJson({
      schema_version: 1,
      is_same: found === undefined,
      facts: a.facts.length,
      difference: found ?? null,
    });
  } else if (found === undefined) print(`the same: ${a.facts.length} facts`);
  else {
    const { index, fields } = found;
    print(`the first ${index} facts are the same; then:`);
    const first = Math.max(0, index - options.context);
    for (const [i, fact] of a.facts.slice(first, index).entries())
      print(`    ${factLine(first + i, fact, a.origin)}`);
    for (const [mark, { facts, origin }] of [["-", a] as const, ["+", b] as const]) {
      if (facts[index] === undefined) print(`  ${mark} ends here`);
      for (const [i, fact] of facts.slice(index, index + options.context).entries())
        print(`  ${mark} ${factLine(index + i, fact, origin)}`);
    }
    if (fields.length > 0) print(`they differ in ${fields.join(", ")}`);
  }
  return found === undefined ? exitCodes.success : exitCodes.violated;
}

export interface ExportOptions {
  readonly format: "chrome" | "shiviz";
  readonly out?: string;
}

export function exportTrace(paths: readonly string[], options: ExportOptions): number {
  const { facts } = readTraces(paths);
  const caused = withCauses(facts);
  const pieces = options.format === "chrome" ? chromeTrace(caused) : shivizLog(caused);
  writeOutput([...pieces].join(""), options.out);
  if (options.format === "shiviz") say(`ShiViz reads it with the expression ${shivizParser}`);
  return exitCodes.success;
}

export function writeOutput(text: string, out: string | undefined, option = "--out"): void {
  if (out === undefined) return void process.stdout.write(text);
  checkOutput(option, out);
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw new CommandError(exitCodes.data, `${option} ${fileError(out, error).message}`);
  }
  say(`written ${out}`);
}

function durationLine(name: string, { count, p50, p99, max }: Durations): string {
  const ms = (value: number | null): string =>
    (value === null ? "-" : (value / 1000).toFixed(3)).padStart(11);
  return `${name.padEnd(18)}${String(count).padStart(11)}${ms(p50)}${ms(p99)}${ms(max)}`;
}

function byCount(counts: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(counts).sort(([a, x], [b, y]) => y - x || a.localeCompare(b, "en"));
}
