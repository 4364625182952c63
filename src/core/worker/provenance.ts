/** What values say of themselves in checking runs: rows of provenance parameters are sums of hashes of push identities. */
import { keyAt } from "../keys/key-list.ts";
import type { Provenance } from "../observation.ts";
import type { Values } from "../parameter.ts";

/** One row a key, in key order. */
export function provenanceOf(pairs: Uint32Array, values: Values): Provenance {
  const count = pairs.length / 2;
  const width = count === 0 ? 0 : values.length / count;
  const keys: string[] = [];
  const rows: number[][] = [];
  for (let j = 0; j < count; j++) {
    keys.push(pairs[2 * j + 1] === 0 ? String(pairs[2 * j]) : keyAt(pairs, j).toString());
    const row: number[] = [];
    for (let i = j * width; i < (j + 1) * width; i++) row.push(values[i]);
    rows.push(row);
  }
  return { keys, rows };
}
