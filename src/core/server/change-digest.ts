/** What an application changed, in 32 bits and in time proportional to it: holders that agree have the same. */
import { mix32 } from "../keys/mix.ts";
import { digestWords, wordsOf } from "../store/digest.ts";
import type { SegmentStore } from "../store/segment-store.ts";

/** Of the values now at these rows and of the scalars. */
export function digestRows(store: SegmentStore, rows: Int32Array): number {
  let digest = digestWords(wordsOf(store.scalars, store.scalars.length), rows.length);
  for (const column of store.columns) {
    digest = mix32(digest, column instanceof Float32Array ? digest32(column, rows) : digest64(column, rows));
  }
  return digest;
}

/** The terms are independent, so that the loop is not held up by its own result. */
function digest32(column: Float32Array, rows: Int32Array): number {
  const words = wordsOf(column, column.length);
  let sum = 0;
  for (let j = 0; j < rows.length; j++) {
    const row = rows[j];
    const term = Math.imul(words[row] ^ Math.imul(row, 0x9e3779b1), 0x85ebca6b);
    sum = (sum + Math.imul(term ^ (term >>> 15), 0xc2b2ae35)) | 0;
  }
  return sum;
}

function digest64(column: Float64Array, rows: Int32Array): number {
  const words = wordsOf(column, column.length);
  let sum = 0;
  for (let j = 0; j < rows.length; j++) {
    const row = rows[j];
    const low = Math.imul(words[2 * row] ^ Math.imul(row, 0x9e3779b1), 0x85ebca6b);
    const high = Math.imul(words[2 * row + 1] ^ low ^ (low >>> 15), 0xc2b2ae35);
    sum = (sum + (high ^ (high >>> 13))) | 0;
  }
  return sum;
}
