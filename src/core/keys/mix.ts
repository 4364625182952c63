/**
 * Hashes of words and texts, and draws made from them: where a decision must look random and yet be the same on every
 * repetition, it is a function of names (seed, identity, key) and not of a generator's state.
 */

/** A uint32 that depends on every bit of both words (MurmurHash3's mixing and finalizer). */
export function mix32(a: number, b: number): number {
  let h = spread(a);
  h = (h << 13) | (h >>> 19);
  h = (Math.imul(h, 5) + 0xe6546b64) ^ spread(b);
  h = (h << 13) | (h >>> 19);
  return finalize(Math.imul(h, 5) + 0xe6546b64);
}

/** Two independent uint32 of a text's UTF-16 code units. */
export function hashText(text: string): readonly [number, number] {
  let a = 0x9747b28c ^ text.length;
  let b = 0x3c6ef372 + text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b + unit, 0x85ebca77);
    b ^= b >>> 13;
  }
  return [mix32(a, b), mix32(b ^ 0x5bd1e995, a)];
}

/**
 * A number in [0, 1), a multiple of 2^-32, decided by a 64-bit seed and a 64-bit key. Filters draw from it once per
 * value, so it allocates nothing.
 */
export function unitDraw(seedLow: number, seedHigh: number, low: number, high: number): number {
  const h = finalize(seedLow ^ Math.imul(low, 0x9e3779b1));
  return finalize((h + seedHigh) ^ Math.imul(high, 0x85ebca77)) * 2 ** -32;
}

/** The numbers below `n` in an order that only the seed decides (Fisher-Yates). */
export function shuffled(n: number, seed: string): Int32Array {
  const [seedLow, seedHigh] = hashText(seed);
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const j = Math.floor(unitDraw(seedLow, seedHigh, i, n) * (i + 1));
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

function spread(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function finalize(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
