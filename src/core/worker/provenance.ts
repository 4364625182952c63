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
    keys.push(keyAt(pairs, j).toString());
    rows.push(Array.from(values.subarray(j * width, (j + 1) * width)));
  }
  return { keys, rows };
}
