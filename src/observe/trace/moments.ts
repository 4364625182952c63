/** Moments and facts of a run as everything that prints them has them, so that whatever is printed can be asked for again. */
import type { Violation } from "../checkers/checker.ts";
import { describeFact } from "../describe-fact.ts";
import type { Fact } from "../fact.ts";
import type { TraceHeader } from "./trace-file.ts";

/** Of a run: microseconds since its origin, or the number of a fact. */
export type Place = { readonly micros: number } | { readonly fact: number };

/** Virtual time is told as it is; a machine's clock, which began when nobody remembers, since the first fact. */
export function originOf(headers: readonly Pick<TraceHeader, "world">[], facts: readonly Fact[]): number {
  return headers.every(({ world }) => world === "sim") ? 0 : (facts[0]?.at ?? 0);
}

/** Since the origin, as a duration that options take. */
export function momentText(micros: number): string {
  return `${(micros / 1e6).toFixed(6)}s`;
}

/** One line: the fact's number, from 0, its moment, its node, and what it says. */
export function factLine(number: number, { at, node, fact }: Fact, origin: number): string {
  const when = momentText(at - origin).padStart(12);
  return `${String(number).padStart(7)} ${when}  ${node.padEnd(12)} ${describeFact(fact)}`;
}

export function violationText({ check, at, node, message }: Violation, origin: number): string {
  return `${check} at ${momentText(at - origin)} on ${node}: ${message}`;
}
