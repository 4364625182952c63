import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkEncoded } from "../../../src/core/filters/check-encoded.ts";
import { decodeValues, plainValues } from "../../../src/core/filters/rows.ts";
import type { EncodedValues, FixedPoint } from "../../../src/core/index.ts";

const good: EncodedValues = {
  element: "float64",
  width: 2,
  count: 11,
  mask: Uint8Array.of(0b00000111, 0b100),
  data: new Uint8Array(16),
  fixed: {
    bytes: 2,
    blocks: Uint32Array.of(3, 9),
    extremes: Float64Array.of(0, 1, -1, -1, 5, 6, 7, 8),
    rows: Uint32Array.of(3, 1),
  },
  scale: 4,
  base: 5,
  cleared: Uint8Array.of(0b11000000, 0),
};

function fixed(changes: Partial<FixedPoint>): Partial<EncodedValues> {
  return { fixed: { ...(good.fixed as FixedPoint), ...changes } };
}

test("what is consistent passes", () => {
  expect(checkEncoded(good)).toBeUndefined();
  expect(checkEncoded(plainValues("float32", 1, Float32Array.of(NaN)))).toBeUndefined();
});

test.each<[string, Partial<EncodedValues>]>([
  ["a width", { width: 0 }],
  ["a width", { width: 1.5 }],
  ["a count", { count: -1 }],
  ["a mask of 2 bytes", { count: 17 }],
  ["beyond its 11 keys", { mask: Uint8Array.of(7, 0b10000000) }],
  ["entries of data", { mask: Uint8Array.of(7, 0) }],
  ["entries of data", { data: new Uint8Array(15) }],
  ["a scale of 0", { scale: 0 }],
  ["a scale of NaN", { scale: NaN }],
  ["a base", { base: -1 }],
  ["nothing was to be kept", { base: 0 }],
  ["both sent and cleared", { cleared: Uint8Array.of(1, 0) }],
  ["fixed point without bytes", { data: new Float64Array(16) }],
  ["entries of data", fixed({ bytes: 4 as 3 })],
  ["key blocks of 5 rows", fixed({ rows: Uint32Array.of(4, 1) })],
  ["key blocks of 4294967296 rows", fixed({ rows: Uint32Array.of(2 ** 32 - 1, 1) })],
  ["without rows", fixed({ rows: Uint32Array.of(4, 0) })],
  ["row counts", fixed({ rows: Uint32Array.of(4) })],
  ["not in order", fixed({ blocks: Uint32Array.of(9, 9) })],
  ["extremes for", fixed({ extremes: new Float64Array(7) })],
  ["no interval", fixed({ extremes: Float64Array.of(0, 1, 0, NaN, 5, 6, 7, 8) })],
  ["no interval", fixed({ extremes: Float64Array.of(0, Infinity, 0, 0, 5, 6, 7, 8) })],
  ["no interval", fixed({ extremes: Float64Array.of(2, 1, 0, 0, 5, 6, 7, 8) })],
  ["data that is not float64", { fixed: undefined, data: new Float32Array(8) }],
])("a lie is refused with the reason: %s", (reason, lie) => {
  expect(checkEncoded({ ...good, ...lie })).toContain(reason);
});

test.each([
  ["float32 is kept", { element: "float32", width: 2, count: 11 }],
  ["where there are 3", { element: "float64", width: 3, count: 11 }],
  ["for 11 keys where there are 12", { element: "float64", width: 2, count: 12 }],
] as const)("what the receiver does not expect is refused: %s", (reason, expected) => {
  expect(checkEncoded(good, expected)).toContain(reason);
});

test("whatever passes the check can be decoded", () => {
  const small = fc.uint32Array({ minLength: 2, maxLength: 2, max: 4 });
  const bits = fc.uint8Array({ minLength: 1, maxLength: 2, max: 16 });
  const lie = fc.oneof<fc.Arbitrary<Partial<EncodedValues>>[]>(
    fc.integer({ min: 1, max: 2 }).map((width) => ({ width })),
    fc.integer({ min: 10, max: 12 }).map((count) => ({ count })),
    bits.map((mask) => ({ mask })),
    fc.uint8Array({ minLength: 14, maxLength: 18 }).map((data) => ({ data })),
    small.map((blocks) => fixed({ blocks })),
    small.map((rows) => fixed({ rows })),
    bits.map((cleared) => ({ cleared })),
    fc.constantFrom(
      { cleared: undefined },
      { base: 0 },
      { base: 0, cleared: undefined },
      { scale: 1 },
      { mask: undefined },
      { fixed: undefined, data: new Float64Array(8) },
    ),
  );
  let passed = 0;
  fc.assert(
    fc.property(fc.array(lie, { maxLength: 3 }), (lies) => {
      const encoded: EncodedValues = Object.assign({ ...good }, ...lies);
      if (checkEncoded(encoded) !== undefined) return;
      passed++;
      const room = encoded.count * encoded.width;
      decodeValues(encoded, encoded.element === "float32" ? new Float32Array(room) : new Float64Array(room));
    }),
    { seed: 51, numRuns: 5000 },
  );
  expect(passed).toBeGreaterThan(100);
});
