/** From encoded rows back to values. Every function here expects what `checkEncoded` let pass. */
import { assert } from "../assert.ts";
import type { Element, Values } from "../parameter.ts";
import { ascending, asElement, multiply, putRows } from "../store/kernels.ts";
import type { EncodedValues } from "./encoded-values.ts";
import { restoreFixed } from "./fixed-point.ts";
import { bitIndices, bitsBefore } from "./row-mask.ts";

/** Rows of every key, as they are. The message owns the values. */
export function plainValues(element: Element, width: number, values: Values): EncodedValues {
  assert(
    width > 0 && values.length % width === 0,
    () => `${values.length} values are whole rows of ${width}`,
  );
  return {
    element,
    width,
    count: values.length / width,
    mask: undefined,
    data: values,
    fixed: undefined,
    scale: 1,
    base: 0,
    cleared: undefined,
  };
}

export function keptCount(encoded: EncodedValues): number {
  return encoded.mask === undefined ? encoded.count : bitsBefore(encoded.mask, encoded.count);
}

/** Which keys have a row, ascending. */
export function keptIndices(encoded: EncodedValues): Int32Array {
  return encoded.mask === undefined ? ascending(encoded.count) : bitIndices(encoded.mask, encoded.count);
}

/** The entries of `positions` whose keys have a row; the same array where all have. */
export function keptPositions(encoded: EncodedValues, positions: Int32Array): Int32Array {
  if (encoded.mask === undefined) return positions;
  const kept = bitIndices(encoded.mask, encoded.count);
  for (let i = 0; i < kept.length; i++) kept[i] = positions[kept[i]];
  return kept;
}

/** The rows that travelled, decoded: row i is the i-th key that has one. Where nothing is to be done, the message's own. */
export function keptValues(encoded: EncodedValues): Values {
  const { data, fixed, element, scale } = encoded;
  if (fixed === undefined && scale === 1) return data as Values;
  const values =
    fixed === undefined
      ? (data as Values).slice()
      : asElement(restoreFixed(data as Uint8Array, fixed, encoded.width), element);
  if (scale !== 1) multiply(values, scale);
  return values;
}

/**
 * Writes each row that travelled to its key's row of `out`, and leaves the other rows of `out` alone: a push begins
 * with zeros, a pull with initial values or with the copy that the answer builds on. `present[j]` becomes 1 or 0.
 * Returns the number of rows written.
 */
export function decodeValues(encoded: EncodedValues, out: Values, present?: Uint8Array): number {
  const { count, width } = encoded;
  assert(out.length >= count * width, () => `out has room for ${count} rows of ${width}`);
  const values = keptValues(encoded);
  if (encoded.mask === undefined) {
    out.set(values);
    present?.fill(1, 0, count);
    return count;
  }
  const indices = bitIndices(encoded.mask, count);
  putRows(values, indices, out, width);
  present?.fill(0, 0, count);
  if (present !== undefined) for (let i = 0; i < indices.length; i++) present[indices[i]] = 1;
  return indices.length;
}
