import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  bitIndices,
  bitsBefore,
  hasBit,
  maskBytes,
  setBit,
  sliceMask,
} from "../../../src/core/filters/row-mask.ts";

test("a mask counts, lists and slices as an array of booleans would", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 70 }), fc.nat(70), fc.nat(70), (bits, a, b) => {
      const mask = new Uint8Array(maskBytes(bits.length));
      bits.forEach((bit, j) => {
        if (bit) setBit(mask, j);
      });
      const [begin, end] = [a, b].map((edge) => Math.min(edge, bits.length)).sort((x, y) => x - y);
      expect(bits.map((_, j) => hasBit(mask, j))).toEqual(bits);
      expect(bitsBefore(mask, end)).toBe(bits.slice(0, end).filter(Boolean).length);
      expect([...bitIndices(mask, bits.length)]).toEqual(bits.flatMap((bit, j) => (bit ? [j] : [])));
      const part = bits.slice(begin, end);
      const slice = sliceMask(mask, begin, end);
      if (part.every(Boolean)) expect(slice).toBeUndefined();
      else {
        expect([...bitIndices(slice as Uint8Array, part.length)]).toEqual(
          part.flatMap((bit, j) => (bit ? [j] : [])),
        );
        expect(bitsBefore(slice as Uint8Array, 8 * maskBytes(part.length))).toBe(part.filter(Boolean).length);
      }
    }),
    { seed: 61, numRuns: 500 },
  );
});
