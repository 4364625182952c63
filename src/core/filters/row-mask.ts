/** Bit masks over the keys of a list: bit `j & 7` of byte `j >> 3` is key j's. */

const bitCounts: Uint8Array = new Uint8Array(256);
for (let byte = 1; byte < 256; byte++) bitCounts[byte] = bitCounts[byte >> 1] + (byte & 1);

export function maskBytes(count: number): number {
  return (count + 7) >>> 3;
}

export function hasBit(mask: Uint8Array, j: number): boolean {
  return ((mask[j >>> 3] >>> (j & 7)) & 1) !== 0;
}

export function setBit(mask: Uint8Array, j: number): void {
  mask[j >>> 3] |= 1 << (j & 7);
}

/** Set bits before bit `end`. */
export function bitsBefore(mask: Uint8Array, end: number): number {
  const whole = end >>> 3;
  let count = 0;
  for (let i = 0; i < whole; i++) count += bitCounts[mask[i]];
  return (end & 7) === 0 ? count : count + bitCounts[mask[whole] & ((1 << (end & 7)) - 1)];
}

/** The keys whose bit is set, ascending. */
export function bitIndices(mask: Uint8Array, count: number): Int32Array {
  const indices = new Int32Array(bitsBefore(mask, count));
  for (let j = 0, kept = 0; j < count; j++) {
    if (((mask[j >>> 3] >>> (j & 7)) & 1) !== 0) indices[kept++] = j;
  }
  return indices;
}

/** Bits [begin, end) as a mask of their own. Undefined: all are set. */
export function sliceMask(mask: Uint8Array, begin: number, end: number): Uint8Array | undefined {
  const count = end - begin;
  if (bitsBefore(mask, end) - bitsBefore(mask, begin) === count) return undefined;
  const out = new Uint8Array(maskBytes(count));
  const shift = begin & 7;
  for (let i = 0, from = begin >>> 3; i < out.length; i++, from++) {
    out[i] = (mask[from] >>> shift) | (from + 1 < mask.length ? mask[from + 1] << (8 - shift) : 0);
  }
  if ((count & 7) !== 0) out[out.length - 1] &= (1 << (count & 7)) - 1;
  return out;
}
