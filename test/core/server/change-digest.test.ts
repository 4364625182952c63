import { expect, test } from "vitest";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { digestRows } from "../../../src/core/server/change-digest.ts";
import { SegmentStore } from "../../../src/core/store/segment-store.ts";
import { parameterSpec } from "../../support/jobs.ts";

/** Eleven rows: whole strides of the loops, and a rest. */
const keys = keyListFromNumbers([1, 2, 3, 5, 8, 13, 21, 34, 55, 60, 61]);

function digestOf(element: "float32" | "float64", change: (values: number[]) => void): number {
  const store = new SegmentStore(parameterSpec({ element }), { begin: 0n, end: 100n });
  const values = keys.pairs.filter((_, i) => i % 2 === 0);
  const changed = [...values];
  change(changed);
  const rows = store.positionsOf(keys, "insert");
  store.assign(rows, element === "float32" ? new Float32Array(changed) : new Float64Array(changed));
  return digestRows(store, rows);
}

test.each(["float32", "float64"] as const)("any change of %s rows changes the digest", (element) => {
  const same = digestOf(element, () => {});
  expect(digestOf(element, () => {})).toBe(same);
  const digests = new Set([same]);
  for (let i = 0; i < 11; i++) {
    digests.add(digestOf(element, (values) => (values[i] += 0.001)));
    digests.add(digestOf(element, (values) => (values[i] *= -1)));
    for (let j = 0; j < i; j++) {
      digests.add(digestOf(element, (values) => ([values[i], values[j]] = [values[j], values[i]])));
      // Signs are the top bits: two of them must not cancel out.
      digests.add(digestOf(element, (values) => ([values[i], values[j]] = [-values[i], -values[j]])));
    }
  }
  expect(digests.size).toBe(1 + 11 * 2 + 55 * 2);
});
