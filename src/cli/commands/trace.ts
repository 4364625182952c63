/** `tauring trace`: recorded facts, simulated or real, as text, counts, differences, and for other tools. */
import { writeFileSync } from "node:fs";
import {
  chromeTrace,
  describeFact,
  type Durations,
  type Fact,
  factFields,
  firstDifference,
  isSelected,
  readTraceBetween,
  type Selection,
  shivizLog,
  shivizParser,
  traceStats,
  withCauses,
} from "../../observe/index.ts";
import { fileError } from "../../data/index.ts";
import { didYouMean } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { checkOutput } from "../files.ts";
import { print, printJson, say } from "../output.ts";
import { readTraces } from "../read-traces.ts";

export interface SelectionOptions {
  readonly node?: readonly string[];
  readonly type?: readonly string[];
  readonly slot?: number;
  readonly segment?: number;
  readonly time?: number;
  /** Microseconds since the first fact. */
  readonly from?: number;
  readonly to?: number;
}

export interface CatOptions extends SelectionOptions {
  readonly json?: boolean;
}

/** Prints what is selected; with a text it is `grep`, which finds nothing with exit code 1. */
export function cat(paths: readonly string[], options: CatOptions, text?: string): number {
  const facts = factsBetween(paths, options);
  const selection = selectionOf(facts, options, text);
  let shown = 0;
  for (const fact of facts) {
    if (!isSelected(fact, selection)) continue;
    shown++;
    print(options.json === true ? JSON.stringify(fact) : lineOf(fact, startOf(facts)));
  }
  return shown === 0 && text !== undefined ? exitCodes.violated : exitCodes.success;
}

/** With the first of all, since which times are told. */
function factsBetween(paths: readonly string[], { from, to }: SelectionOptions): readonly Fact[] {
  if (paths.length === 1 && (from ?? to) !== undefined) {
    const read = readTraceBetween(paths[0], from ?? 0, to ?? Number.POSITIVE_INFINITY);
    if (read?.ok === true) return read.trace.facts;
  }
  return readTraces(paths).facts;
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
    for (const fact of a.facts.slice(Math.max(0, index - options.context), index))
      print(`    ${lineOf(fact, startOf(a.facts))}`);
    for (const [mark, { facts }] of [["-", a] as const, ["+", b] as const]) {
      if (facts[index] === undefined) print(`  ${mark} ends here`);
      for (const fact of facts.slice(index, index + options.context))
        print(`  ${mark} ${lineOf(fact, startOf(facts))}`);
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

export function selectionOf(facts: readonly Fact[], options: SelectionOptions, text?: string): Selection {
  const types = Object.keys(factFields);
  for (const type of options.type ?? []) {
    if (types.includes(type)) continue;
    const known = `the types of facts are in docs/observations.md${didYouMean(type, types)}`;
    throw new CommandError(exitCodes.usage, `--type: found "${type}"; ${known}`);
  }
  const start = startOf(facts);
  const { node: nodes, type, slot, segment, time, from, to } = options;
  return {
    nodes,
    types: type,
    slot,
    segment,
    time,
    from: from === undefined ? undefined : start + from,
    to: to === undefined ? undefined : start + to,
    text,
  };
}

/** A recording's clock is the machine's: times are shown since the first fact. */
export function lineOf({ at, node, fact }: Fact, start: number): string {
  return `${((at - start) / 1e6).toFixed(6).padStart(11)}  ${node.padEnd(12)} ${describeFact(fact)}`;
}

export const startOf = (facts: readonly Fact[]): number => (facts.length === 0 ? 0 : facts[0].at);

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
