import { assert } from "../assert.ts";

/** A half-open interval [begin, end) of unsigned 64-bit keys; `end` may be 2^64. */
export interface KeyRange {
  readonly begin: bigint;
  readonly end: bigint;
}

/** Every key there is. */
export const keyRangeMax: KeyRange = { begin: 0n, end: 1n << 64n };

export function keyRange(begin: bigint, end: bigint): KeyRange {
  assert(
    0n <= begin && begin <= end && end <= keyRangeMax.end,
    () => `a key range [${begin}, ${end}) is ordered and inside [0, 2^64]`,
  );
  return { begin, end };
}

/** The keys that both have; undefined: none. */
export function intersect(a: KeyRange, b: KeyRange): KeyRange | undefined {
  const begin = a.begin > b.begin ? a.begin : b.begin;
  const end = a.end < b.end ? a.end : b.end;
  return begin < end ? { begin, end } : undefined;
}

export function isEmpty(range: KeyRange): boolean {
  return range.begin >= range.end;
}

export function contains(range: KeyRange, key: bigint): boolean {
  return range.begin <= key && key < range.end;
}

export function sameRange(a: KeyRange, b: KeyRange): boolean {
  return a.begin === b.begin && a.end === b.end;
}
