/** Which row of a segment is which key's: rows are in key order. */
import { keyBlockEnds, rangeBlockEnds } from "../keys/key-blocks.ts";
import { keyCount, lowerBound, type KeyList } from "../keys/key-list.ts";
import { intersect, type KeyRange } from "../keys/key-range.ts";
import type { ParameterSpec } from "../parameter.ts";
import { digestWords } from "./digest.ts";
import { findRows } from "./find-rows.ts";

export interface RowKeys {
  readonly rows: number;
  /** The row of each key; -1 - r where the key is missing and r is the first row with a greater key. */
  find(keys: KeyList): Found;
  /** Makes a row for each key that `find` missed, and sets all its positions right. */
  insert(keys: KeyList, found: Found): Opened;
  rowRange(range: KeyRange): RowRange;
  pairsAt(positions: Int32Array): Uint32Array;
  keysOf(begin: number, end: number): Uint32Array;
  blockEnds(spec: ParameterSpec, begin: number, end: number): Int32Array;
  digest(seed: number): number;
}

/** Rows [begin, end). */
export interface RowRange {
  readonly begin: number;
  readonly end: number;
}

/** Each of them. */
export function rowsOf({ begin, end }: RowRange): Int32Array {
  const rows = new Int32Array(end - begin);
  for (let i = 0; i < rows.length; i++) rows[i] = begin + i;
  return rows;
}

export interface Found {
  readonly positions: Int32Array;
  readonly missing: number;
}

/** Rows were opened before each of these old rows (ascending), of `rows` that there were. */
export interface Opened {
  readonly rows: number;
  readonly at: Int32Array;
}

/** A row for every key of the range: positions are differences of low words. */
export class DenseKeys implements RowKeys {
  readonly rows: number;
  readonly #range: KeyRange;
  readonly #low: number;
  readonly #high: number;

  constructor(range: KeyRange) {
    this.rows = Number(range.end - range.begin);
    this.#range = range;
    this.#low = Number(range.begin & 0xffff_ffffn);
    this.#high = Number(range.begin >> 32n);
  }

  find(keys: KeyList): Found {
    const { pairs } = keys;
    const low = this.#low;
    const positions = new Int32Array(keyCount(keys));
    for (let j = 0; j < positions.length; j++) positions[j] = (pairs[2 * j] - low) | 0;
    return { positions, missing: 0 };
  }

  insert(): Opened {
    return { rows: this.rows, at: new Int32Array(0) };
  }

  rowRange(range: KeyRange): RowRange {
    const own = intersect(range, this.#range) ?? { begin: this.#range.begin, end: this.#range.begin };
    return { begin: Number(own.begin - this.#range.begin), end: Number(own.end - this.#range.begin) };
  }

  pairsAt(positions: Int32Array): Uint32Array {
    const pairs = new Uint32Array(2 * positions.length);
    for (let j = 0; j < positions.length; j++) {
      const sum = this.#low + positions[j];
      pairs[2 * j] = sum;
      pairs[2 * j + 1] = sum < 2 ** 32 ? this.#high : this.#high + 1;
    }
    return pairs;
  }

  keysOf(begin: number, end: number): Uint32Array {
    return this.pairsAt(rowsOf({ begin, end }));
  }

  blockEnds(spec: ParameterSpec, begin: number, end: number): Int32Array {
    const first = this.#range.begin;
    const { ends } = rangeBlockEnds(spec, { begin: first + BigInt(begin), end: first + BigInt(end) });
    return ends.map((row) => row + begin);
  }

  digest(seed: number): number {
    return digestWords(Uint32Array.of(this.#low, this.#high, this.rows), seed);
  }
}

/** A row for every key that was inserted: sorted pairs, with room to grow. */
export class SparseKeys implements RowKeys {
  readonly #range: KeyRange;
  #rows: number = 0;
  #pairs: Uint32Array = new Uint32Array(0);

  constructor(range: KeyRange) {
    this.#range = range;
  }

  get rows(): number {
    return this.#rows;
  }

  find(keys: KeyList): Found {
    const positions = new Int32Array(keyCount(keys));
    const missing = findRows(this.#pairs.subarray(0, 2 * this.#rows), keys.pairs, positions);
    return { positions, missing };
  }

  insert(keys: KeyList, found: Found): Opened {
    const { positions, missing } = found;
    const rows = this.#rows;
    const at = new Int32Array(missing);
    const inserted = new Int32Array(missing);
    let count = 0;
    for (let j = 0; j < positions.length; j++) {
      if (positions[j] < 0) {
        at[count] = -1 - positions[j];
        inserted[count] = j;
        positions[j] = at[count] + count;
        count++;
      } else positions[j] += count;
    }
    this.#reserve(rows + missing);
    openPairs(this.#pairs, rows, at);
    for (let k = 0; k < missing; k++) {
      this.#pairs[2 * (at[k] + k)] = keys.pairs[2 * inserted[k]];
      this.#pairs[2 * (at[k] + k) + 1] = keys.pairs[2 * inserted[k] + 1];
    }
    this.#rows = rows + missing;
    return { rows, at };
  }

  rowRange(range: KeyRange): RowRange {
    const own = intersect(range, this.#range);
    if (own === undefined) return { begin: 0, end: 0 };
    const pairs = this.#pairs.subarray(0, 2 * this.#rows);
    return { begin: lowerBound(pairs, own.begin), end: lowerBound(pairs, own.end) };
  }

  pairsAt(positions: Int32Array): Uint32Array {
    const from = this.#pairs;
    const pairs = new Uint32Array(2 * positions.length);
    for (let j = 0; j < positions.length; j++) {
      pairs[2 * j] = from[2 * positions[j]];
      pairs[2 * j + 1] = from[2 * positions[j] + 1];
    }
    return pairs;
  }

  keysOf(begin: number, end: number): Uint32Array {
    return this.#pairs.slice(2 * begin, 2 * end);
  }

  blockEnds(spec: ParameterSpec, begin: number, end: number): Int32Array {
    return keyBlockEnds(spec, this.#pairs, begin, end).ends;
  }

  digest(seed: number): number {
    return digestWords(this.#pairs.subarray(0, 2 * this.#rows), seed);
  }

  #reserve(rows: number): void {
    const room = this.#pairs.length / 2;
    if (rows <= room) return;
    const pairs = new Uint32Array(2 * grown(room, rows));
    pairs.set(this.#pairs.subarray(0, 2 * this.#rows));
    this.#pairs = pairs;
  }
}

/** Room for at least `needed`, half as much again as there was: appending stays linear. */
export function grown(room: number, needed: number): number {
  return Math.max(needed, room + (room >>> 1), 16);
}

/** Two words a row, from the back: old row `at[k]` and those after it move up by `k + 1`. */
function openPairs(pairs: Uint32Array, rows: number, at: Int32Array): void {
  let end = rows;
  for (let k = at.length; k > 0; k--) {
    const begin = at[k - 1];
    if (end - begin > 16) pairs.copyWithin(2 * (begin + k), 2 * begin, 2 * end);
    else for (let word = 2 * end - 1; word >= 2 * begin; word--) pairs[word + 2 * k] = pairs[word];
    end = begin;
  }
}
