/** The facts of traces that options ask for; what no fact could have is refused by name. */
import {
  factFields,
  isBetween,
  isSelected,
  type NumberedFact,
  type Place,
  readTraceBetween,
} from "../observe/index.ts";
import { didYouMean } from "../sim/scenario/nearest-word.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { readTraces } from "./read-traces.ts";

export interface SelectionOptions {
  readonly node?: readonly string[];
  readonly type?: readonly string[];
  readonly slot?: number;
  readonly segment?: number;
  readonly time?: number;
  readonly from?: Place;
  readonly to?: Place;
}

export interface NumberedFacts {
  readonly facts: readonly NumberedFact[];
  /** The moment that is told as 0. */
  readonly origin: number;
}

/** Of a large cluster not all are listed. */
const namesMax = 16;
const begin: Place = { fact: 0 };
const end: Place = { fact: Number.POSITIVE_INFINITY };

/** Of one packed trace only what is asked for is read, where it has an index. */
export function readSelected(
  paths: readonly string[],
  options: SelectionOptions,
  text?: string,
): NumberedFacts & { readonly total: number | undefined } {
  const { from, to } = options;
  if (paths.length === 1 && (from ?? to) !== undefined) {
    const part = readTraceBetween(paths[0], from ?? begin, to ?? end);
    // Who is not in this part may be in another.
    const isThere = (node: string): boolean => part?.facts.some(({ fact }) => fact.node === node) === true;
    if (part !== undefined && (options.node ?? []).every(isThere))
      return { facts: selected(part, options, text), origin: part.origin, total: undefined };
  }
  const { facts, origin } = readTraces(paths);
  const all = facts.map((fact, number) => ({ number, fact }));
  return { facts: selected({ facts: all, origin }, options, text), origin, total: facts.length };
}

export function selected(
  { facts, origin }: NumberedFacts,
  options: SelectionOptions,
  text?: string,
): readonly NumberedFact[] {
  const { node: nodes, type, slot, segment, time, from = begin, to = end } = options;
  refuseUnknown("--type", type, Object.keys(factFields), "docs/observations.md has all");
  if (nodes !== undefined) {
    const there = [...new Set(facts.map(({ fact }) => fact.node))].sort(byRole);
    const others = there.length > namesMax ? `, and ${there.length - namesMax} more` : "";
    refuseUnknown("--node", nodes, there, `there are ${there.slice(0, namesMax).join(", ")}${others}`);
  }
  const selection = { nodes, types: type, slot, segment, time, text };
  return facts.filter((one) => isBetween(one, { from, to }, origin) && isSelected(one.fact, selection));
}

/** What is said where nothing is selected. */
export function noneOf(total: number | undefined): string {
  return `none of ${total === undefined ? "the facts" : `${total} facts`} is selected`;
}

function refuseUnknown(
  option: string,
  found: readonly string[] | undefined,
  known: readonly string[],
  help: string,
): void {
  for (const word of found ?? []) {
    if (known.includes(word)) continue;
    throw new CommandError(exitCodes.usage, `${option}: found "${word}"; ${help}${didYouMean(word, known)}`);
  }
}

const byRole = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
