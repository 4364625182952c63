/** What a server's store does with a push and a pull, beside the plain loop that could do no less. */
import type { KeyList, ParameterSpec } from "#tauring/core/index.js";
import { SegmentStore, keyListFromNumbers } from "#tauring/core/index.js";
import { digestRows } from "#tauring/core/server/change-digest.js";
import { type BenchOptions, type Figure, benchOptions, interleaved, print, secondsOf } from "./report.ts";

const plain = "plain loop";

/** Every `stride`th key, beginning near 0: rows of the store are the multiples of 3. */
function keysOf(count: number, stride: number): KeyList {
  return keyListFromNumbers(Float64Array.from({ length: count }, (_, j) => j * stride));
}

function specOf(layout: "sparse" | "dense", keys: number): ParameterSpec {
  return {
    name: "weights",
    span: { begin: 0n, end: BigInt(keys) },
    keyBlockCount: 1024,
    layout,
    element: "float32",
    columns: [{ name: "weight", initial: 0 }],
    scalars: [],
    pushWidth: 1,
    pulled: [0],
    update: { kind: "add" },
    pushFilters: [],
    pullFilters: [],
    isProvenance: false,
  };
}

/** The look-up that has to be beaten: walks both sorted lists. */
function mergeJoin(rows: Uint32Array, pairs: Uint32Array, out: Int32Array): void {
  let at = 0;
  for (let j = 0; j < pairs.length; j += 2) {
    const low = pairs[j];
    const high = pairs[j + 1];
    while (rows[at + 1] < high || (rows[at + 1] === high && rows[at] < low)) at += 2;
    out[j >>> 1] = at >>> 1;
  }
}

function plainScatter(store: Float32Array, positions: Int32Array, values: Float32Array): void {
  for (let j = 0; j < positions.length; j++) store[positions[j]] += values[j];
}

function plainGather(store: Float32Array, positions: Int32Array, out: Float32Array): void {
  for (let j = 0; j < positions.length; j++) out[j] = store[positions[j]];
}

function plainAdd(store: Float32Array, values: Float32Array): void {
  for (let j = 0; j < values.length; j++) store[j] += values[j];
}

async function sparse(count: number, every: number, options: BenchOptions): Promise<readonly Figure[]> {
  const milliseconds = options.isQuick ? 1 : 60;
  const rows = keysOf(count * every, 3);
  const store = new SegmentStore(specOf("sparse", 3 * count * every), {
    begin: 0n,
    end: BigInt(3 * count * every),
  });
  store.positionsOf(rows, "insert");
  const list = keysOf(count, 3 * every);
  const positions = store.positionsOf(list, "find");
  const values = new Float32Array(count).fill(0.5);
  const out = new Float32Array(count);
  const column = new Float32Array(count * every);
  const found = new Int32Array(count);
  let listCount = 0;
  const millions = (run: () => void) => () => count / 1e6 / secondsOf(milliseconds, run);
  const speeds = await interleaved(options.isQuick ? 1 : 7, {
    join: millions(() => mergeJoin(rows.pairs, list.pairs, found)),
    // A name that was never seen: nothing is cached under it.
    find: millions(() => store.positionsOf({ pairs: list.pairs, hash: `list ${listCount++}` }, "find")),
    scatter: millions(() => plainScatter(column, positions, values)),
    add: millions(() => store.add(store.positionsOf(list, "find"), values)),
    applied: millions(() => {
      const seen = store.positionsOf(list, "find");
      store.add(seen, values);
      digestRows(store, seen);
    }),
    gather: millions(() => plainGather(column, positions, out)),
    pulled: millions(() => store.gather(store.positionsOf(list, "find"), [0], out)),
  });
  const what =
    every === 1 ? `${count} keys, all of the store` : `${count} keys, every ${every}th of the store`;
  const against = (value: number) => ({ what: plain, value });
  const unit = "M keys/s";
  return [
    {
      what: `${what}: look-up of a list seen first`,
      value: speeds.find,
      unit,
      against: against(speeds.join),
    },
    {
      what: `${what}: add at cached positions`,
      value: speeds.add,
      unit,
      against: against(speeds.scatter),
      goal: { atLeast: 0.8 },
    },
    {
      what: `${what}: the same, and the digest of the change`,
      value: speeds.applied,
      unit,
      against: against(speeds.scatter),
    },
    {
      what: `${what}: read at cached positions`,
      value: speeds.pulled,
      unit,
      against: against(speeds.gather),
      goal: { atLeast: 0.8 },
    },
  ];
}

async function dense(count: number, options: BenchOptions): Promise<readonly Figure[]> {
  const store = new SegmentStore(specOf("dense", count), { begin: 0n, end: BigInt(count) });
  const list = keysOf(count, 1);
  const values = new Float32Array(count).fill(0.5);
  const column = new Float32Array(count);
  const millions = (run: () => void) => () => count / 1e6 / secondsOf(options.isQuick ? 1 : 60, run);
  const { plainly, added } = await interleaved(options.isQuick ? 1 : 7, {
    plainly: millions(() => plainAdd(column, values)),
    added: millions(() => store.add(store.positionsOf(list, "find"), values)),
  });
  const what = `${count} keys, dense: add`;
  return [{ what, value: added, unit: "M keys/s", against: { what: plain, value: plainly } }];
}

async function inserted(count: number, options: BenchOptions): Promise<Figure> {
  const list = keysOf(count, 3);
  const spec = specOf("sparse", 3 * count);
  const seconds = secondsOf(options.isQuick ? 1 : 300, () => {
    new SegmentStore(spec, { begin: 0n, end: BigInt(3 * count) }).positionsOf(list, "insert");
  });
  return {
    what: `${count} keys: insertion into an empty store`,
    value: count / 1e6 / seconds,
    unit: "M keys/s",
  };
}

const options = benchOptions();
const scale = options.isQuick ? 100 : 1;
print("store", options, [
  ...(await sparse(1_000_000 / scale, 1, options)),
  ...(await sparse(100_000 / scale, 10, options)),
  await inserted(1_000_000 / scale, options),
  ...(await dense(1_000_000 / scale, options)),
]);
