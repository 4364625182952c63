import * as fc from "fast-check";
import { expect, test } from "vitest";
import { maskBytes, setBit } from "../../../src/core/filters/row-mask.ts";
import { sumParts } from "../../../src/core/store/aggregate.ts";
import { unionPositions } from "../../../src/core/store/union-positions.ts";
import type { EncodedValues } from "../../../src/core/index.ts";

const part = fc.record({
  positions: fc.uniqueArray(fc.nat(25), { maxLength: 15 }).map((list) => list.sort((a, b) => a - b)),
  isSent: fc.option(fc.array(fc.boolean(), { minLength: 15, maxLength: 15 })),
  values: fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 30, maxLength: 30 }),
  scale: fc.constantFrom(1, 4),
});

test("[3.3] sums are those of a map, in slot order, at the rows that somebody sent", () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (slots) => {
      const expected = new Map<number, number[]>();
      const lists = slots.map(({ positions }) => Int32Array.from(positions));
      const union = unionPositions(lists);
      const parts = slots.map(({ positions, isSent, values, scale }, s) => {
        const kept = [...positions.keys()].filter((j) => isSent === null || isSent[j]);
        for (const j of kept) {
          const row = expected.get(positions[j]) ?? [0, 0];
          const sum = row.map((value, c) => Math.fround(value + Math.fround(scale * values[2 * j + c])));
          expected.set(positions[j], sum);
        }
        const mask = new Uint8Array(maskBytes(positions.length));
        for (const j of kept) setBit(mask, j);
        const encoded: EncodedValues = {
          element: "float32",
          width: 2,
          count: positions.length,
          mask: isSent === null ? undefined : mask,
          data: Float32Array.from(kept.flatMap((j) => [values[2 * j], values[2 * j + 1]])),
          fixed: undefined,
          scale,
          base: 0,
          cleared: undefined,
        };
        return { indexOf: union.indexOf[s], values: encoded };
      });
      const { positions, values } = sumParts({ element: "float32", width: 2 }, union.positions, parts);
      const sorted = [...expected.keys()].sort((a, b) => a - b);
      expect([...positions]).toEqual(sorted);
      expect([...values].map((v) => v + 0)).toEqual(
        sorted.flatMap((p) => expected.get(p) ?? []).map((v) => v + 0),
      );
    }),
    { seed: 7, numRuns: 300 },
  );
});
