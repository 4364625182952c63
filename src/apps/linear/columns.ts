/** A slot's examples by column: what the gradient of one key walks over. */
import { keyCount, type Examples, type JobSpec, type KeyList } from "../../core/index.ts";
import { linearOptions } from "./options.ts";

/** Entry `e` of column `k`, for `starts[k] <= e < starts[k + 1]`, is `values[e]` in row `rowOf[e]`; rows ascend. */
export interface Columns {
  /** Whose share this is. */
  readonly slot: number;
  readonly rows: number;
  /** +1 or -1. */
  readonly labels: Int8Array;
  readonly keys: KeyList;
  readonly columnCount: number;
  readonly starts: Uint32Array;
  readonly rowOf: Uint32Array;
  /** Undefined: all ones. */
  readonly values: Float64Array | undefined;
}

export function byColumn(examples: Examples, slot: number): Columns {
  const { rows, labels, keys, rowStarts, columns, values } = examples;
  const columnCount = keyCount(keys);
  const starts = new Uint32Array(columnCount + 1);
  for (let e = 0; e < columns.length; e++) starts[columns[e] + 1]++;
  for (let k = 0; k < columnCount; k++) starts[k + 1] += starts[k];
  const next = starts.slice();
  const rowOf = new Uint32Array(columns.length);
  const sorted = values === undefined ? undefined : new Float64Array(columns.length);
  for (let i = 0; i < rows; i++) {
    for (let e = rowStarts[i]; e < rowStarts[i + 1]; e++) {
      const to = next[columns[e]]++;
      rowOf[to] = i;
      if (sorted !== undefined && values !== undefined) sorted[to] = values[e];
    }
  }
  return { slot, rows, labels, keys, columnCount, starts, rowOf, values: sorted };
}

/** With tau = 0, features are multiples of 2^-20 below this; undefined: any finite numbers. */
export function exactFeaturesBelow(job: JobSpec): number | undefined {
  return job.tau === 0 ? 2 ** 9 / linearOptions(job).deltaMax : undefined;
}

/**
 * Features are multiples of 2^-20 below `limit` (Infinity: any finite numbers), so that a feature times the change of a
 * weight is exact.
 */
export function checkFeatures({ rows, rowStarts, values }: Examples, slot: number, limit: number): void {
  if (values === undefined) return;
  for (let i = 0; i < rows; i++) {
    for (let e = rowStarts[i]; e < rowStarts[i + 1]; e++) {
      const value = values[e];
      const isOnGrid = limit === Infinity || Number.isInteger(value * 2 ** 20);
      if (isOnGrid && Math.abs(value) < limit) continue;
      const wanted =
        limit === Infinity ? "a finite number" : `a multiple of 2^-20 below ${limit}, as tau = 0 wants it`;
      throw new Error(
        `slot ${slot}, row ${i + 1} of its share: the feature value ${value} is not ${wanted}; rounding or scaling would do`,
      );
    }
  }
}
