import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "../../../src/core/ids.ts";
import { defaultRegistryLimits } from "../../../src/core/registry/registry-limits.ts";
import { RegistryModel } from "../../../src/core/registry/registry-model.ts";
import type {
  Comparison,
  RegistryChange,
  RegistryRecord,
  RegistryRequest,
  RegistryWrite,
} from "../../../src/core/registry/registry.ts";

const key = fc.constantFrom("a", "a/x", "a/y", "b");
const lease = fc.nat(3);
const write: fc.Arbitrary<RegistryWrite> = fc.oneof(
  fc.record({ type: fc.constant("put" as const), key, value: fc.constantFrom("1", "2"), lease }),
  fc.record({ type: fc.constant("delete" as const), key }),
);
/** Revisions are small, so that comparisons hold often. */
const comparison: fc.Arbitrary<Comparison> = fc.record({ key, modified: fc.nat(6) });
const request: fc.Arbitrary<RegistryRequest> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("transact" as const),
      compare: fc.array(comparison, { maxLength: 2 }),
      writes: fc.uniqueArray(write, { maxLength: 3, selector: (w) => w.key }),
    }),
  },
  fc.record({ type: fc.constant("grant-lease" as const), ttlMs: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ type: fc.constant("keep-alive" as const), lease }),
  fc.record({ type: fc.constant("revoke-lease" as const), lease }),
  fc.record({ type: fc.constant("read" as const), prefix: fc.constantFrom("", "a", "a/") }),
);
const steps = fc.array(fc.tuple(request, fc.nat(3)), { maxLength: 40 });
const run = { seed: 1, numRuns: 400 };

/** What a registry is, without an index, a limit, or an incremental step. */
class NaiveRegistry {
  records: readonly RegistryRecord[] = [];
  leases: readonly { id: number; ttl: number; due: number }[] = [];
  granted = 0;
  revision = 0;

  expire(now: number): void {
    this.end((one) => one.due <= now);
  }

  apply(request: RegistryRequest, now: number): unknown {
    switch (request.type) {
      case "read":
        return { type: "records", records: this.sorted(request.prefix), revision: this.revision };
      case "grant-lease":
        this.granted += 1;
        this.leases = [...this.leases, { id: this.granted, ttl: request.ttlMs, due: now + request.ttlMs }];
        return { type: "leased", lease: this.granted };
      case "keep-alive": {
        const isAlive = this.leases.some((one) => one.id === request.lease);
        this.leases = this.leases.map((one) =>
          one.id === request.lease ? { ...one, due: now + one.ttl } : one,
        );
        return { type: "kept", isAlive };
      }
      case "revoke-lease":
        this.end((one) => one.id === request.lease);
        return { type: "revoked" };
      case "transact":
        return this.transact(request.compare, request.writes);
      default:
        throw new Error(request.type);
    }
  }

  private transact(compare: readonly Comparison[], writes: readonly RegistryWrite[]): unknown {
    const dead = writes.find(
      (w) => w.type === "put" && w.lease !== 0 && !this.leases.some((one) => one.id === w.lease),
    );
    if (dead?.type === "put")
      return { type: "refused", reason: `${dead.key}: lease ${dead.lease} is not alive` };
    const at = (name: string): RegistryRecord | undefined => this.records.find((r) => r.key === name);
    const succeeded = compare.every((c) => (at(c.key)?.modified ?? 0) === c.modified);
    const changing = writes.filter((w) => w.type === "put" || at(w.key) !== undefined);
    if (succeeded && changing.length > 0) {
      const modified = ++this.revision;
      const put = changing.flatMap((w): RegistryRecord[] =>
        w.type === "delete"
          ? []
          : [
              {
                key: w.key,
                value: w.value,
                created: at(w.key)?.created ?? modified,
                modified,
                lease: w.lease,
              },
            ],
      );
      const written = new Set(changing.map((w) => w.key));
      this.records = [...this.records.filter((r) => !written.has(r.key)), ...put];
    }
    return { type: "transacted", succeeded, revision: this.revision };
  }

  private end(ends: (one: { id: number; due: number }) => boolean): void {
    const ended = new Set(this.leases.filter(ends).map((one) => one.id));
    const kept = this.records.filter((r) => !ended.has(r.lease));
    if (kept.length < this.records.length) this.revision += 1;
    this.records = kept;
    this.leases = this.leases.filter((one) => !ended.has(one.id));
  }

  sorted(prefix: string): readonly RegistryRecord[] {
    return this.records.filter((r) => r.key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

/** A watcher's copy of the records. */
function replay(copy: Map<string, RegistryRecord>, changes: readonly RegistryChange[]): void {
  for (const change of changes) {
    if (change.type === "put") copy.set(change.record.key, change.record);
    else copy.delete(change.key);
  }
}

function sorted(copy: ReadonlyMap<string, RegistryRecord>): readonly RegistryRecord[] {
  return [...copy.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function recordsOf(model: RegistryModel, now: number): readonly RegistryRecord[] {
  const { answer } = model.apply({ type: "read", prefix: "" }, micros(now));
  return answer.type === "records" ? answer.records : [];
}

test("the model answers as a naive registry would, and its changes keep a watcher's copy equal", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const model = new RegistryModel();
      const naive = new NaiveRegistry();
      const copy = new Map<string, RegistryRecord>();
      let ms = 0;
      for (const [next, wait] of list) {
        ms += wait;
        const now = micros(ms * 1000);
        naive.expire(ms);
        replay(copy, model.expire(now));
        const { answer, changes } = model.apply(next, now);
        replay(copy, changes);
        expect(answer).toEqual(naive.apply(next, ms));
        expect(sorted(copy)).toEqual(naive.sorted(""));
        const due = naive.leases.map((one) => one.due * 1000);
        expect(model.nextExpiry()).toBe(due.length === 0 ? undefined : Math.min(...due));
      }
    }),
    run,
  );
});

test("a watch begins with the present records of its prefix", () => {
  const model = new RegistryModel();
  const put = (name: string): RegistryWrite => ({ type: "put", key: name, value: "1", lease: 0 });
  model.apply({ type: "transact", compare: [], writes: [put("b"), put("a/y"), put("a/x")] }, micros(0));
  const { answer, changes } = model.apply({ type: "watch", prefix: "a/" }, micros(1));
  expect(answer).toEqual({ type: "watching", revision: 1 });
  expect(changes.map((change) => (change.type === "put" ? change.record.key : ""))).toEqual(["a/x", "a/y"]);
});

test("a snapshot restored goes on exactly as the original, with leases renewed", () => {
  fc.assert(
    fc.property(steps, fc.array(request, { maxLength: 10 }), (before, afterwards) => {
      const model = new RegistryModel();
      for (const [next] of before) model.apply(next, micros(0));
      const restored = RegistryModel.restore(model.snapshot(), micros(0));
      if (typeof restored === "string") throw new Error(restored);
      for (const next of afterwards) {
        expect(restored.apply(next, micros(0))).toEqual(model.apply(next, micros(0)));
      }
      expect(restored.snapshot()).toBe(model.snapshot());
      expect(restored.expire(micros(5000))).toEqual(model.expire(micros(5000)));
    }),
    run,
  );
});

test("[G11] a snapshot torn or changed anywhere is refused with a reason or is a registry, and never throws", () => {
  const model = new RegistryModel();
  model.apply({ type: "grant-lease", ttlMs: 5 }, micros(0));
  const writes = [{ type: "put", key: "a", value: "1", lease: 1 }] as const;
  model.apply({ type: "transact", compare: [], writes }, micros(0));
  const text = model.snapshot();
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(text.length), fc.string({ maxLength: 3 }), (a, b, inserted) => {
      const torn = RegistryModel.restore(text.slice(0, a), micros(0));
      expect(typeof torn === "string").toBe(a < text.length);
      const spliced = text.slice(0, Math.min(a, b)) + inserted + text.slice(Math.max(a, b));
      const restored = RegistryModel.restore(spliced, micros(0));
      if (typeof restored !== "string") recordsOf(restored, 0);
    }),
    { seed: 4, numRuns: 1000 },
  );
});

test.each([
  ["a long key", [put("k".repeat(9), "1")], "a key of 9 characters is above keyLengthMax 8"],
  ["a long value", [put("k", "v".repeat(17))], "k: a value of 17 characters is above valueLengthMax 16"],
  ["too many records", [put("a", ""), put("b", ""), put("c", "")], "3 records are above recordCountMax 2"],
  [
    "too much in all",
    [put("a", "v".repeat(12)), put("b", "v".repeat(12))],
    "26 characters are above totalLengthMax 20",
  ],
  ["one key twice", [put("a", "1"), put("a", "2")], "a transaction writes a once"],
  ["a dead lease", [{ ...put("a", "1"), lease: 3 }], "a: lease 3 is not alive"],
  ["a large transaction", Array(5).fill(put("a", "1")), "a transaction of 5 comparisons and writes is above"],
] as const)("%s is refused, names the limit, and changes nothing", (_, writes, reason) => {
  const limits = {
    keyLengthMax: 8,
    valueLengthMax: 16,
    recordCountMax: 2,
    totalLengthMax: 20,
    transactionSizeMax: 4,
  };
  const model = new RegistryModel({ ...defaultRegistryLimits, ...limits });
  const { answer, changes } = model.apply({ type: "transact", compare: [], writes }, micros(0));
  expect(answer).toEqual({ type: "refused", reason: expect.stringContaining(reason) as string });
  expect(changes).toEqual([]);
  expect(recordsOf(model, 0)).toEqual([]);
});

test("rewriting a record in place never exhausts a limit", () => {
  const model = new RegistryModel({ ...defaultRegistryLimits, recordCountMax: 1, totalLengthMax: 9 });
  for (let i = 0; i < 100; i++) {
    const { answer } = model.apply(
      { type: "transact", compare: [], writes: [put("a", "v".repeat(8))] },
      micros(i),
    );
    expect(answer).toEqual({ type: "transacted", succeeded: true, revision: i + 1 });
  }
});

test("leases have a limit on their number and their length", () => {
  const model = new RegistryModel({ ...defaultRegistryLimits, leaseCountMax: 1, leaseMsMax: 10 });
  const grant = (ttlMs: number): unknown => model.apply({ type: "grant-lease", ttlMs }, micros(0)).answer;
  for (const ttlMs of [0, 11, 0.5, Number.NaN]) expect(grant(ttlMs)).toMatchObject({ type: "refused" });
  expect(grant(10)).toEqual({ type: "leased", lease: 1 });
  expect(grant(10)).toEqual({ type: "refused", reason: "1 leases are at leaseCountMax 1" });
  expect(() => model.apply({ type: "read", prefix: "" }, micros(10_000))).toThrow("leases due at 10000 us");
});

function put(name: string, value: string): RegistryWrite & { readonly type: "put" } {
  return { type: "put", key: name, value, lease: 0 };
}
