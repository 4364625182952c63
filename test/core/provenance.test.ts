import { expect, test } from "vitest";
import { slot, taskTime } from "../../src/core/ids.ts";
import { provenanceRow } from "../../src/core/provenance.ts";

test("rows of different pushes differ, and are exact when a great many are added", () => {
  const seen = new Set<string>();
  for (let t = 0; t < 40; t++) {
    for (let s = 0; s < 8; s++) {
      for (let op = 0; op < 8; op++) {
        const row = provenanceRow({ parameter: 0, slot: slot(s), time: taskTime(t), op });
        expect(row[0]).toBe(1);
        expect(Math.max(row[1], row[2])).toBeLessThan(2 ** 26);
        seen.add(row.join());
      }
    }
  }
  expect(seen.size).toBe(40 * 8 * 8);
});
