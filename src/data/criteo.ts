/**
 * Criteo TSV: a label (0 or 1), 13 integers and 26 categories, parted by tabs; a field may be missing. Each field that is there
 * becomes a one: its key is a 64-bit hash of the field's number and its category, or the bucket of its integer (docs/data.md).
 */
import type { LineOutcome, RowBuffer } from "./row-buffer.ts";

const tab = 9;
const carriageReturn = 13;
const minus = 45;
const zero = 48;

export const criteoIntegerFields = 13;
export const criteoCategoryFields = 26;
const fieldCount = 1 + criteoIntegerFields + criteoCategoryFields;

export function parseCriteoLine(
  bytes: Uint8Array,
  begin: number,
  lineEnd: number,
  row: RowBuffer,
): LineOutcome {
  const end = lineEnd > begin && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
  row.begin(fieldCount);
  if (begin === end) return "blank";
  const label = fieldEnd(bytes, begin, end) === begin + 1 ? bytes[begin] - zero : -1;
  if (label !== 0 && label !== 1) return row.bad(begin, "a label: 1 (clicked) or 0 (not clicked)");
  row.label = label === 1 ? 1 : -1;
  let at = begin + 1;
  for (let field = 1; field < fieldCount; field++) {
    if (at >= end) return row.bad(at, `${fieldCount} fields parted by tabs, this line has ${field}`);
    const from = at + 1;
    at = fieldEnd(bytes, from, end);
    if (from === at) continue;
    if (field <= criteoIntegerFields) {
      const bucket = integerBucket(bytes, from, at);
      if (bucket === undefined) return row.bad(from, "an integer of at most 15 digits, or nothing");
      insertKey(row, hashBucket(field, bucket));
    } else insertKey(row, hashCategory(field, bytes, from, at));
  }
  if (at < end) return row.bad(at, `the end of the line after ${fieldCount} fields`);
  return "row";
}

function fieldEnd(bytes: Uint8Array, begin: number, end: number): number {
  let at = begin;
  while (at < end && bytes[at] !== tab) at++;
  return at;
}

/** 0 for 0, 1 + floor(log2 v) for v > 0, and the same below 0 with the sign turned; undefined: not an integer. */
function integerBucket(bytes: Uint8Array, begin: number, end: number): number | undefined {
  const isNegative = bytes[begin] === minus;
  const from = isNegative ? begin + 1 : begin;
  if (from === end || end - from > 15) return undefined;
  let size = 0;
  for (let at = from; at < end; at++) {
    const digit = bytes[at] - zero;
    if (digit < 0 || digit > 9) return undefined;
    size = size * 10 + digit;
  }
  const high = Math.floor(size / 4294967296);
  const bits = high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(size);
  return isNegative ? -bits : bits;
}

interface KeyWords {
  low: number;
  high: number;
}
/** Written anew by each hash: a row has 39, and none is kept. */
const key: KeyWords = { low: 0, high: 0 };

function hashCategory(field: number, bytes: Uint8Array, begin: number, end: number): KeyWords {
  let a = Math.imul(0x811c9dc5 ^ field, 0x01000193);
  let b = Math.imul(0x9747b28c ^ field, 0x85ebca77);
  for (let at = begin; at < end; at++) {
    a = Math.imul(a ^ bytes[at], 0x01000193);
    b = Math.imul(b ^ bytes[at], 0x85ebca77);
  }
  return finish(a, b);
}

/** A bucket is hashed as one number, which no byte of a category is: buckets and categories never meet. */
function hashBucket(field: number, bucket: number): KeyWords {
  const word = bucket + 0x10000;
  const a = Math.imul(0x811c9dc5 ^ field, 0x01000193) ^ word;
  const b = Math.imul(0x9747b28c ^ field, 0x85ebca77) ^ word;
  return finish(Math.imul(a, 0x01000193), Math.imul(b, 0x85ebca77));
}

function finish(a: number, b: number): KeyWords {
  const low = mix(a ^ ((b << 16) | (b >>> 16)));
  key.low = low;
  key.high = mix(b + low);
  return key;
}

/** MurmurHash3's finalizer. */
function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Keeps the row's keys in ascending order; a key that is there already stays a one. */
function insertKey(row: RowBuffer, { low, high }: KeyWords): void {
  let at = row.count;
  while (at > 0 && (row.high[at - 1] > high || (row.high[at - 1] === high && row.low[at - 1] > low))) at--;
  if (at > 0 && row.high[at - 1] === high && row.low[at - 1] === low) return;
  row.low.copyWithin(at + 1, at, row.count);
  row.high.copyWithin(at + 1, at, row.count);
  row.low[at] = low;
  row.high[at] = high;
  row.values[row.count] = 1;
  row.count++;
}
