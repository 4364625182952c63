import { assert } from "../assert.ts";
import type { EncodedValues, FilteredValues, FixedPoint } from "./encoded-values.ts";
import { bitsBefore, sliceMask } from "./row-mask.ts";

/**
 * The rows of keys [begin, end) of a push as a message of their own: the same as if only these had been encoded.
 * `begin` and `end` fall between key blocks, as the ends of segments do. Data is shared, but for a few values.
 */
export function sliceEncoded(encoded: EncodedValues, begin: number, end: number): EncodedValues;
export function sliceEncoded(encoded: FilteredValues, begin: number, end: number): FilteredValues;
export function sliceEncoded(encoded: FilteredValues, begin: number, end: number): FilteredValues {
  const { count, mask, fixed, width } = encoded;
  assert(0 <= begin && begin <= end && end <= count, () => `[${begin}, ${end}) is of the ${count} keys`);
  assert(encoded.base === 0, "only pushes are cut, and they build on no copy");
  if (begin === 0 && end === count) return encoded;
  const rowBegin = mask === undefined ? begin : bitsBefore(mask, begin);
  const rowEnd = mask === undefined ? end : bitsBefore(mask, end);
  const bytes = fixed?.bytes ?? 1;
  return {
    element: encoded.element,
    width,
    count: end - begin,
    mask: mask === undefined ? undefined : sliceMask(mask, begin, end),
    data: entries(encoded.data, rowBegin * width * bytes, rowEnd * width * bytes),
    fixed: fixed === undefined ? undefined : sliceFixed(fixed, width, rowBegin, rowEnd),
    scale: encoded.scale,
    base: 0,
    cleared: undefined,
    leftOutBy: encoded.leftOutBy?.subarray(begin, end),
  };
}

const noBytes = new Uint8Array(0);
const noSingles = new Float32Array(0);
const noDoubles = new Float64Array(0);

/** Below it to copy costs less than to make a view. */
const copiedMax = 32;

/** Most parts of a small push are empty, and share one view. */
function entries(data: EncodedValues["data"], begin: number, end: number): EncodedValues["data"] {
  if (begin < end) return end - begin <= copiedMax ? data.slice(begin, end) : data.subarray(begin, end);
  if (data instanceof Float64Array) return noDoubles;
  return data instanceof Float32Array ? noSingles : noBytes;
}

function sliceFixed(fixed: FixedPoint, width: number, rowBegin: number, rowEnd: number): FixedPoint {
  const first = blockAtRow(fixed.rows, rowBegin);
  const last = blockAtRow(fixed.rows, rowEnd);
  return {
    bytes: fixed.bytes,
    blocks: fixed.blocks.subarray(first, last),
    extremes: fixed.extremes.subarray(2 * width * first, 2 * width * last),
    rows: fixed.rows.subarray(first, last),
  };
}

/** The block that begins at this row. */
function blockAtRow(rows: Uint32Array, row: number): number {
  let block = 0;
  let begin = 0;
  while (begin < row) begin += rows[block++];
  assert(begin === row, `row ${row} begins a key block: parts end where key blocks do`);
  return block;
}
