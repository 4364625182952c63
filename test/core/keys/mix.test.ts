import fc from "fast-check";
import { expect, test } from "vitest";
import { hashText, mix32, shuffled, unitDraw } from "../../../src/core/keys/mix.ts";

test("every bit of both words changes about half of the mixed bits", () => {
  for (let bit = 0; bit < 64; bit++) {
    let changed = 0;
    for (let i = 0; i < 400; i++) {
      const [a, b] = [i * 7919, i * 104729];
      const other = bit < 32 ? mix32(a ^ (1 << bit), b) : mix32(a, b ^ (1 << (bit - 32)));
      changed += bitCount(mix32(a, b) ^ other);
    }
    expect(deviation(`changes by bit ${bit}`, changed / (400 * 32), 0.5, 0.06)).toBe("");
  }
});

test("draws of consecutive keys, seeds and high words spread evenly and independently", () => {
  const streams: Record<string, (i: number) => number> = {
    low: (i) => unitDraw(1, 2, i, 0),
    high: (i) => unitDraw(1, 2, 3, i),
    seedLow: (i) => unitDraw(i, 2, 3, 4),
    seedHigh: (i) => unitDraw(0, i, 3, 4),
    blocks: (i) => unitDraw(1, 2, i * 65536, 7),
  };
  for (const [name, draw] of Object.entries(streams)) {
    const n = 50_000;
    const cells = new Float64Array(256);
    let mean = 0;
    let outside = 0;
    for (let i = 0; i < n; i++) {
      const u = draw(i);
      const next = draw(i + 1);
      if (u < 0 || u >= 1) outside += 1;
      mean += u / n;
      cells[16 * Math.floor(16 * u) + Math.floor(16 * next)] += 1;
    }
    expect(deviation(`draws of ${name} outside [0, 1)`, outside, 0, 0)).toBe("");
    const expected = n / 256;
    const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(deviation(`mean by ${name}`, mean, 0.5, 0.005)).toBe("");
    // 255 degrees of freedom: five standard deviations either way.
    expect(deviation(`chi square by ${name}`, chiSquare, 255, 5 * Math.sqrt(2 * 255))).toBe("");
  }
});

test("both hashes of a text tell all short texts apart", () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `server-${i % 200}/${Math.floor(i / 200)}`);
  const pairs = new Set(names.map((name) => hashText(name).join(" ")));
  expect(pairs.size).toBe(names.length);
  expect(hashText("ab")).not.toEqual(hashText("ba"));
});

test("a shuffle has every number below n once, and depends on the seed alone", () => {
  fc.assert(
    fc.property(fc.nat(200), fc.string(), (n, seed) => {
      const order = shuffled(n, seed);
      expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      expect(shuffled(n, seed)).toEqual(order);
    }),
    { seed: 3, numRuns: 100 },
  );
});

test("all orders of four are drawn equally often", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 12_000; i++) {
    const order = shuffled(4, `seed ${i}`).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(24);
  for (const [order, count] of counts) expect(deviation(`order ${order}`, count, 500, 125)).toBe("");
});

/** Empty where the value is as wanted. */
function deviation(name: string, value: number, wanted: number, tolerance: number): string {
  const isNear = Math.abs(value - wanted) <= tolerance;
  return isNear ? "" : `${name}: ${value}, not within ${tolerance} of ${wanted}`;
}

function bitCount(word: number): number {
  return (word >>> 0).toString(2).replaceAll("0", "").length;
}
