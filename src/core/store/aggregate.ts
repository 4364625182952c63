/** Aggregation at the server: what all slots of a task pushed, as one push (OSDI'14 section 3.3). */
import type { EncodedValues } from "../filters/encoded-values.ts";
import { bitIndices } from "../filters/row-mask.ts";
import { keptPositions, keptValues } from "../filters/rows.ts";
import type { Element, Values } from "../parameter.ts";
import { addRows, newValues, takeRows } from "./kernels.ts";

export interface AggregatePart {
  /** For each key of the part its index in the union, as `unionPositions` says. */
  readonly indexOf: Int32Array;
  readonly values: EncodedValues;
}

/** Sums at the rows that at least one slot sent. */
export interface Aggregate {
  readonly positions: Int32Array;
  /** Row by row; of a single part its own, so read them only. */
  readonly values: Values;
}

/**
 * Adds the parts, which are in slot order, over the union of their positions. A row that no slot sent, because each
 * one's filters left it out, is not in the result and is not updated.
 */
export function sumParts(
  shape: { readonly element: Element; readonly width: number },
  union: Int32Array,
  parts: readonly AggregatePart[],
): Aggregate {
  const { element, width } = shape;
  if (parts.length === 1 && parts[0].indexOf.length === union.length) {
    const { values } = parts[0];
    return { positions: keptPositions(values, union), values: keptValues(values) };
  }
  const sums = newValues(element, union.length * width);
  const isSent = new Uint8Array(union.length);
  for (const { indexOf, values } of parts) {
    const indices = values.mask === undefined ? indexOf : keptIndicesOf(values.mask, indexOf);
    addRows(keptValues(values), indices, sums, width);
    for (let i = 0; i < indices.length; i++) isSent[indices[i]] = 1;
  }
  const sent = new Int32Array(union.length);
  let count = 0;
  for (let i = 0; i < isSent.length; i++) if (isSent[i] !== 0) sent[count++] = i;
  if (count === union.length) return { positions: union, values: sums };
  const rows = sent.subarray(0, count);
  const values = newValues(element, count * width);
  takeRows(sums, rows, values, width);
  const positions = new Int32Array(count);
  for (let i = 0; i < count; i++) positions[i] = union[rows[i]];
  return { positions, values };
}

function keptIndicesOf(mask: Uint8Array, indexOf: Int32Array): Int32Array {
  const indices = bitIndices(mask, indexOf.length);
  for (let i = 0; i < indices.length; i++) indices[i] = indexOf[indices[i]];
  return indices;
}
