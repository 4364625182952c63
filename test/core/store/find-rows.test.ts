import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findRows } from "../../../src/core/store/find-rows.ts";

/** Few words, so that keys with the same low or high word meet. */
const key = fc
  .tuple(fc.nat(5), fc.constantFrom(0, 1, 2, 2 ** 31, 2 ** 32 - 1))
  .map(([low, high]) => ({ low, high }));
const keys = fc
  .uniqueArray(key, { maxLength: 30, selector: ({ low, high }) => `${low} ${high}` })
  .map((list) => list.sort((a, b) => a.high - b.high || a.low - b.low));

function pairsOf(list: readonly { low: number; high: number }[]): Uint32Array {
  return Uint32Array.from(list.flatMap(({ low, high }) => [low, high]));
}

test("[4.2] keys are found as by a search through all, walking and jumping alike", () => {
  fc.assert(
    fc.property(keys, keys, (rows, asked) => {
      // Twice: once among the rows alone, and once among so many more that walking past them all would not pay.
      const many = [...Array(2000).keys()].map((low) => ({ low: 10 + low, high: 1 }));
      const all = [...rows, ...many].sort((a, b) => a.high - b.high || a.low - b.low);
      for (const list of [rows, all]) {
        const out = new Int32Array(asked.length);
        const missing = findRows(pairsOf(list), pairsOf(asked), out);
        const expected = asked.map(({ low, high }) => {
          const row = list.findIndex(
            (other) => other.high > high || (other.high === high && other.low >= low),
          );
          if (row < 0) return -1 - list.length;
          return list[row].high === high && list[row].low === low ? row : -1 - row;
        });
        expect([...out]).toEqual(expected);
        expect(missing).toBe(expected.filter((row) => row < 0).length);
      }
    }),
    { seed: 8, numRuns: 200 },
  );
});
