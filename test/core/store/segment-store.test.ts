import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyAt, keyList, keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { SegmentStore } from "../../../src/core/store/segment-store.ts";
import type { KeyList, ParameterSpec, Values } from "../../../src/core/index.ts";
import { parameter, span } from "./parameters.ts";

const twoColumns: ParameterSpec = parameter({
  columns: [
    { name: "w", initial: 0 },
    { name: "delta", initial: 1.5 },
  ],
  pushWidth: 2,
  pulled: [0, 1],
});

/** The obvious store: a map from key to row. */
class NaiveStore {
  readonly #rows: Map<number, number[]> = new Map();

  add(keys: readonly number[], values: readonly number[], isAssign: boolean): void {
    keys.forEach((key, j) => {
      const row = this.#rows.get(key) ?? [0, 1.5];
      this.#rows.set(
        key,
        row.map((value, c) => (isAssign ? values[2 * j + c] : value + values[2 * j + c])),
      );
    });
  }

  read(keys: readonly number[]): number[] {
    return keys.flatMap((key) => this.#rows.get(key) ?? [0, 1.5]);
  }

  get keys(): number[] {
    return [...this.#rows.keys()].sort((a, b) => a - b);
  }
}

function numbersOf(pairs: Uint32Array): number[] {
  return Array.from({ length: pairs.length / 2 }, (_, i) => Number(keyAt(pairs, i)));
}

function read(store: SegmentStore, keys: KeyList): number[] {
  const positions = store.positionsOf(keys, "find");
  const out = newOut(store, positions.length * 2);
  store.gather(positions, [0, 1], out);
  return [...out];
}

function newOut(store: SegmentStore, length: number): Values {
  return store.spec.element === "float32" ? new Float32Array(length) : new Float64Array(length);
}

const keySet: fc.Arbitrary<number[]> = fc
  .uniqueArray(fc.nat(60), { maxLength: 25 })
  .map((keys) => keys.sort((a, b) => a - b));
const operation = fc.record({ keys: keySet, isAssign: fc.boolean(), salt: fc.nat(100) });

describe.each(["sparse", "dense"] as const)("a %s segment", (layout) => {
  describe.each(["float32", "float64"] as const)("of %s", (element) => {
    test("[3.1] reads and writes as a map from key to row would", () => {
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 12 }), keySet, (operations, asked) => {
          const store = new SegmentStore({ ...twoColumns, layout, element }, { begin: 0n, end: 61n });
          const naive = new NaiveStore();
          for (const { keys, isAssign, salt } of operations) {
            const list = keyListFromNumbers(keys);
            const values = newOut(store, 2 * keys.length).map((_, i) => salt + i);
            const positions = store.positionsOf(list, "insert");
            if (isAssign) store.assign(positions, values);
            else store.add(positions, values);
            naive.add(keys, [...values], isAssign);
            if (layout === "sparse") expect(numbersOf(store.keysOf(0, store.rows))).toEqual(naive.keys);
            expect(numbersOf(store.pairsAt(positions))).toEqual(keys);
          }
          expect(read(store, keyListFromNumbers(asked))).toEqual(naive.read(asked));
          expect(read(store, keyListFromNumbers(asked))).toEqual(naive.read(asked));
        }),
        { seed: 1, numRuns: 150 },
      );
    });
  });

  test("digests say whether keys and values are equal, in whichever order they came", () => {
    fc.assert(
      fc.property(fc.array(keySet, { minLength: 1, maxLength: 6 }), (lists) => {
        const [forth, back] = [1, 2].map(() => new SegmentStore({ ...twoColumns, layout }, span));
        for (const list of lists) push(forth, list, 1);
        for (const list of lists.toReversed()) push(back, list, 1);
        expect(forth.digest()).toBe(back.digest());
        push(forth, [7], 0.25);
        expect(forth.digest()).not.toBe(back.digest());
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  test("a range names its rows, its key blocks and what changed in it", () => {
    const store = new SegmentStore({ ...twoColumns, layout, keyBlockCount: 10 }, span);
    push(store, [0, 99, 100, 250, 251, 999], 1);
    const { begin, end } = store.rowRange({ begin: 50n, end: 300n });
    const keys = numbersOf(store.keysOf(begin, end));
    if (layout === "sparse") expect(keys).toEqual([99, 100, 250, 251]);
    else expect([keys[0], keys.at(-1), keys.length]).toEqual([50, 299, 250]);
    const lasts = [...store.blockEnds(begin, end)].map((row) => numbersOf(store.keysOf(row - 1, row))[0]);
    expect(lasts).toEqual(layout === "sparse" ? [99, 100, 251] : [99, 199, 299]);
    const changed = store.changedRows({ begin: 50n, end: 300n });
    expect(numbersOf(changed.pairs)).toEqual([99, 100, 250, 251]);
    expect(numbersOf(store.pairsAt(changed.positions))).toEqual([99, 100, 250, 251]);
    expect(store.rowRange({ begin: 300n, end: 300n })).toEqual({ begin: 0, end: 0 });
  });

  test("keys outside the segment's range are refused with the reason", () => {
    const store = new SegmentStore({ ...twoColumns, layout }, { begin: 100n, end: 200n });
    expect(store.refuseKeys(keyListFromNumbers([100, 199]))).toBeUndefined();
    expect(store.refuseKeys(keyListFromNumbers([]))).toBeUndefined();
    expect(store.refuseKeys(keyListFromNumbers([99, 150]))).toContain("keys 99 to 150 are not in");
    expect(store.refuseKeys(keyListFromNumbers([150, 200]))).toContain("range [100, 200)");
    expect(() => store.positionsOf(keyListFromNumbers([200]), "insert")).toThrow("Invariant");
  });
});

test("a list seen before costs no look-up, until rows move", () => {
  const store = new SegmentStore(parameter(), span);
  const list = keyListFromNumbers([5, 9]);
  const first = store.positionsOf(list, "insert");
  expect(store.positionsOf(keyListFromNumbers([5, 9]), "find")).toBe(first);
  expect([...store.positionsOf(keyListFromNumbers([5, 7]), "find")]).toEqual([0, -1]);
  expect(store.generation).toBe(1);
  expect([...store.positionsOf(keyListFromNumbers([7]), "insert")]).toEqual([1]);
  expect(store.generation).toBe(2);
  expect([...store.positionsOf(list, "find")]).toEqual([0, 2]);
  const halfKnown = keyListFromNumbers([7, 8]);
  expect([...store.positionsOf(halfKnown, "find")]).toEqual([1, -1]);
  expect([...store.positionsOf(halfKnown, "insert")]).toEqual([1, 2]);
});

test("keys inserted into the midst of many leave the others what they were", () => {
  const store = new SegmentStore(twoColumns, span);
  const even = [...Array(200).keys()].map((i) => 2 * i);
  const positions = store.positionsOf(keyListFromNumbers(even), "insert");
  store.assign(positions, Float64Array.from(even.flatMap((key) => [key, -key])));
  store.positionsOf(keyListFromNumbers([1, 101, 999]), "insert");
  expect(read(store, keyListFromNumbers(even))).toEqual(even.flatMap((key) => [key, -key]));
  expect(read(store, keyListFromNumbers([1, 101, 999]))).toEqual([0, 1.5, 0, 1.5, 0, 1.5]);
});

test("keys over the whole 64 bits are found, densely packed or far apart", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(2n ** 32n - 8n, 2n ** 32n + 8n)), {
        maxLength: 200,
      }),
      fc.integer({ min: 1, max: 40 }),
      (keys, step) => {
        const sorted = keys.sort((a, b) => (a < b ? -1 : 1));
        const range = { begin: 0n, end: 2n ** 64n };
        const store = new SegmentStore(parameter({ span: range }), range);
        store.positionsOf(listOf(sorted), "insert");
        const some = sorted.filter((_, i) => i % step === 0);
        const positions = store.positionsOf(listOf(some), "find");
        expect([...positions]).toEqual(some.map((key) => sorted.indexOf(key)));
      },
    ),
    { seed: 3, numRuns: 100 },
  );
});

test("a dense segment may lie across 2^32", () => {
  const range = { begin: 2n ** 32n - 3n, end: 2n ** 32n + 3n };
  const store = new SegmentStore(parameter({ span: range, layout: "dense" }), range);
  const keys = listOf([2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 2n]);
  expect([...store.positionsOf(keys, "insert")]).toEqual([2, 3, 5]);
  expect(store.pairsAt(store.positionsOf(keys, "find"))).toEqual(keys.pairs);
});

test("too many rows are refused by name of the limit", () => {
  const limits = { rowsMax: 10 };
  expect(() => new SegmentStore(parameter({ layout: "dense" }), span, limits)).toThrow("rowsMax 10");
  const sparse = new SegmentStore(parameter(), span, limits);
  expect(sparse.refuseKeys(keyListFromNumbers([...Array(11).keys()]))).toContain("rowsMax 10");
});

function push(store: SegmentStore, keys: readonly number[], value: number): void {
  const positions = store.positionsOf(keyListFromNumbers(keys), "insert");
  store.add(positions, newOut(store, 2 * keys.length).fill(value));
}

function listOf(keys: readonly bigint[]): KeyList {
  const pairs = new Uint32Array(keys.flatMap((key) => [Number(key & 0xffff_ffffn), Number(key >> 32n)]));
  return keyList(pairs);
}
