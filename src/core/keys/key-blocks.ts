/**
 * The fixed key blocks of a parameter: sums over keys are taken block by block and segment ends fall on them, so that
 * neither depends on the view. Block b of B over the span [s, e) is [s + floor(b (e-s) / B), s + floor((b+1) (e-s) / B)).
 */
import { assert } from "../assert.ts";
import type { ParameterSpec } from "../parameter.ts";
import { contains, type KeyRange } from "./key-range.ts";

export type BlockSpec = Pick<ParameterSpec, "span" | "keyBlockCount">;

/** With more, a product of a block's number and a 32-bit word would not be exact in a float64. */
export const keyBlockCountMax: number = 2 ** 20;

/** Where block `block` begins; for `keyBlockCount`, where the span ends. */
export function keyBlockBegin(spec: BlockSpec, block: number): bigint {
  const count = spec.keyBlockCount;
  assert(Number.isInteger(block) && 0 <= block && block <= count, () => `block ${block} is in [0, ${count}]`);
  const { begin, end } = spec.span;
  return begin + (BigInt(block) * (end - begin)) / BigInt(count);
}

export function keyBlockOf(spec: BlockSpec, key: bigint): number {
  const { begin, end } = spec.span;
  assert(contains(spec.span, key), () => `key ${key} is in the span [${begin}, ${end})`);
  return Number(((key - begin + 1n) * BigInt(spec.keyBlockCount) - 1n) / (end - begin));
}

/** The blocks that have keys, ascending, and for each the index after its last key. */
export interface KeyBlockEnds {
  readonly blocks: Uint32Array;
  readonly ends: Int32Array;
}

/** Cuts the keys at indices [begin, end) of an ascending list. */
export function keyBlockEnds(spec: BlockSpec, pairs: Uint32Array, begin: number, end: number): KeyBlockEnds {
  assert(
    0 <= begin && begin <= end && 2 * end <= pairs.length,
    () => `[${begin}, ${end}) is inside the list`,
  );
  const grid = blockGrid(spec);
  const blocks = new Uint32Array(Math.min(grid.count, end - begin));
  const ends = new Int32Array(blocks.length);
  let found = 0;
  for (let index = begin; index < end; found++) {
    const block = blockOfWords(grid, pairs[2 * index], pairs[2 * index + 1]);
    index = gallop(pairs, index, end, { low: lowOf(grid, block + 1), high: highOf(grid, block + 1) });
    blocks[found] = block;
    ends[found] = index;
  }
  return { blocks: blocks.slice(0, found), ends: ends.slice(0, found) };
}

/** Cuts a range that has a row for every key: row r is key `range.begin + r`. */
export function rangeBlockEnds(spec: BlockSpec, range: KeyRange): KeyBlockEnds {
  const { begin, end } = range;
  if (begin >= end) return { blocks: new Uint32Array(0), ends: new Int32Array(0) };
  assert(end - begin < 1n << 31n, `a dense range of ${end - begin} keys has fewer than 2^31`);
  const last = keyBlockOf(spec, end - 1n);
  const blocks: number[] = [];
  const ends: number[] = [];
  let row = 0;
  for (let block = keyBlockOf(spec, begin); block <= last; block++) {
    const blockEnd = keyBlockBegin(spec, block + 1);
    const rowEnd = Number((blockEnd < end ? blockEnd : end) - begin);
    if (rowEnd === row) continue;
    blocks.push(block);
    ends.push(rowEnd);
    row = rowEnd;
  }
  return { blocks: Uint32Array.from(blocks), ends: Int32Array.from(ends) };
}

/** The span's begin, and its length as `quotient * count + remainder`, in words: exact arithmetic without a bigint. */
interface BlockGrid {
  readonly count: number;
  readonly beginLow: number;
  readonly beginHigh: number;
  readonly quotientLow: number;
  readonly quotientHigh: number;
  readonly remainder: number;
  readonly blocksPerKey: number;
}

interface Words {
  readonly low: number;
  readonly high: number;
}

function blockGrid(spec: BlockSpec): BlockGrid {
  const count = spec.keyBlockCount;
  assert(
    Number.isInteger(count) && 1 <= count && count <= keyBlockCountMax,
    `keyBlockCount ${count} is an integer in [1, 2^20]`,
  );
  const { begin, end } = spec.span;
  assert(begin < end, `the span [${begin}, ${end}) has keys`);
  const quotient = (end - begin) / BigInt(count);
  return {
    count,
    beginLow: Number(begin & 0xffff_ffffn),
    beginHigh: Number(begin >> 32n),
    quotientLow: Number(quotient & 0xffff_ffffn),
    quotientHigh: Number(quotient >> 32n),
    remainder: Number((end - begin) % BigInt(count)),
    blocksPerKey: count / Number(end - begin),
  };
}

/** The low word of a block's begin, before its carry is taken: below 2^53. */
function carryingLow(grid: BlockGrid, block: number): number {
  return grid.beginLow + block * grid.quotientLow + Math.floor((block * grid.remainder) / grid.count);
}

function lowOf(grid: BlockGrid, block: number): number {
  return carryingLow(grid, block) % 2 ** 32;
}

function highOf(grid: BlockGrid, block: number): number {
  return grid.beginHigh + block * grid.quotientHigh + Math.floor(carryingLow(grid, block) / 2 ** 32);
}

/** Estimated in float64, which is at most a step or two off, then set right by exact comparisons. */
function blockOfWords(grid: BlockGrid, low: number, high: number): number {
  const offset = (high - grid.beginHigh) * 2 ** 32 + (low - grid.beginLow);
  let block = Math.floor((offset + 1) * grid.blocksPerKey);
  if (block < 0) block = 0;
  if (block > grid.count - 1) block = grid.count - 1;
  while (block >= 0 && isBelow(low, high, grid, block)) block--;
  while (block < grid.count && !isBelow(low, high, grid, block + 1)) block++;
  assert(block >= 0 && block < grid.count, () => `key ${high} * 2^32 + ${low} is in the parameter's span`);
  return block;
}

function isBelow(low: number, high: number, grid: BlockGrid, block: number): boolean {
  const blockHigh = highOf(grid, block);
  return high < blockHigh || (high === blockHigh && low < lowOf(grid, block));
}

/** The first index in (index, end] whose key is at least the limit, in time logarithmic in the distance. */
function gallop(pairs: Uint32Array, index: number, end: number, limit: Words): number {
  const { low, high } = limit;
  let from = index + 1;
  let step = 1;
  while (from + step <= end) {
    const at = 2 * (from + step - 1);
    if (pairs[at + 1] > high || (pairs[at + 1] === high && pairs[at] >= low)) break;
    from += step;
    step *= 2;
  }
  let to = Math.min(end, from + step - 1);
  while (from < to) {
    const middle = (from + to) >>> 1;
    const middleHigh = pairs[2 * middle + 1];
    if (middleHigh < high || (middleHigh === high && pairs[2 * middle] < low)) from = middle + 1;
    else to = middle;
  }
  return from;
}
