import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BlockSpec,
  keyBlockBegin,
  keyBlockEnds,
  keyBlockOf,
  rangeBlockEnds,
} from "../../../src/core/keys/key-blocks.ts";
import { keyRange } from "../../../src/core/keys/key-range.ts";

const run = { seed: 1, numRuns: 400 };
const small = fc.record({
  begin: fc.bigInt(0n, 40n),
  length: fc.bigInt(1n, 60n),
  count: fc.integer({ min: 1, max: 90 }),
});
const large = fc.record({
  begin: fc.bigInt(0n, 2n ** 63n),
  length: fc.bigInt(1n, 2n ** 63n),
  count: fc.integer({ min: 1, max: 2 ** 20 }),
});
const spec = fc.oneof(small, large, fc.constant({ begin: 0n, length: 2n ** 64n, count: 1 })).map(
  ({ begin, length, count }): BlockSpec => ({
    span: keyRange(begin, begin + length),
    keyBlockCount: count,
  }),
);

/** A spec and ascending keys of its span, many of them where blocks begin. */
const specAndKeys = spec.chain((blocks) => {
  const { begin, end } = blocks.span;
  const key = fc.oneof(
    fc.bigInt(begin, end - 1n),
    fc
      .tuple(fc.integer({ min: 0, max: blocks.keyBlockCount - 1 }), fc.bigInt(-1n, 1n))
      .map(([block, step]) => {
        const near = keyBlockBegin(blocks, block) + step;
        return near < begin ? begin : near >= end ? end - 1n : near;
      }),
  );
  return fc
    .uniqueArray(key, { maxLength: 60 })
    .map((keys) => ({ blocks, keys: keys.sort((a, b) => (a < b ? -1 : 1)) }));
});

test("blocks tile the span, and every key is in the block that begins at or before it", () => {
  fc.assert(
    fc.property(specAndKeys, ({ blocks, keys }) => {
      expect(keyBlockBegin(blocks, 0)).toBe(blocks.span.begin);
      expect(keyBlockBegin(blocks, blocks.keyBlockCount)).toBe(blocks.span.end);
      for (const key of keys) {
        const block = keyBlockOf(blocks, key);
        expect(keyBlockBegin(blocks, block) <= key && key < keyBlockBegin(blocks, block + 1)).toBe(true);
      }
    }),
    run,
  );
});

test("a list is cut as if each key were asked for its block", () => {
  fc.assert(
    fc.property(specAndKeys, fc.nat(), ({ blocks, keys }, seed) => {
      const pairs = Uint32Array.from(keys.flatMap((k) => [Number(k & 0xffff_ffffn), Number(k >> 32n)]));
      const begin = seed % (keys.length + 1);
      const cut = keyBlockEnds(blocks, pairs, begin, keys.length);
      expect(cut).toEqual(
        naive(
          keys.slice(begin).map((key) => keyBlockOf(blocks, key)),
          begin,
        ),
      );
    }),
    run,
  );
});

test("a dense range is cut as the list of all its keys", () => {
  fc.assert(
    fc.property(small, fc.nat(), fc.nat(), ({ begin, length, count }, a, b) => {
      const blocks: BlockSpec = { span: keyRange(begin, begin + length), keyBlockCount: count };
      const from = begin + (BigInt(a) % length);
      const to = from + (BigInt(b) % (begin + length - from + 1n));
      const keys = Array.from({ length: Number(to - from) }, (_, row) => from + BigInt(row));
      expect(rangeBlockEnds(blocks, keyRange(from, to))).toEqual(
        naive(
          keys.map((key) => keyBlockOf(blocks, key)),
          0,
        ),
      );
    }),
    run,
  );
});

test("a key outside the span, or too many blocks, is a bug", () => {
  const blocks: BlockSpec = { span: keyRange(10n, 20n), keyBlockCount: 4 };
  expect(() => keyBlockEnds(blocks, Uint32Array.of(9, 0), 0, 1)).toThrow("is in the parameter's span");
  expect(() => keyBlockEnds(blocks, Uint32Array.of(20, 0), 0, 1)).toThrow("is in the parameter's span");
  expect(() => keyBlockEnds(blocks, Uint32Array.of(12, 1), 0, 1)).toThrow("is in the parameter's span");
  expect(() => keyBlockOf(blocks, 20n)).toThrow("key 20 is in the span [10, 20)");
  expect(() => keyBlockEnds({ ...blocks, keyBlockCount: 2 ** 21 }, Uint32Array.of(12, 0), 0, 1)).toThrow(
    "keyBlockCount 2097152",
  );
});

function naive(blockOf: readonly number[], begin: number): { blocks: Uint32Array; ends: Int32Array } {
  const blocks = [...new Set(blockOf)];
  const ends = blocks.map((block) => begin + blockOf.lastIndexOf(block) + 1);
  return { blocks: Uint32Array.from(blocks), ends: Int32Array.from(ends) };
}
