import * as fc from "fast-check";
import { expect, test } from "vitest";
import { unionPositions } from "../../../src/core/store/union-positions.ts";

const positions = fc
  .uniqueArray(fc.nat(40), { maxLength: 20 })
  .map((list) => Int32Array.from(list.sort((a, b) => a - b)));

test("the union has every position once, in order, and each list finds its own in it", () => {
  fc.assert(
    fc.property(fc.array(positions, { maxLength: 6 }), (lists) => {
      const union = unionPositions([...lists, ...lists]);
      const expected = [...new Set(lists.flatMap((list) => [...list]))].sort((a, b) => a - b);
      expect([...union.positions]).toEqual(expected);
      expect(union.indexOf.length).toBe(2 * lists.length);
      lists.forEach((list, i) => {
        expect([...union.indexOf[i]].map((at) => union.positions[at])).toEqual([...list]);
        expect(union.indexOf[lists.length + i]).toBe(union.indexOf[i]);
      });
    }),
    { seed: 5, numRuns: 200 },
  );
});
