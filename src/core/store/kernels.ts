/** Chooses, outside the loops, the kernel for an element type. Stored and pushed values of a parameter have one type. */
import { assert } from "../assert.ts";
import type { Element, Values } from "../parameter.ts";
import * as float32 from "./kernels-float32.ts";
import * as float64 from "./kernels-float64.ts";

/** Of rows of `stride` values the one at `first`; where `stride` is 1 there is no other. */
export interface Lane {
  readonly stride: number;
  readonly first: number;
}

/** Values one after the other. */
export const onlyLane: Lane = { stride: 1, first: 0 };

export function newValues(element: Element, length: number): Values {
  return element === "float32" ? new Float32Array(length) : new Float64Array(length);
}

function elementOf(values: Values): Element {
  return values instanceof Float32Array ? "float32" : "float64";
}

export function elementBytes(element: Element): number {
  return element === "float32" ? 4 : 8;
}

/** The values as float64, and back: the copies are native. */
export function asElement(values: Float64Array, element: Element): Values {
  return element === "float32" ? new Float32Array(values) : values;
}

/** Adds `values[first + j * stride]` to the store at `positions[j]`, in index order. A list of keys seen before costs no look-up. */
export function scatterAdd(store: Values, positions: Int32Array, values: Values, lane: Lane): void {
  if (store instanceof Float32Array && values instanceof Float32Array) {
    float32.scatterAdd(store, positions, values, lane);
  } else if (store instanceof Float64Array && values instanceof Float64Array) {
    float64.scatterAdd(store, positions, values, lane);
  } else throw mixed(store, values);
}

/** Puts `values[first + j * stride]` into the store at `positions[j]`, in index order. */
export function scatterAssign(store: Values, positions: Int32Array, values: Values, lane: Lane): void {
  if (store instanceof Float32Array && values instanceof Float32Array) {
    float32.scatterAssign(store, positions, values, lane);
  } else if (store instanceof Float64Array && values instanceof Float64Array) {
    float64.scatterAssign(store, positions, values, lane);
  } else throw mixed(store, values);
}

/** Reads the store at `positions[j]` into `out[first + j * stride]`; a missing row (-1) reads as `initial`. */
export function gather(
  store: Values,
  positions: Int32Array,
  out: Values,
  lane: Lane & { readonly initial: number },
): void {
  if (store instanceof Float32Array && out instanceof Float32Array) {
    float32.gather(store, positions, out, lane);
  } else if (store instanceof Float64Array && out instanceof Float64Array) {
    float64.gather(store, positions, out, lane);
  } else throw mixed(store, out);
}

/** Adds row j of `data` to row `indices[j]` of `sums`. */
export function addRows(data: Values, indices: Int32Array, sums: Values, width: number): void {
  assert(
    data.length >= indices.length * width,
    `${data.length} values are ${indices.length} rows of ${width}`,
  );
  if (data instanceof Float32Array && sums instanceof Float32Array) {
    float32.addRows(data, indices, sums, width);
  } else if (data instanceof Float64Array && sums instanceof Float64Array) {
    float64.addRows(data, indices, sums, width);
  } else throw mixed(data, sums);
}

/** Copies row `indices[j]` of `values` to row j of `out`. */
export function takeRows(values: Values, indices: Int32Array, out: Values, width: number): void {
  if (values instanceof Float32Array && out instanceof Float32Array) {
    float32.takeRows(values, indices, out, width);
  } else if (values instanceof Float64Array && out instanceof Float64Array) {
    float64.takeRows(values, indices, out, width);
  } else throw mixed(values, out);
}

/** Copies row j of `data` to row `indices[j]` of `out`. */
export function putRows(data: Values, indices: Int32Array, out: Values, width: number): void {
  if (data instanceof Float32Array && out instanceof Float32Array) {
    float32.putRows(data, indices, out, width);
  } else if (data instanceof Float64Array && out instanceof Float64Array) {
    float64.putRows(data, indices, out, width);
  } else throw mixed(data, out);
}

/** Opens a row before each old row `at[k]` (ascending; `rows`: after the last), from the back, and fills it. */
export function openRows(column: Values, rows: number, at: Int32Array, fill: number): void {
  if (column instanceof Float32Array) float32.openRows(column, rows, at, fill);
  else float64.openRows(column, rows, at, fill);
}

/** Sets `flags[i]` where row `begin + i` differs from `initial`. */
export function flagChanged(column: Values, begin: number, flags: Uint8Array, initial: number): void {
  if (column instanceof Float32Array) float32.flagChanged(column, begin, flags, Math.fround(initial));
  else float64.flagChanged(column, begin, flags, initial);
}

export function multiply(values: Values, factor: number): void {
  if (values instanceof Float32Array) float32.multiply(values, factor);
  else float64.multiply(values, factor);
}

/** Row j of every row: 0, 1, 2, ... */
export function ascending(count: number): Int32Array {
  const indices = new Int32Array(count);
  for (let j = 0; j < count; j++) indices[j] = j;
  return indices;
}

function mixed(a: Values, b: Values): Error {
  return new Error(`Invariant: ${elementOf(a)} and ${elementOf(b)} values of one parameter have one type`);
}
