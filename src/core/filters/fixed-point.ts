/**
 * Fixed point with stochastic rounding (OSDI'14 section 3.6, NIPS'14): an integer of 1 to 3 bytes between the extremes
 * of its key block and column. Extremes are exact, and every value is on average what it was.
 */
import { unitDraw } from "../keys/mix.ts";
import type { FixedPoint } from "./encoded-values.ts";

/** Which kept rows are in which key block. */
export interface BlockRows {
  readonly blocks: Uint32Array;
  readonly rows: Uint32Array;
}

/** For each column a seed; the draw of a value is decided by it and by the key, so a repeated push is the same bits. */
export interface RoundingDraws {
  readonly seeds: readonly (readonly [number, number])[];
  /** Keys of the kept rows, as (low, high) pairs. */
  readonly pairs: Uint32Array;
}

export interface FixedRows {
  readonly data: Uint8Array;
  readonly fixed: FixedPoint;
}

/** Undefined: a value is not finite, or a block's extremes are too far apart to be subtracted. */
export function makeFixed(
  values: Float64Array,
  bytes: 1 | 2 | 3,
  { blocks, rows }: BlockRows,
  draws: RoundingDraws,
): FixedRows | undefined {
  const width = draws.seeds.length;
  const data = new Uint8Array(values.length * bytes);
  const extremes = new Float64Array(blocks.length * width * 2);
  for (let block = 0, row = 0; block < blocks.length; row += rows[block], block++) {
    for (let column = 0; column < width; column++) {
      const lane: Lane = { begin: row, end: row + rows[block], column, width };
      const at = 2 * (block * width + column);
      if (!findExtremes(values, lane, extremes.subarray(at, at + 2))) return undefined;
      const scale: Scale = { min: extremes[at], max: extremes[at + 1], bytes, seed: draws.seeds[column] };
      roundLane(values, lane, scale, { data, pairs: draws.pairs });
    }
  }
  return { data, fixed: { bytes, blocks, extremes, rows } };
}

/** The values of all kept rows. */
export function restoreFixed(data: Uint8Array, fixed: FixedPoint, width: number): Float64Array {
  const { bytes, extremes, rows } = fixed;
  const levels = 2 ** (8 * bytes) - 1;
  const values = new Float64Array(data.length / bytes);
  for (let block = 0, row = 0; block < rows.length; row += rows[block], block++) {
    for (let column = 0; column < width; column++) {
      const min = extremes[2 * (block * width + column)];
      const max = extremes[2 * (block * width + column) + 1];
      const step = (max - min) / levels;
      const end = (row + rows[block]) * width;
      for (let i = row * width + column; i < end; i += width) {
        let integer = data[i * bytes];
        if (bytes > 1) integer += data[i * bytes + 1] * 256;
        if (bytes > 2) integer += data[i * bytes + 2] * 65536;
        values[i] = integer === levels ? max : min + integer * step;
      }
    }
  }
  return values;
}

/** A column of the rows of one key block. */
interface Lane {
  readonly begin: number;
  readonly end: number;
  readonly column: number;
  readonly width: number;
}

interface Scale {
  readonly min: number;
  readonly max: number;
  readonly bytes: 1 | 2 | 3;
  readonly seed: readonly [number, number];
}

function findExtremes(values: Float64Array, lane: Lane, out: Float64Array): boolean {
  const { begin, end, column, width } = lane;
  let min = values[begin * width + column];
  let max = min;
  let sum = 0;
  for (let row = begin; row < end; row++) {
    const value = values[row * width + column];
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value - value;
  }
  out[0] = min;
  out[1] = max;
  return sum === 0 && Number.isFinite(max - min);
}

function roundLane(
  values: Float64Array,
  lane: Lane,
  scale: Scale,
  into: { readonly data: Uint8Array; readonly pairs: Uint32Array },
): void {
  const { begin, end, column, width } = lane;
  const { min, max, bytes } = scale;
  const [seedLow, seedHigh] = scale.seed;
  const { data, pairs } = into;
  const levels = 2 ** (8 * bytes) - 1;
  if (min === max) return;
  for (let row = begin; row < end; row++) {
    const i = row * width + column;
    const exact = ((values[i] - min) / (max - min)) * levels;
    let integer = Math.floor(exact);
    const draw = unitDraw(seedLow, seedHigh, pairs[2 * row], pairs[2 * row + 1]);
    if (draw < exact - integer) integer++;
    data[i * bytes] = integer;
    if (bytes > 1) data[i * bytes + 1] = integer >>> 8;
    if (bytes > 2) data[i * bytes + 2] = integer >>> 16;
  }
}
