/**
 * The hash that names a whole key list: MurmurHash3 (x86, 128 bits, seed 0) of the pairs' little-endian bytes. Every
 * block permutes the four 32-bit lanes, and the length is mixed in at the end.
 */
import { assert } from "../assert.ts";
import { hexOfWords } from "./hex.ts";

export function hashPairs(pairs: Uint32Array): string {
  assert(pairs.length % 2 === 0, () => `${pairs.length} words are whole (low, high) pairs`);
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  const blockEnd = pairs.length - (pairs.length % 4);
  for (let i = 0; i < blockEnd; i += 4) {
    h1 ^= lane1(pairs[i]);
    h1 = (Math.imul((((h1 << 19) | (h1 >>> 13)) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= lane2(pairs[i + 1]);
    h2 = (Math.imul((((h2 << 17) | (h2 >>> 15)) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= lane3(pairs[i + 2]);
    h3 = (Math.imul((((h3 << 15) | (h3 >>> 17)) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= lane4(pairs[i + 3]);
    h4 = (Math.imul((((h4 << 13) | (h4 >>> 19)) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  if (blockEnd < pairs.length) {
    h1 ^= lane1(pairs[blockEnd]);
    h2 ^= lane2(pairs[blockEnd + 1]);
  }
  const byteCount = pairs.length * 4;
  return digest(h1 ^ byteCount, h2 ^ byteCount, h3 ^ byteCount, h4 ^ byteCount);
}

function digest(a: number, b: number, c: number, d: number): string {
  const sum = (a + b + c + d) | 0;
  const h2 = finalize(b + sum);
  const h3 = finalize(c + sum);
  const h4 = finalize(d + sum);
  const h1 = (finalize(sum) + h2 + h3 + h4) | 0;
  return hexOfWords(h1, h2 + h1, h3 + h1, h4 + h1);
}

function lane1(word: number): number {
  const k = Math.imul(word, 0x239b961b);
  return Math.imul((k << 15) | (k >>> 17), 0xab0e9789);
}

function lane2(word: number): number {
  const k = Math.imul(word, 0xab0e9789);
  return Math.imul((k << 16) | (k >>> 16), 0x38b34ae5);
}

function lane3(word: number): number {
  const k = Math.imul(word, 0x38b34ae5);
  return Math.imul((k << 17) | (k >>> 15), 0xa1e38b93);
}

function lane4(word: number): number {
  const k = Math.imul(word, 0xa1e38b93);
  return Math.imul((k << 18) | (k >>> 14), 0x239b961b);
}

function finalize(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
