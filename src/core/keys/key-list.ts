import { assert } from "../assert.ts";
import { hashPairs } from "./key-hash.ts";

/**
 * A strictly ascending list of unsigned 64-bit keys. `pairs` holds (low, high) words of each key, which is the
 * wire form too, so that a list is sent and received without a conversion.
 *
 * A plain record: it survives a structured clone into another thread. Lists are compared by `hash`, the 128-bit
 * hash of the whole list as 32 hexadecimal digits.
 */
export interface KeyList {
  readonly pairs: Uint32Array;
  readonly hash: string;
}

/** The list owns `pairs` from here on. */
export function keyList(pairs: Uint32Array): KeyList {
  assert(isAscending(pairs), "a key list is (low, high) pairs in strictly ascending order");
  return { pairs, hash: hashPairs(pairs) };
}

export const emptyKeys: KeyList = keyList(new Uint32Array(0));

export function keyListFromNumbers(keys: ArrayLike<number>): KeyList {
  const pairs = new Uint32Array(2 * keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    assert(
      Number.isSafeInteger(key) && key >= 0,
      () => `key ${key} at index ${i} is a non-negative safe integer`,
    );
    pairs[2 * i] = key % 2 ** 32;
    pairs[2 * i + 1] = Math.floor(key / 2 ** 32);
  }
  return keyList(pairs);
}

export function keyCount(list: KeyList): number {
  return list.pairs.length >>> 1;
}

/** Whether these words are whole (low, high) pairs in strictly ascending order; anything may be asked. */
export function isAscending(pairs: Uint32Array): boolean {
  if (pairs.length % 2 !== 0) return false;
  if (pairs.length === 0) return true;
  let low = pairs[0];
  let high = pairs[1];
  for (let i = 2; i < pairs.length; i += 2) {
    const nextLow = pairs[i];
    const nextHigh = pairs[i + 1];
    if (nextHigh < high || (nextHigh === high && nextLow <= low)) return false;
    low = nextLow;
    high = nextHigh;
  }
  return true;
}

export function keyAt(pairs: Uint32Array, index: number): bigint {
  assert(
    index >= 0 && 2 * index + 1 < pairs.length,
    () => `index ${index} is inside the ${pairs.length / 2} keys`,
  );
  return (BigInt(pairs[2 * index + 1]) << 32n) | BigInt(pairs[2 * index]);
}

/** The first index whose key is at least `key` (which may be 2^64); the number of keys if there is none. */
export function lowerBound(pairs: Uint32Array, key: bigint): number {
  assert(0n <= key && key <= 1n << 64n, () => `key ${key} is in [0, 2^64]`);
  return lowerBoundWords(pairs, 0, Number(key & 0xffff_ffffn), Number(key >> 32n));
}

/** The same from index `begin` on, for the key `high * 2^32 + low`; `high` may be 2^32. */
export function lowerBoundWords(pairs: Uint32Array, begin: number, low: number, high: number): number {
  let from = begin;
  let to = pairs.length >>> 1;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const middleHigh = pairs[2 * middle + 1];
    if (middleHigh < high || (middleHigh === high && pairs[2 * middle] < low)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Words that are copied sooner than shared: the buffer of a short array is made when it is first asked for. */
const copiedWordsMax = 32;

/** The keys at indices [begin, end). Many share memory with the list. */
export function sliceKeys(list: KeyList, begin: number, end: number): KeyList {
  const count = keyCount(list);
  assert(0 <= begin && begin <= end && end <= count, () => `[${begin}, ${end}) is inside the ${count} keys`);
  if (begin === 0 && end === count) return list;
  const { pairs: all } = list;
  const isShort = 2 * (end - begin) <= copiedWordsMax;
  const pairs = isShort ? all.slice(2 * begin, 2 * end) : all.subarray(2 * begin, 2 * end);
  return { pairs, hash: hashPairs(pairs) };
}
