import fc from "fast-check";
import { expect, test } from "vitest";
import {
  emptyKeys,
  isAscending,
  keyAt,
  keyCount,
  keyList,
  keyListFromNumbers,
  lowerBound,
  sliceKeys,
} from "../../../src/core/keys/key-list.ts";
import { hashPairs } from "../../../src/core/keys/key-hash.ts";

const run = { seed: 1, numRuns: 300 };
/** Both words collide often. */
const key = fc.tuple(fc.constantFrom(0n, 1n, 2n ** 32n - 1n), fc.constantFrom(0n, 1n, 7n, 2n ** 32n - 1n));
const keys = fc
  .uniqueArray(
    fc.oneof(
      key.map(([high, low]) => (high << 32n) | low),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    ),
    { maxLength: 40 },
  )
  .map((list) => list.sort((a, b) => (a < b ? -1 : 1)));

function pairsOf(list: readonly bigint[]): Uint32Array {
  return Uint32Array.from(list.flatMap((k) => [Number(k & 0xffff_ffffn), Number(k >> 32n)]));
}

test("a list gives back its keys in order", () => {
  fc.assert(
    fc.property(keys, (list) => {
      const made = keyList(pairsOf(list));
      expect(Array.from({ length: keyCount(made) }, (_, i) => keyAt(made.pairs, i))).toEqual(list);
    }),
    run,
  );
});

test("a list is ascending exactly when sorting it as 64-bit integers without repeats leaves it as it is", () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 6 }), (list) => {
      const values = list.map(([high, low]) => (high << 32n) | low);
      const ascends = values.every((value, i) => i === 0 || values[i - 1] < value);
      expect(isAscending(pairsOf(values))).toBe(ascends);
    }),
    { seed: 2, numRuns: 2000 },
  );
});

test("half a key is no list", () => {
  expect(isAscending(new Uint32Array(3))).toBe(false);
  expect(() => keyList(new Uint32Array(3))).toThrow("strictly ascending");
  expect(() => keyListFromNumbers([1, 1])).toThrow("strictly ascending");
  expect(() => keyListFromNumbers([0.5])).toThrow("key 0.5 at index 0");
});

test("numbers up to 2^53 - 1 make the same list as their pairs", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.maxSafeNat(), { maxLength: 20 }), (list) => {
      list.sort((a, b) => a - b);
      expect(keyListFromNumbers(list)).toEqual(keyList(pairsOf(list.map(BigInt))));
    }),
    run,
  );
});

test("the lower bound is the number of keys below, for every key up to 2^64", () => {
  fc.assert(
    fc.property(keys, fc.bigInt({ min: 0n, max: 2n ** 64n }), (list, other) => {
      const pairs = pairsOf(list);
      for (const wanted of [...list, ...list.map((k) => k + 1n), other, 0n, 2n ** 64n]) {
        expect(lowerBound(pairs, wanted)).toBe(list.filter((k) => k < wanted).length);
      }
    }),
    run,
  );
});

test("a slice is the list of its own keys", () => {
  fc.assert(
    fc.property(keys, fc.nat(), fc.nat(), (list, a, b) => {
      const begin = a % (list.length + 1);
      const end = begin + (b % (list.length + 1 - begin));
      const whole = keyList(pairsOf(list));
      const slice = sliceKeys(whole, begin, end);
      expect(slice).toEqual(keyList(pairsOf(list.slice(begin, end))));
    }),
    run,
  );
});

test("a long slice is in the memory of its list, and a short one is not", () => {
  const whole = keyList(pairsOf(Array.from({ length: 40 }, (_, i) => BigInt(i))));
  expect(sliceKeys(whole, 3, 20).pairs.buffer).toBe(whole.pairs.buffer);
  expect(sliceKeys(whole, 3, 19).pairs.buffer).not.toBe(whole.pairs.buffer);
});

test("no two of the small lists, and of those that differ in one bit, share a hash", () => {
  const hashes = new Map<string, string>();
  const add = (pairs: Uint32Array): void => {
    const hash = hashPairs(pairs);
    const name = pairs.join(",");
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(hashes.get(hash) ?? name).toBe(name);
    hashes.set(hash, name);
  };
  for (let n = 0; n < 64; n++) add(new Uint32Array(2 * n));
  for (let bit = 0; bit < 64 * 16; bit++) {
    const pairs = new Uint32Array(32);
    pairs[bit >> 5] ^= 1 << (bit & 31);
    add(pairs);
  }
  expect(hashes.size).toBe(64 + 64 * 16);
  expect(emptyKeys.hash).toBe("0".repeat(32));
});

test("each of the four lanes changes half of its bits when one bit of the list changes", () => {
  const base = Uint32Array.from({ length: 34 }, (_, i) => i * 977);
  const reference = hashPairs(base);
  const flips = [0, 0, 0, 0];
  const trials = 34 * 32;
  for (let bit = 0; bit < trials; bit++) {
    const pairs = base.slice();
    pairs[bit >> 5] ^= 1 << (bit & 31);
    const hash = hashPairs(pairs);
    for (let lane = 0; lane < 4; lane++) {
      const changed = (word(hash, lane) ^ word(reference, lane)) >>> 0;
      flips[lane] += changed.toString(2).replaceAll("0", "").length;
    }
  }
  for (const count of flips) expect(Math.abs(count / (32 * trials) - 0.5)).toBeLessThan(0.01);
});

test("the hash is MurmurHash3_x86_128: published vectors of whole 8-byte keys", () => {
  // "abcdefgh" and "abcdefghijklmnop", seed 0, as the reference implementation prints their four words.
  expect(hashPairs(bytes("abcdefgh"))).toBe("aef41136adb11487fa6c8092fa6c8092");
  expect(hashPairs(bytes("abcdefghijklmnop"))).toBe("9fd2762790b91256e4ce8b21d193ba45");
});

function bytes(text: string): Uint32Array {
  return new Uint32Array(Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
}

function word(hash: string, lane: number): number {
  return Number.parseInt(hash.slice(8 * lane, 8 * lane + 8), 16);
}
