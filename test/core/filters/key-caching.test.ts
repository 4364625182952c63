import * as fc from "fast-check";
import { expect, test } from "vitest";
import { KeyListCache, KnownKeyLists } from "../../../src/core/filters/key-caching.ts";
import { requestSavings } from "../../../src/core/filters/savings.ts";
import { nodeId } from "../../../src/core/ids.ts";
import { keyCount, keyListFromNumbers } from "../../../src/core/keys/key-list.ts";

const server = nodeId("server-0");

test("[4.2] keys travel once; whatever either side forgets or restarts, the receiver gets the list that was meant", () => {
  const lists = [[], [1], [2, 3], [1, 2, 3, 4], [7], [5, 6]].map(keyListFromNumbers);
  const list = fc.constantFrom(...lists);
  const step = fc.record({
    list,
    event: fc.constantFrom("none", "none", "none", "restart", "sender-restart"),
  });
  let misses = 0;
  let hashes = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 90 }), (steps, bytesMax) => {
      let cache = new KeyListCache(bytesMax);
      let known = new KnownKeyLists(3);
      let incarnation = 1;
      for (const { list: keys, event } of steps) {
        if (event === "restart") {
          cache = new KeyListCache(bytesMax);
          incarnation++;
        }
        if (event === "sender-restart") known = new KnownKeyLists(3);
        let reference = known.reference(server, incarnation, keys, true);
        let resolved = cache.resolve(reference);
        if (reference.pairs === undefined) hashes++;
        if (!resolved.ok) {
          expect(resolved.reason).toBe("unknown-keys");
          misses++;
          known.forget(server, keys.hash);
          reference = known.reference(server, incarnation, keys, true);
          expect(reference.pairs).toBe(keys.pairs);
          resolved = cache.resolve(reference);
        }
        expect(resolved).toEqual({ ok: true, keys });
        expect(cache.bytes).toBeLessThanOrEqual(bytesMax);
      }
    }),
    { seed: 71, numRuns: 200 },
  );
  expect(misses).toBeGreaterThan(20);
  expect(hashes).toBeGreaterThan(20);
});

test("a new incarnation is given the keys again, without a miss; so is a list that was not used for longest", () => {
  const known = new KnownKeyLists(2);
  const [a, b, c] = [[1], [2], [3]].map(keyListFromNumbers);
  const isGiven = (incarnation: number, keys: typeof a): boolean =>
    known.reference(server, incarnation, keys, true).pairs === undefined;
  expect([a, b, a, c, a, b].map((keys) => isGiven(1, keys))).toEqual([
    false,
    false,
    true,
    false,
    true,
    false,
  ]);
  expect([isGiven(2, a), isGiven(2, a)]).toEqual([false, true]);
});

test("without key caching the keys always travel", () => {
  const known = new KnownKeyLists();
  const keys = keyListFromNumbers([1, 2]);
  for (const _ of [1, 2]) expect(known.reference(server, 1, keys, false).pairs).toBe(keys.pairs);
  expect(requestSavings(known.reference(server, 1, keys, true))).toEqual([0, 0, 0, 0, 0, 0]);
  expect(requestSavings(known.reference(server, 1, keys, true))).toEqual([16, 0, 0, 0, 0, 0]);
});

test("keys that are not what their hash says are refused", () => {
  const keys = keyListFromNumbers([5, 6, 7]);
  const reference = { hash: keys.hash, count: keyCount(keys), pairs: keys.pairs };
  const lies: [string, Partial<typeof reference>][] = [
    ["are not 2 keys", { count: 2 }],
    ["ascending", { pairs: Uint32Array.of(6, 0, 5, 0, 7, 0) }],
    ["ascending", { pairs: Uint32Array.of(5, 0, 5, 0, 7, 0) }],
    ["sent as", { pairs: Uint32Array.of(5, 0, 6, 0, 8, 0) }],
    ["sent as", { hash: "0" }],
  ];
  for (const [reason, lie] of lies) {
    const resolved = new KeyListCache(1e6).resolve({ ...reference, ...lie });
    expect(resolved).toMatchObject({ ok: false, reason: "invalid", detail: expect.stringContaining(reason) });
  }
  const cache = new KeyListCache(1e6);
  cache.resolve(reference);
  expect(cache.resolve({ ...reference, count: 4, pairs: undefined })).toMatchObject({
    ok: false,
    reason: "invalid",
  });
});

test("the cache has keys of its own: a frame may be let go", () => {
  const keys = keyListFromNumbers([5, 6, 7]);
  const resolved = new KeyListCache(1e6).resolve({ hash: keys.hash, count: 3, pairs: keys.pairs });
  expect(resolved.ok && resolved.keys.pairs.buffer !== keys.pairs.buffer).toBe(true);
});
