import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { snappyCompressor } from "../../src/net/snappy-compressor.ts";

describe("snappy", () => {
  test("gives back what it was given, as memory of its own", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        const compressed = snappyCompressor.compress(bytes);
        const plain = snappyCompressor.uncompress(compressed, bytes.length);
        expect(Buffer.compare(plain, bytes)).toBe(0);
        expect(Object.getPrototypeOf(plain)).toBe(Uint8Array.prototype);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  test("shrinks zeros of 64 KB at least tenfold, and reads them within their own size", () => {
    const zeros = new Uint8Array(65536);
    const compressed = snappyCompressor.compress(zeros);
    expect(compressed.length).toBeLessThan(6554);
    expect(Buffer.compare(snappyCompressor.uncompress(compressed, 65536), zeros)).toBe(0);
    expect(() => snappyCompressor.uncompress(compressed, 65535)).toThrow(/claims 65536, above 65535/);
  });

  test("refuses six bytes that claim 4 GB before it takes memory", () => {
    const bomb = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0);
    expect(() => snappyCompressor.uncompress(bomb, 2 ** 40)).toThrow(/6 bytes claims 4294967295, above 4480/);
  });

  test("refuses data of no size, and data that breaks off", () => {
    expect(() => snappyCompressor.uncompress(new Uint8Array(0), 100)).toThrow(/no size/);
    expect(() => snappyCompressor.uncompress(Uint8Array.of(255, 255, 255, 255, 255), 100)).toThrow(/no size/);
    const compressed = snappyCompressor.compress(Uint8Array.from({ length: 500 }, (_, i) => i * i));
    expect(() => snappyCompressor.uncompress(compressed.subarray(0, 100), 500)).toThrow();
  });
});
