/** Words of the command line as numbers. */
import { InvalidArgumentError } from "commander";
import type { Place } from "../observe/index.ts";
import { durationOf } from "../sim/scenario/quantity.ts";

function numberOf(text: string, isAllowed: (n: number) => boolean, expected: string): number {
  const n = Number(text);
  if (text.trim() === "" || !isAllowed(n)) throw new InvalidArgumentError(`Expected ${expected}.`);
  return n;
}

export const countOf = (text: string): number =>
  numberOf(text, (n) => Number.isSafeInteger(n) && n >= 1, "a whole number from 1");
/** Whatever else a number is, it is refused before so many processes are started or so much memory is taken. */
export function countUpTo(max: number): (text: string) => number {
  return (text) =>
    numberOf(text, (n) => Number.isSafeInteger(n) && n >= 1 && n <= max, `a whole number from 1 to ${max}`);
}
export function clusterIdOf(text: string): string {
  if (/^[A-Za-z0-9._-]+$/.test(text)) return text;
  throw new InvalidArgumentError("Expected letters, digits, dots, dashes and underscores.");
}
export const wholeOf = (text: string): number =>
  numberOf(text, (n) => Number.isSafeInteger(n) && n >= 0, "a whole number from 0");
export function wholeUpTo(max: number): (text: string) => number {
  return (text) =>
    numberOf(text, (n) => Number.isSafeInteger(n) && n >= 0 && n <= max, `a whole number from 0 to ${max}`);
}
export const positiveOf = (text: string): number =>
  numberOf(text, (n) => Number.isFinite(n) && n > 0, "a number above 0");
export const portOf = (text: string): number =>
  numberOf(text, (n) => Number.isSafeInteger(n) && n >= 0 && n <= 65_535, "a port from 0 to 65535");
export const numbersOf = (text: string): readonly number[] => text.split(",").map((word) => wholeOf(word));
/** A moment, or a fact by its number, as traces show both. */
export function placeOf(text: string): Place {
  const micros = durationOf(text);
  if (micros !== undefined) return { micros };
  if (/^[0-9]{1,15}$/.test(text)) return { fact: Number(text) };
  throw new InvalidArgumentError("Expected a duration such as 1.5s, or the number of a fact.");
}
/** Microseconds. */
export function momentOf(text: string): number {
  const micros = durationOf(text);
  if (micros !== undefined) return micros;
  throw new InvalidArgumentError("Expected a duration such as 150ms or 1.5s.");
}
