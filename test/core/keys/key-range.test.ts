import fc from "fast-check";
import { expect, test } from "vitest";
import {
  contains,
  intersect,
  isEmpty,
  keyRange,
  keyRangeMax,
  sameRange,
} from "../../../src/core/keys/key-range.ts";

const ends = fc.bigInt({ min: 0n, max: 9n });
const range = fc.tuple(ends, ends).map(([a, b]) => (a < b ? keyRange(a, b) : keyRange(b, a)));

test("the intersection has exactly the keys that both have, and is undefined where there are none", () => {
  fc.assert(
    fc.property(range, range, (a, b) => {
      const both = intersect(a, b);
      for (let key = 0n; key < 10n; key++) {
        expect(both !== undefined && contains(both, key)).toBe(contains(a, key) && contains(b, key));
      }
      expect(both === undefined || !isEmpty(both)).toBe(true);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("a range is ordered and inside [0, 2^64]", () => {
  expect(() => keyRange(2n, 1n)).toThrow("[2, 1)");
  expect(() => keyRange(-1n, 1n)).toThrow("[-1, 1)");
  expect(() => keyRange(0n, 2n ** 64n + 1n)).toThrow("inside [0, 2^64]");
  expect(sameRange(keyRange(0n, 2n ** 64n), keyRangeMax)).toBe(true);
  expect(isEmpty(keyRange(3n, 3n))).toBe(true);
});
