/** The rows that several slots' pushes meet, as one list. */
import { ascending } from "./kernels.ts";

export interface UnionPositions {
  /** Ascending. */
  readonly positions: Int32Array;
  /** For each list: where each of its entries is in `positions`. */
  readonly indexOf: readonly Int32Array[];
}

/** Unites ascending lists of positions, none of which is -1. */
export function unionPositions(lists: readonly Int32Array[]): UnionPositions {
  const distinct = [...new Set(lists)];
  const positions = uniteAll(distinct);
  const indexOf = new Map(distinct.map((list) => [list, indicesIn(positions, list)]));
  return { positions, indexOf: lists.map((list) => indexOf.get(list) as Int32Array) };
}

/** By halves, so that each entry is merged a logarithmic number of times. */
function uniteAll(lists: readonly Int32Array[]): Int32Array {
  if (lists.length === 0) return new Int32Array(0);
  if (lists.length === 1) return lists[0];
  const middle = lists.length >>> 1;
  return unite(uniteAll(lists.slice(0, middle)), uniteAll(lists.slice(middle)));
}

function unite(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length);
  let count = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i];
    const y = b[j];
    out[count++] = x < y ? x : y;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  while (i < a.length) out[count++] = a[i++];
  while (j < b.length) out[count++] = b[j++];
  return out.slice(0, count);
}

function indicesIn(union: Int32Array, list: Int32Array): Int32Array {
  if (list.length === union.length) return ascending(list.length);
  const indices = new Int32Array(list.length);
  for (let j = 0, at = 0; j < list.length; j++, at++) {
    while (union[at] < list[j]) at++;
    indices[j] = at;
  }
  return indices;
}
