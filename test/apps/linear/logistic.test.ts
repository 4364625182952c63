import fc from "fast-check";
import { expect, test } from "vitest";
import { logistic } from "../../../src/apps/linear/logistic.ts";

test("the table is within a relative 2e-10 of 1 / (1 + exp(-m)), over all of its range and beyond", () => {
  fc.assert(
    fc.property(fc.double({ min: -40, max: 40, noNaN: true }), (m) => {
      const exact = 1 / (1 + Math.exp(-m));
      expect(Math.abs(logistic(m) / exact - 1)).toBeLessThan(2e-10);
    }),
    { seed: 1, numRuns: 4000 },
  );
});

test.each([
  [0, 0.5],
  [1000, 1],
  [-1000, 0],
  [Infinity, 1],
  [-Infinity, 0],
  [NaN, NaN],
])("logistic(%d) is %d", (m, expected) => {
  expect(logistic(m)).toBe(expected);
});
