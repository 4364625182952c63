/**
 * libsvm text: `label index:value index:value …`, one row a line. Indices are at least 1 and rise; a feature's key is its index.
 * Between tokens stand spaces or tabs; `#` begins a comment; a carriage return before the newline is white space.
 */
import { type Cursor, readDecimal } from "./decimal.ts";
import type { LineOutcome, LineParser, RowBuffer } from "./row-buffer.ts";

const space = 32;
const tab = 9;
const carriageReturn = 13;
const colon = 58;
const hash = 35;
const zero = 48;
const one = 49;

/** With `exactBelow`, a value that is no multiple of 2^-20 below it makes the line bad. */
export function libsvmParser(featureMax: number, exactBelow?: number): LineParser {
  const cursor: Cursor = { at: 0 };

  return function parseLibsvmLine(bytes, begin, end, row): LineOutcome {
    // The shortest entry is " 1:1".
    row.begin((end - begin + 1) >> 2);
    let at = skipBlank(bytes, begin, end);
    if (at === end) return "blank";
    cursor.at = at;
    const label = readDecimal(bytes, end, cursor);
    if (!(label === 1 || label === -1 || label === 0) || !isTokenEnd(bytes, cursor.at, end)) {
      return row.bad(at, "a label: 1 or +1 (positive), -1 or 0 (negative)");
    }
    row.label = label === 1 ? 1 : -1;
    at = skipBlank(bytes, cursor.at, end);
    return parseEntries(bytes, at, end, row);
  };

  function parseEntries(bytes: Uint8Array, begin: number, end: number, row: RowBuffer): LineOutcome {
    const { low, high, values } = row;
    let at = begin;
    let count = 0;
    let previous = 0;
    let isAllOnes = true;
    while (at < end) {
      const indexAt = at;
      let index = 0;
      for (; at < end; at++) {
        const digit = bytes[at] - zero;
        if (digit < 0 || digit > 9) break;
        index = index * 10 + digit;
      }
      if (at === indexAt) return row.bad(at, "a feature index");
      if (at === end || bytes[at] !== colon) return row.bad(at, "a colon after the feature index");
      if (index <= previous || index > featureMax)
        return row.bad(indexAt, expectedIndex(index, previous, featureMax));
      at++;
      let value = 1;
      if (at < end && bytes[at] === one && isTokenEnd(bytes, at + 1, end)) at++;
      else {
        cursor.at = at;
        value = at < end ? readDecimal(bytes, end, cursor) : Number.NaN;
        if (Number.isNaN(value) || !isTokenEnd(bytes, cursor.at, end))
          return row.bad(at, "a finite decimal number");
        if (exactBelow !== undefined && !(Number.isInteger(value * 2 ** 20) && Math.abs(value) < exactBelow))
          return row.bad(at, `a multiple of 2^-20 below ${exactBelow}, as tau = 0 wants it`);
        at = cursor.at;
      }
      previous = index;
      // A zero is what is not written: it is left out.
      if (value !== 0) {
        low[count] = index >= 4294967296 ? index % 4294967296 : index;
        high[count] = index >= 4294967296 ? Math.floor(index / 4294967296) : 0;
        values[count] = value;
        if (value !== 1) isAllOnes = false;
        count++;
      }
      at = skipBlank(bytes, at, end);
    }
    row.count = count;
    row.isAllOnes = isAllOnes;
    return "row";
  }
}

function expectedIndex(index: number, previous: number, featureMax: number): string {
  if (index > featureMax) return `a feature index of at most ${featureMax} (data.features)`;
  if (previous === 0) return `a feature index from 1 to ${featureMax}`;
  return `a feature index that rises, from ${previous + 1} to ${featureMax}`;
}

/** The next token, or `end` if there is none or a comment begins. */
function skipBlank(bytes: Uint8Array, begin: number, end: number): number {
  let at = begin;
  while (at < end && (bytes[at] === space || bytes[at] === tab || bytes[at] === carriageReturn)) at++;
  return at < end && bytes[at] === hash ? end : at;
}

function isTokenEnd(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return true;
  const byte = bytes[at];
  return byte === space || byte === tab || byte === carriageReturn;
}
