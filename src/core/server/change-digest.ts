/** What an application changed, in 32 bits and in time proportional to it: holders that agree have the same. */
import { mix32 } from "../keys/mix.ts";
import { digestWords } from "../store/digest.ts";
import type { SegmentStore } from "../store/segment-store.ts";

/** Of the values now at these rows, in order, and of the scalars. */
export function digestRows(store: SegmentStore, rows: Int32Array): number {
  const { columnWords, scalarWords } = store;
  const isSingle = store.spec.element === "float32";
  let digest = digestWords(scalarWords, rows.length);
  for (let c = 0; c < columnWords.length; c++) {
    const words = columnWords[c];
    digest = mix32(digest, isSingle ? digestSingle(words, rows) : digestPairs(words, rows));
  }
  return digest;
}

/** Four lanes that do not wait for each other: a push of a list seen before is little more than its loops. */
function digestSingle(words: Uint32Array, rows: Int32Array): number {
  let a = 1;
  let b = 2;
  let c = 3;
  let d = 4;
  const whole = rows.length - (rows.length & 3);
  for (let j = 0; j < whole; j += 4) {
    a = step(a, words[rows[j]]);
    b = step(b, words[rows[j + 1]]);
    c = step(c, words[rows[j + 2]]);
    d = step(d, words[rows[j + 3]]);
  }
  for (let j = whole; j < rows.length; j++) a = step(a, words[rows[j]]);
  return mix32(mix32(a, b), mix32(c, d));
}

/** The same for float64: a low and a high word a value. */
function digestPairs(words: Uint32Array, rows: Int32Array): number {
  let a = 1;
  let b = 2;
  let c = 3;
  let d = 4;
  const whole = rows.length - (rows.length & 1);
  for (let j = 0; j < whole; j += 2) {
    const first = 2 * rows[j];
    const second = 2 * rows[j + 1];
    a = step(a, words[first]);
    b = step(b, words[first + 1]);
    c = step(c, words[second]);
    d = step(d, words[second + 1]);
  }
  for (let j = whole; j < rows.length; j++) {
    a = step(a, words[2 * rows[j]]);
    b = step(b, words[2 * rows[j] + 1]);
  }
  return mix32(mix32(a, b), mix32(c, d));
}

/** Each bit of a word reaches every bit of what follows. */
function step(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return (product << 13) | (product >>> 19);
}
