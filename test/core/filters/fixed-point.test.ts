import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makeFixed, restoreFixed } from "../../../src/core/filters/fixed-point.ts";

const finite = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }).map((n) => n / 7),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
);
const blocksOfRows = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 });

test("values come back within a step of their block's interval, its extremes exactly", () => {
  fc.assert(
    fc.property(
      blocksOfRows,
      fc.constantFrom(1 as const, 2 as const, 3 as const),
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(finite),
      (rows, bytes, width, stream) => {
        const total = rows.reduce((a, b) => a + b, 0);
        const values = Float64Array.from({ length: total * width }, () => stream.next().value);
        const seeds = Array.from({ length: width }, (_, c) => [c, 5] as const);
        const blockRows = { blocks: Uint32Array.from(rows, (_, b) => b * 3), rows: Uint32Array.from(rows) };
        const made = makeFixed(values, bytes, blockRows, {
          seeds,
          pairs: new Uint32Array(2 * total).map((_, i) => i),
        });
        if (made === undefined) throw new Error("finite values have fixed points");
        expect(made.data.length).toBe(values.length * bytes);
        const restored = restoreFixed(made.data, made.fixed, width);
        for (let b = 0, row = 0; b < rows.length; row += rows[b], b++) {
          for (let c = 0; c < width; c++) {
            const lane = [...Array(rows[b]).keys()].map((r) => (row + r) * width + c);
            const min = Math.min(...lane.map((i) => values[i]));
            const max = Math.max(...lane.map((i) => values[i]));
            const step = (max - min) / (2 ** (8 * bytes) - 1);
            for (const i of lane) {
              expect(Math.abs(restored[i] - values[i])).toBeLessThanOrEqual(
                step * 1.0001 + Math.abs(max) * 1e-12,
              );
              if (values[i] === min || values[i] === max) expect(restored[i] === values[i]).toBe(true);
            }
          }
        }
      },
    ),
    { seed: 21, numRuns: 300 },
  );
});

test.each([
  ["not a number", [1, NaN]],
  ["infinite", [Infinity, 0]],
  ["too far apart", [-1.7e308, 1.7e308]],
])("values that are %s have no fixed point", (_, values) => {
  const blockRows = { blocks: Uint32Array.of(0), rows: Uint32Array.of(2) };
  const draws = { seeds: [[0, 0]] as const, pairs: new Uint32Array(4) };
  expect(makeFixed(Float64Array.from(values), 1, blockRows, draws)).toBeUndefined();
});
