/**
 * Loops over float32 columns and rows. The text is that of kernels-float64.ts but for the array type (a test holds
 * them to it): a loop that has met two array types is several times slower, so each type has loops of its own.
 */
import type { Lane } from "./kernels.ts";

/** Adds `values[first + j * stride]` to the store at `positions[j]`, in index order. */
export function scatterAdd(
  store: Float32Array,
  positions: Int32Array,
  values: Float32Array,
  { stride, first }: Lane,
): void {
  if (stride === 1) {
    for (let j = 0; j < positions.length; j++) store[positions[j]] += values[j];
    return;
  }
  for (let j = 0, at = first; j < positions.length; j++, at += stride) store[positions[j]] += values[at];
}

/** Puts `values[first + j * stride]` into the store at `positions[j]`, in index order. */
export function scatterAssign(
  store: Float32Array,
  positions: Int32Array,
  values: Float32Array,
  { stride, first }: Lane,
): void {
  for (let j = 0, at = first; j < positions.length; j++, at += stride) store[positions[j]] = values[at];
}

/** Reads the store at `positions[j]` into `out[first + j * stride]`; a missing row (-1) reads as `initial`. */
export function gather(
  store: Float32Array,
  positions: Int32Array,
  out: Float32Array,
  { stride, first, initial }: Lane & { readonly initial: number },
): void {
  if (stride === 1) {
    for (let j = 0; j < positions.length; j++) {
      const position = positions[j];
      if (position >= 0) out[j] = store[position];
      else out[j] = initial;
    }
    return;
  }
  for (let j = 0, at = first; j < positions.length; j++, at += stride) {
    const position = positions[j];
    if (position >= 0) out[at] = store[position];
    else out[at] = initial;
  }
}

/** Adds row j of `data` to row `indices[j]` of `sums`. */
export function addRows(data: Float32Array, indices: Int32Array, sums: Float32Array, width: number): void {
  if (width === 1) {
    for (let j = 0; j < indices.length; j++) sums[indices[j]] += data[j];
    return;
  }
  for (let j = 0, from = 0; j < indices.length; j++) {
    const to = indices[j] * width;
    for (let c = 0; c < width; c++, from++) sums[to + c] += data[from];
  }
}

/** Copies row `indices[j]` of `values` to row j of `out`. */
export function takeRows(values: Float32Array, indices: Int32Array, out: Float32Array, width: number): void {
  for (let j = 0, to = 0; j < indices.length; j++) {
    const from = indices[j] * width;
    for (let c = 0; c < width; c++, to++) out[to] = values[from + c];
  }
}

/** Copies row j of `data` to row `indices[j]` of `out`. */
export function putRows(data: Float32Array, indices: Int32Array, out: Float32Array, width: number): void {
  for (let j = 0, from = 0; j < indices.length; j++) {
    const to = indices[j] * width;
    for (let c = 0; c < width; c++, from++) out[to + c] = data[from];
  }
}

/** Opens a row before each old row `at[k]` (ascending; `rows`: after the last), from the back, and fills it. */
export function openRows(column: Float32Array, rows: number, at: Int32Array, fill: number): void {
  let end = rows;
  for (let k = at.length; k > 0; k--) {
    const begin = at[k - 1];
    if (end - begin > 32) column.copyWithin(begin + k, begin, end);
    else for (let row = end - 1; row >= begin; row--) column[row + k] = column[row];
    column[begin + k - 1] = fill;
    end = begin;
  }
}

/** Sets `flags[i]` where row `begin + i` differs from `initial`. */
export function flagChanged(column: Float32Array, begin: number, flags: Uint8Array, initial: number): void {
  for (let i = 0; i < flags.length; i++) if (column[begin + i] !== initial) flags[i] = 1;
}

export function multiply(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}
