/** Digests over bits, for determinism checks and for naming a copy: they are not meant against an adversary. */
import type { Values } from "../parameter.ts";

/** The 32-bit words of the first `count` values. */
export function wordsOf(values: Values, count: number): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, (count * values.BYTES_PER_ELEMENT) / 4);
}

/** A uint32 of the words in order, and of `seed`. */
export function digestWords(words: Uint32Array, seed: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ words.length;
  for (let i = 0; i < words.length; i++) {
    h = Math.imul(h ^ words[i], 0x9e3779b1);
    h = (h << 13) | (h >>> 19);
    h = (h + 0x52dce729) | 0;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The same of bytes. */
export function digestBytes(bytes: Uint8Array, seed: number): number {
  const words = new Uint32Array((bytes.length + 3) >>> 2);
  new Uint8Array(words.buffer).set(bytes);
  return digestWords(words, seed ^ bytes.length);
}

/** A number below 2^53 of the words in order and of `seed`: two digests. */
export function digest53(words: Uint32Array, seed: number): number {
  return (digestWords(words, seed ^ 1) & 0x1fffff) * 2 ** 32 + digestWords(words, seed ^ 2);
}
