/** Where the keys of a sorted list are among the sorted keys of a segment. */
import { lowerBoundWords } from "../keys/key-list.ts";

/** Rows passed over per key found above which jumping beats walking (measured). */
const walkRowsPerKeyMax: number = 24;

/**
 * Writes, for each key of `pairs`, its row among `rows` (all of the segment's keys), or `-1 - row` of the first row
 * with a greater key if it has none. Returns the number of keys that have none.
 */
export function findRows(rows: Uint32Array, pairs: Uint32Array, out: Int32Array): number {
  const count = pairs.length >>> 1;
  if (count === 0) return 0;
  const first = lowerBoundWords(rows, 0, pairs[0], pairs[1]);
  const last = 2 * (count - 1);
  const end = Math.min(rows.length >>> 1, lowerBoundWords(rows, first, pairs[last], pairs[last + 1]) + 1);
  return end - first <= count * walkRowsPerKeyMax
    ? walk(rows.subarray(0, 2 * end), first, pairs, out)
    : jump(rows.subarray(0, 2 * end), first, pairs, out);
}

function walk(rows: Uint32Array, first: number, pairs: Uint32Array, out: Int32Array): number {
  const end = rows.length;
  let at = 2 * first;
  let missing = 0;
  for (let j = 0; j < pairs.length; j += 2) {
    const low = pairs[j];
    const high = pairs[j + 1];
    while (at < end && (rows[at + 1] < high || (rows[at + 1] === high && rows[at] < low))) at += 2;
    if (at < end && rows[at] === low && rows[at + 1] === high) {
      out[j >>> 1] = at >>> 1;
      at += 2;
    } else {
      out[j >>> 1] = -1 - (at >>> 1);
      missing++;
    }
  }
  return missing;
}

/** Doubles its step from the last row found, then halves: logarithmic in the distance. */
function jump(rows: Uint32Array, first: number, pairs: Uint32Array, out: Int32Array): number {
  const end = rows.length >>> 1;
  let row = first;
  let missing = 0;
  for (let j = 0; j < pairs.length; j += 2) {
    const low = pairs[j];
    const high = pairs[j + 1];
    let step = 1;
    let to = row;
    while (to < end && (rows[2 * to + 1] < high || (rows[2 * to + 1] === high && rows[2 * to] < low))) {
      row = to + 1;
      to += step;
      step *= 2;
    }
    if (to > end) to = end;
    while (row < to) {
      const middle = (row + to) >>> 1;
      const middleHigh = rows[2 * middle + 1];
      if (middleHigh < high || (middleHigh === high && rows[2 * middle] < low)) row = middle + 1;
      else to = middle;
    }
    if (row < end && rows[2 * row] === low && rows[2 * row + 1] === high) {
      out[j >>> 1] = row;
    } else {
      out[j >>> 1] = -1 - row;
      missing++;
    }
  }
  return missing;
}
