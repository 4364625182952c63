import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteCache } from "../../../src/core/store/byte-cache.ts";

const operation = fc.record({ name: fc.constantFrom("a", "b", "c", "d", "e"), bytes: fc.option(fc.nat(12)) });

test("keeps what was used last, within its bytes", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const cache = new ByteCache<{ bytes: number }>(20, (value) => value.bytes);
      /** Newest last: the cache is the longest tail that fits, as far as it was never cut shorter. */
      let kept: { name: string; bytes: number }[] = [];
      for (const { name, bytes } of operations) {
        const old = kept.find((entry) => entry.name === name);
        if (bytes === null) {
          expect(cache.get(name)?.bytes).toBe(old?.bytes);
          if (old !== undefined) kept = [...kept.filter((entry) => entry !== old), old];
          continue;
        }
        cache.set(name, { bytes });
        kept = [...kept.filter((entry) => entry !== old), { name, bytes }];
        while (kept.reduce((sum, entry) => sum + entry.bytes, 0) > 20) kept.shift();
        expect(cache.bytes).toBe(kept.reduce((sum, entry) => sum + entry.bytes, 0));
        expect(cache.size).toBe(kept.length);
      }
    }),
    { seed: 6, numRuns: 300 },
  );
});

test("a value larger than the whole is not kept, and pushes nothing out", () => {
  const cache = new ByteCache<{ bytes: number }>(20, (value) => value.bytes);
  cache.set("a", { bytes: 3 });
  cache.set("b", { bytes: 21 });
  expect(cache.get("b")).toBeUndefined();
  expect(cache.get("a")).toEqual({ bytes: 3 });
});
