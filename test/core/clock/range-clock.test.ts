import fc from "fast-check";
import { expect, test } from "vitest";
import { RangeClock } from "../../../src/core/clock/range-clock.ts";
import { type Slot, slot, type TaskTime, taskTime } from "../../../src/core/ids.ts";
import { type KeyRange, keyRange } from "../../../src/core/keys/key-range.ts";

const keyCount = 12;
const whole = keyRange(0n, BigInt(keyCount));

/** One clock a key, nothing shared. */
class DenseClock {
  readonly applied = Array.from({ length: keyCount }, () => new Set<string>());
  floor = 0;

  set(range: KeyRange, push: Push): void {
    if (push.time < this.floor) return;
    for (let key = range.begin; key < range.end; key++) this.applied[Number(key)].add(nameOf(push));
  }

  has(key: bigint, push: Push): boolean {
    return push.time < this.floor || this.applied[Number(key)].has(nameOf(push));
  }

  raiseFloor(floor: number): void {
    this.floor = Math.max(this.floor, floor);
    for (const set of this.applied) {
      for (const push of set) if (Number(push.split("/")[1]) < this.floor) set.delete(push);
    }
  }

  /** How often the clock changes from one key to the next, plus one. */
  runCount(): number {
    const texts = this.applied.map((set) => [...set].sort().join(" "));
    return texts.filter((text, key) => key === 0 || text !== texts[key - 1]).length;
  }
}

interface Push {
  readonly slot: Slot;
  readonly time: TaskTime;
  readonly op: number;
}

function nameOf(push: Push): string {
  return `${push.slot}/${push.time}/${push.op}`;
}

const position = fc.nat(keyCount);
const range = fc
  .tuple(position, position)
  .map(([a, b]) => keyRange(BigInt(Math.min(a, b)), BigInt(Math.max(a, b))));
/** Times are few and come in any order: tasks overtake each other. */
const push = fc.record({ slot: fc.nat(2).map(slot), time: fc.nat(6).map(taskTime), op: fc.nat(1) });
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("set" as const), range, push }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("apply" as const), push }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("raise" as const), floor: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("move" as const), at: position, isReversed: fc.boolean() }),
  },
);
const everyPush = [0, 1, 2].flatMap((s) =>
  [0, 1, 2, 3, 4, 5, 6].flatMap((t) => [0, 1].map((op): Push => ({ slot: slot(s), time: taskTime(t), op }))),
);

/** Both halves as if they had lived at two servers, and then put together again. */
function splitAndMerge(clock: RangeClock, at: number, isReversed: boolean): RangeClock {
  const left = clock.extract(keyRange(0n, BigInt(at)));
  const right = clock.extract(keyRange(BigInt(at), BigInt(keyCount)));
  if (isReversed) right.absorb(left);
  else left.absorb(right);
  return isReversed ? right : left;
}

function perform(clock: RangeClock, dense: DenseClock, next: Next): RangeClock {
  switch (next.type) {
    case "set":
      clock.set(next.range, next.push.slot, next.push.time, next.push.op);
      dense.set(next.range, next.push);
      return clock;
    case "apply":
      clock.apply(next.push.slot, next.push.time, next.push.op);
      dense.set(whole, next.push);
      return clock;
    case "raise":
      clock.raiseFloor(taskTime(next.floor));
      dense.raiseFloor(next.floor);
      return clock;
    case "move":
      return splitAndMerge(clock, next.at, next.isReversed);
  }
}
type Next = typeof operation extends fc.Arbitrary<infer T> ? T : never;

test("[§4.1] a range clock answers as a clock per key would, and stores exactly one tile per run of equal keys", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), range, (operations, asked) => {
      let clock = new RangeClock(whole);
      const dense = new DenseClock();
      for (const next of operations) {
        clock = perform(clock, dense, next);
        expect(clock.tileCount).toBe(dense.runCount());
      }
      expect(clock.floor).toBe(dense.floor);
      const keys = Array.from({ length: keyCount }, (_, key) => BigInt(key));
      for (const one of everyPush) {
        const has = keys.filter((key) => dense.has(key, one));
        const missing = keys.filter((key) => !dense.has(key, one));
        expect(keys.filter((key) => clock.has(key, one.slot, one.time, one.op))).toEqual(has);
        expect(clock.isApplied(one.slot, one.time, one.op)).toBe(missing.length === 0);
        const isMissing = missing.some((key) => asked.begin <= key && key < asked.end);
        expect(clock.has(asked, one.slot, one.time, one.op)).toBe(!isMissing);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("halves that went on by themselves, with floors of their own, merge to what each key had", () => {
  const half = fc.array(
    operation.filter((next) => next.type !== "move"),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(half, half, fc.boolean(), (left, right, isReversed) => {
      const ranges = [keyRange(0n, 5n), keyRange(5n, BigInt(keyCount))];
      const dense = new DenseClock();
      const clocks = [left, right].map((operations, side) => {
        const clock = new RangeClock(ranges[side]);
        for (const next of operations) {
          if (next.type === "raise") clock.raiseFloor(taskTime(next.floor));
          if (next.type !== "apply") continue;
          clock.apply(next.push.slot, next.push.time, next.push.op);
          dense.set(ranges[side], next.push);
        }
        return clock;
      });
      const [target, taken] = isReversed ? [clocks[1], clocks[0]] : clocks;
      const digestBefore = taken.digest();
      target.absorb(taken);
      dense.raiseFloor(target.floor);
      expect(taken.digest()).toBe(digestBefore);
      expect(target.range).toEqual(whole);
      expect(target.floor).toBe(Math.max(clocks[0].floor, clocks[1].floor));
      expect(target.tileCount).toBe(dense.runCount());
      const keys = Array.from({ length: keyCount }, (_, key) => BigInt(key));
      for (const one of everyPush) {
        const has = keys.filter((key) => target.has(key, one.slot, one.time, one.op));
        expect(has).toEqual(keys.filter((key) => dense.has(key, one)));
      }
    }),
    { seed: 2, numRuns: 300 },
  );
});

test("equal histories in any order of operations give equal digests, and one more push another", () => {
  const pushes = fc.uniqueArray(push, { selector: nameOf, minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pushes, range, (list, part) => {
      const make = (order: readonly Push[]): RangeClock => {
        const clock = new RangeClock(whole);
        for (const one of order) clock.set(part, one.slot, one.time, one.op);
        return clock;
      };
      expect(make(list).digest()).toBe(make([...list].reverse()).digest());
      const isEmptyPart = part.begin === part.end;
      expect(make(list.slice(1)).digest() === make(list).digest()).toBe(isEmptyPart);
    }),
    { seed: 3, numRuns: 200 },
  );
});

test("a thousand tasks over one range, each finished soon after, leave one tile and a short set", () => {
  const clock = new RangeClock(keyRange(0n, 2n ** 64n));
  for (let t = 0; t < 1000; t++) {
    // Odd tasks are overtaken by the even ones after them.
    const time = taskTime(t % 2 === 0 ? t + 1 : t - 1);
    for (const s of [slot(0), slot(1)]) {
      expect(clock.isApplied(s, time, 0)).toBe(false);
      clock.apply(s, time, 0);
      expect(clock.isApplied(s, time, 0)).toBe(true);
    }
    clock.raiseFloor(taskTime(Math.max(0, t - 8)));
  }
  expect(clock.tileCount).toBe(1);
  expect(clock.isApplied(slot(1), taskTime(3), 7)).toBe(true);
  expect(clock.isApplied(slot(1), taskTime(1000), 0)).toBe(false);
});

test("a range outside, or a neighbour that is none, is a bug", () => {
  const clock = new RangeClock(keyRange(10n, 20n));
  expect(() => clock.set(keyRange(5n, 15n), slot(0), taskTime(0), 0)).toThrow("[5, 15) is inside [10, 20)");
  expect(() => clock.has(20n, slot(0), taskTime(0), 0)).toThrow("[20, 21) is inside [10, 20)");
  expect(() => clock.absorb(new RangeClock(keyRange(21n, 30n)))).toThrow("[21, 30) is next to [10, 20)");
});
