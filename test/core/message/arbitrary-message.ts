/** Any envelope that can be said, for properties of the codec. */
import fc from "fast-check";
import type {
  EncodedValues,
  Envelope,
  FixedPoint,
  KeyListReference,
  KeyRange,
  Message,
  MessageType,
  NodeId,
  PartId,
  RowValues,
  ReadAfter,
  Slot,
  TaskSpec,
  TaskTime,
  Token,
} from "../../../src/core/index.ts";

const count = fc.oneof(fc.nat({ max: 200 }), fc.maxSafeNat());
const uint32 = fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 2 ** 32 - 1 }));
const number = fc.oneof(fc.double({ noNaN: true }), fc.integer());
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const time = count as fc.Arbitrary<TaskTime>;
const slot = fc.nat({ max: 2 ** 20 - 1 }) as fc.Arbitrary<Slot>;
const hash = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 32, maxLength: 32 });

export const arbitraryNode: fc.Arbitrary<NodeId> = fc
  .tuple(fc.constantFrom("server", "worker", "scheduler", "manager"), fc.nat({ max: 999_999 }))
  .map(([role, n]) => `${role}-${n}` as NodeId);

const token: fc.Arbitrary<Token> = fc.record({ lineage: count, view: count, index: count });
const part: fc.Arbitrary<PartId> = fc.record({ parameter: uint32, slot, time, op: uint32, segment: uint32 });
const key = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.constantFrom(0n, 2n ** 64n, 2n ** 64n - 1n));
const range: fc.Arbitrary<KeyRange> = fc
  .tuple(key, key)
  .map(([a, b]) => (a < b ? { begin: a, end: b } : { begin: b, end: a }));
const after: fc.Arbitrary<ReadAfter> = fc.record({
  below: time,
  time,
  op: fc.option(uint32, { nil: undefined }),
  isExact: fc.boolean(),
  token,
});

function ascending<T extends number>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.uniqueArray(of, { maxLength: 6 }).map((values) => values.toSorted((a, b) => a - b));
}

const float64s = fc.array(number, { maxLength: 9 }).map((values) => Float64Array.from(values));

function pairs(keyCount: number): fc.Arbitrary<Uint32Array> {
  const keys = fc.uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), {
    minLength: keyCount,
    maxLength: keyCount,
  });
  return keys.map((list) => {
    const sorted = BigUint64Array.from(list).sort();
    return new Uint32Array(sorted.buffer);
  });
}

function keyList(keyCount: number): fc.Arbitrary<KeyListReference> {
  return fc.record({
    hash,
    count: fc.constant(keyCount),
    pairs: fc.option(pairs(keyCount), { nil: undefined }),
  });
}

/** Splits `rows` over ascending blocks, one or more each. */
function fixedPoint(rows: number, width: number): fc.Arbitrary<FixedPoint> {
  const numbers = fc.uniqueArray(uint32, { minLength: Math.min(rows, 1), maxLength: Math.min(rows, 6) });
  return fc
    .tuple(fc.constantFrom(1 as const, 2 as const, 3 as const), numbers, fc.nat({ max: 1000 }))
    .map(([bytes, list, seed]) => {
      const blocks = Uint32Array.from(list).sort();
      const rowsOf = Uint32Array.from(blocks, () => 1);
      for (let i = blocks.length; i < rows; i++) rowsOf[(i * (seed + 1)) % blocks.length]++;
      const extremes = Float64Array.from({ length: 2 * width * blocks.length }, (_, i) => i / 3 - seed);
      return { bytes, blocks, extremes, rows: rowsOf };
    });
}

function values(keyCount: number): fc.Arbitrary<EncodedValues> {
  const shape = fc.record({
    element: fc.constantFrom("float32" as const, "float64" as const),
    width: fc.integer({ min: 1, max: 4 }),
    bits: fc.option(fc.array(fc.nat({ max: 2 }), { minLength: keyCount, maxLength: keyCount }), {
      nil: undefined,
    }),
    scale: fc.double({ min: 1e-300, noNaN: true, noDefaultInfinity: true }),
    base: count,
    hasCleared: fc.boolean(),
    isFixed: fc.boolean(),
    seed: fc.integer(),
  });
  return shape.chain(
    ({ element, width, bits, scale, base, hasCleared, isFixed, seed }): fc.Arbitrary<EncodedValues> => {
      const rows = bits === undefined ? keyCount : bits.filter((bit) => bit === 1).length;
      const mask = bits === undefined ? undefined : maskOf(bits, 1);
      const cleared = bits !== undefined && hasCleared && base > 0 ? maskOf(bits, 2) : undefined;
      const plain = { element, width, count: keyCount, mask, scale, base, cleared };
      if (!isFixed) {
        const numbers = Array.from({ length: rows * width }, (_, i) => Math.fround(i * seed * 0.1));
        const data = element === "float32" ? Float32Array.from(numbers) : Float64Array.from(numbers);
        return fc.constant({ ...plain, data, fixed: undefined });
      }
      return fixedPoint(rows, width).map((fixed) => {
        const data = Uint8Array.from({ length: rows * width * fixed.bytes }, (_, i) => i * seed);
        return { ...plain, data, fixed };
      });
    },
  );
}

function maskOf(bits: readonly number[], chosen: number): Uint8Array {
  const mask = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, j) => {
    if (bit === chosen) mask[j >> 3] |= 1 << (j & 7);
  });
  return mask;
}

const keyCount = fc.oneof(fc.nat({ max: 20 }), fc.constant(8), fc.constant(300));

const task: fc.Arbitrary<TaskSpec> = fc.record({
  time,
  name: text,
  argument: fc.array(number, { maxLength: 3 }),
  slots: ascending(slot),
  writes: fc.array(fc.record({ parameter: uint32, range }), { maxLength: 2 }),
  after: fc.record({ below: time, tasks: fc.array(time, { maxLength: 3 }) }),
  recordHash: text,
});
const frontier = fc.record({ floor: time, above: ascending(time) });
const statistics = fc.record({
  node: text,
  sentBytes: number,
  unfilteredBytes: number,
  savedBytes: fc.array(number, { maxLength: 6 }),
  sentFrames: count,
  resentFrames: count,
  slots: fc.array(fc.record({ slot: uint32, busyMicros: number, waitMicros: number }), { maxLength: 3 }),
  tasksFinished: count,
});

const rowValues: fc.Arbitrary<RowValues> = fc
  .tuple(fc.nat({ max: 9 }), fc.nat({ max: 3 }), fc.boolean())
  .chain(([n, columns, isDouble]) =>
    fc.record({
      keys: keyList(n),
      columns: fc
        .array(fc.array(number, { minLength: n, maxLength: n }), { minLength: columns, maxLength: columns })
        .map((lists) => lists.map((list) => (isDouble ? Float64Array.from(list) : Float32Array.from(list)))),
    }),
  );
const segment = { parameter: uint32, segment: uint32, view: count };
const digest = fc.nat({ max: 2 ** 32 - 1 });

type Arbitraries = { readonly [T in MessageType]: fc.Arbitrary<Extract<Message, { readonly type: T }>> };

function say<T extends MessageType>(type: T): fc.Arbitrary<T> {
  return fc.constant(type);
}

const push: Arbitraries["push"] = keyCount.chain((n) =>
  fc.record({
    type: say("push"),
    part,
    view: count,
    epoch: count,
    slots: ascending(slot),
    argument: fc.array(number, { maxLength: 4 }),
    recordHash: text,
    floor: time,
    keys: keyList(n),
    values: values(n),
  }),
);

/** One per variant: a new message does not compile until it is here. */
export const arbitraryMessages: Arbitraries = {
  push,
  part: fc.record({ type: say("part"), ...segment, push }),
  entry: fc.record({
    type: say("entry"),
    ...segment,
    committed: count,
    floor: time,
    entry: fc.record({
      token,
      digest,
      time,
      op: uint32,
      slots: ascending(slot),
      isClosing: fc.boolean(),
      rows: rowValues,
      scalars: float64s,
      answers: fc.array(float64s, { maxLength: 3 }),
    }),
  }),
  stored: fc.record({ type: say("stored"), ...segment, token, digest }),
  position: fc.record({
    type: say("position"),
    ...segment,
    token,
    digest,
    isFull: fc.boolean(),
    isGap: fc.boolean(),
    filled: range,
  }),
  snapshot: fc.record({
    type: say("snapshot"),
    ...segment,
    token,
    rows: rowValues,
    filled: range,
    rest: fc.option(
      fc.record({
        token,
        digest,
        committed: count,
        floor: time,
        text,
        arrays: fc.array(
          fc.oneof(
            float64s,
            float64s.map((list) => Float32Array.from(list)),
            fc.array(digest, { maxLength: 5 }).map((list) => Uint32Array.from(list)),
          ),
          { maxLength: 4 },
        ),
      }),
      { nil: undefined },
    ),
  }),
  save: fc.record({
    type: say("save"),
    checkpoint: fc.string(),
    first: time,
    view: count,
    parameter: uint32,
    segment: uint32,
  }),
  saved: fc.record({
    type: say("saved"),
    checkpoint: fc.string(),
    parameter: uint32,
    segment: uint32,
    token,
    rows: count,
    bytes: count,
    sha256: fc.string(),
    reason: fc.string(),
  }),
  filled: fc.record({ type: say("filled"), segment: uint32, view: count, peer: arbitraryNode }),
  pushed: fc.record({ type: say("pushed"), part, token }),
  pull: fc.oneof(
    fc.record({
      type: say("pull"),
      part,
      view: count,
      after,
      floor: time,
      keys: keyCount.chain(keyList),
      range: fc.constant(undefined),
      base: count,
    }),
    fc.record({
      type: say("pull"),
      part,
      view: count,
      after,
      floor: time,
      keys: fc.constant(undefined),
      range,
      base: count,
    }),
  ),
  pulled: keyCount.chain((n) =>
    fc.record({
      type: say("pulled"),
      part,
      token,
      keys: fc.option(pairs(n), { nil: undefined }),
      values: values(n),
    }),
  ),
  call: fc.record({
    type: say("call"),
    part,
    view: count,
    epoch: count,
    slots: ascending(slot),
    recordHash: text,
    floor: time,
    function: text,
    range,
    argument: float64s,
    isWrite: fc.boolean(),
    after,
  }),
  called: fc.record({ type: say("called"), part, token, result: float64s }),
  refused: fc.record({
    type: say("refused"),
    part,
    request: fc.constantFrom("push" as const, "pull" as const, "call" as const),
    reason: fc.constantFrom(
      "unknown-keys" as const,
      "not-master" as const,
      "full" as const,
      "closed" as const,
      "conflict" as const,
      "invalid" as const,
      "replaced" as const,
    ),
    detail: text,
    view: count,
    epoch: count,
  }),
  issue: fc.record({
    type: say("issue"),
    term: count,
    view: count,
    tasks: fc.array(task, { maxLength: 3 }),
    frontier,
  }),
  frontier: fc.record({ type: say("frontier"), term: count, view: count, frontier }),
  "slot-ready": fc.record({
    type: say("slot-ready"),
    slot,
    epoch: count,
    floor: time,
    summary: fc.record({ rows: count, nonzeros: count, badLines: count, loadMicros: number }),
  }),
  finished: fc.record({
    type: say("finished"),
    slot,
    epoch: count,
    view: count,
    time,
    result: fc.record({ numbers: float64s, keys: fc.nat({ max: 5 }).chain(pairs) }),
  }),
  report: fc.record({ type: say("report"), id: count }),
  reported: fc.record({ type: say("reported"), id: count, statistics }),
  heartbeat: fc.record({ type: say("heartbeat"), isLeaving: fc.boolean(), isAsking: fc.boolean(), count }),
  "heartbeat-answered": fc.record({ type: say("heartbeat-answered"), count, term: count, view: count }),
  acknowledged: fc.record({ type: say("acknowledged") }),
};

export function envelopeOf(message: fc.Arbitrary<Message>): fc.Arbitrary<Envelope> {
  return fc.record({
    from: arbitraryNode,
    fromIncarnation: count,
    to: arbitraryNode,
    toIncarnation: count,
    sequence: count,
    acknowledged: count,
    message,
  });
}

export const arbitraryEnvelope: fc.Arbitrary<Envelope> = envelopeOf(
  fc.oneof(...(Object.values(arbitraryMessages) as fc.Arbitrary<Message>[])),
);
