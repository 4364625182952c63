import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exp, log, log1p } from "../../src/core/exp-log.ts";

const doubles = new Float64Array(2);
const bits = new BigInt64Array(doubles.buffer);

/** Doubles between a and b: for numbers of one sign, their distance in units of the last place. */
function ulpsBetween(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  doubles[0] = a;
  doubles[1] = b;
  return Math.abs(Number(bits[0] - bits[1]));
}

describe("exp, log and log1p from + - * / alone are within 2 ulp of Math's", () => {
  const runs = { seed: 1, numRuns: 4000 };

  test("exp, over every exponent that has a finite result", () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 709.78, noNaN: true }), (x) => {
        expect(ulpsBetween(exp(x), Math.exp(x))).toBeLessThanOrEqual(2);
      }),
      runs,
    );
  });

  test("exp, where margins are", () => {
    let most = 0;
    for (let i = -40_000; i <= 40_000; i++)
      most = Math.max(most, ulpsBetween(exp(i / 1009), Math.exp(i / 1009)));
    expect(most).toBeLessThanOrEqual(2);
  });

  test("log", () => {
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(ulpsBetween(log(x), Math.log(x))).toBeLessThanOrEqual(2);
      }),
      runs,
    );
    let most = 0;
    for (let i = 1; i <= 40_000; i++)
      most = Math.max(most, ulpsBetween(log(i / 20_011), Math.log(i / 20_011)));
    expect(most).toBeLessThanOrEqual(2);
  });

  test("log1p", () => {
    fc.assert(
      fc.property(fc.double({ min: -0.9999, max: 1e300, noNaN: true }), (x) => {
        expect(ulpsBetween(log1p(x), Math.log1p(x))).toBeLessThanOrEqual(2);
      }),
      runs,
    );
    for (let i = -745; i <= 700; i++) {
      const x = exp(i);
      expect(ulpsBetween(log1p(x), Math.log1p(x))).toBeLessThanOrEqual(2);
    }
  });

  test.each([
    ["exp of not a number", exp(NaN), NaN],
    ["exp of infinity", exp(Infinity), Infinity],
    ["exp of minus infinity", exp(-Infinity), 0],
    ["exp of 0", exp(0), 1],
    ["exp too large", exp(710), Infinity],
    ["exp of the largest", exp(709.782712893384), Math.exp(709.782712893384)],
    ["exp too small", exp(-746), 0],
    ["log of 0", log(0), -Infinity],
    ["log of a negative", log(-1), NaN],
    ["log of 1", log(1), 0],
    ["log of infinity", log(Infinity), Infinity],
    ["log1p of -1", log1p(-1), -Infinity],
    ["log1p below -1", log1p(-2), NaN],
    ["log1p of minus zero", log1p(-0), -0],
    ["log1p of infinity", log1p(Infinity), Infinity],
    ["log1p of a number that 1 + x forgets", log1p(1e-300), 1e-300],
  ])("%s", (_, value, expected) => {
    expect(value).toBe(expected);
  });
});
