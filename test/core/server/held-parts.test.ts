import fc from "fast-check";
import { expect, test } from "vitest";
import type { Micros, NodeId, Slot, TaskTime } from "../../../src/core/index.ts";
import { type HeldPart, HeldParts, isComplete } from "../../../src/core/server/held-parts.ts";
import { OneServer } from "./one-server.ts";

const one = new OneServer({ job: { slotCount: 3 } });
const slots = [0, 1, 2] as Slot[];

function part(time: number, slot: number, size: number, epoch: number = 1): HeldPart {
  const keys = Array.from({ length: size }, (_, key) => key);
  const request = one.pushOf({ slot, time, keys, values: keys }, { slots, epoch });
  return { from: `worker-${slot}` as NodeId, request, keys: undefined, since: 0 as Micros };
}

const arrivals = fc.array(
  fc.record({
    time: fc.nat(6),
    slot: fc.nat(2),
    size: fc.integer({ min: 0, max: 60 }),
    epoch: fc.integer({ min: 1, max: 2 }),
  }),
  { minLength: 20, maxLength: 80 },
);

test("held bytes stay at most the maximum, but for what the oldest time needs; and that is never refused", () => {
  let refused = 0;
  let given = 0;
  let completed = 0;
  fc.assert(
    fc.property(arrivals, (parts) => {
      const held = new HeldParts(4000);
      for (const { time, slot, size, epoch } of parts) {
        const arrived = part(time, slot, size, epoch);
        const oldest = held.all()[0]?.time ?? Infinity;
        const group = held.expect(arrived.request);
        const givenUp = group === undefined ? undefined : held.hold(group, arrived);
        if (givenUp === undefined) {
          refused += 1;
          expect(time).toBeGreaterThan(oldest);
        } else {
          given += givenUp.length;
          for (const { request } of givenUp) expect(request.part.time).toBeGreaterThan(time);
        }
        const times = held.all().map((each) => each.time);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        const later = held.all().filter((each) => each.time > times[0] && each.heldCount > 0);
        if (later.length > 0) expect(held.bytes).toBeLessThanOrEqual(held.bytesMax);
        expect(held.takeMost()).toBeLessThanOrEqual(held.bytesMax);
        for (const each of held.all()) {
          expect(each.heldCount).toBe(each.parts.filter((kept) => kept !== undefined).length);
        }
        const first = held.all()[0];
        if (first !== undefined && isComplete(first)) {
          completed += 1;
          held.remove(first);
        }
      }
      while (held.all().length > 0) held.remove(held.all()[0]);
      expect(held.bytes).toBe(0);
    }),
    { seed: 44, numRuns: 100 },
  );
  expect(Math.min(refused, given, completed)).toBeGreaterThan(50);
});

test("a repeat keeps the first copy's bits and the newest copy's sender; a newer epoch replaces it", () => {
  const held = new HeldParts(1e6);
  const first = part(0, 1, 5);
  const group = held.expect(first.request);
  if (group === undefined) throw new Error("there is room");
  held.hold(group, first);
  const { bytes } = held;
  held.hold(group, { ...part(0, 1, 50), from: "worker-9" as NodeId });
  expect(group.parts[1]).toMatchObject({ from: "worker-9", request: first.request });
  expect(held.bytes).toBe(bytes);
  const newer = part(0, 1, 50, 2);
  held.hold(group, newer);
  expect(group.parts[1]).toBe(newer);
  expect(group.heldCount).toBe(1);
});

test("groups below the floor are taken out", () => {
  const held = new HeldParts(1e6);
  for (const time of [4, 2, 3]) held.expect(part(time, 0, 0).request);
  expect(held.takeBelow(4 as TaskTime).map(({ time }) => time)).toEqual([2, 3]);
  expect(held.all().map(({ time }) => time)).toEqual([4]);
});

test("the most that it held beyond the oldest time is told once, however short it was held", () => {
  const held = new HeldParts(1e6);
  const hold = (arrived: HeldPart): void => {
    const group = held.expect(arrived.request);
    if (group === undefined) throw new Error("there is room");
    held.hold(group, arrived);
  };
  hold(part(0, 1, 5));
  expect(held.takeMost(), "the oldest time's own").toBe(0);
  const before = held.bytes;
  hold(part(1, 1, 50));
  const later = held.bytes - before;
  held.remove(held.all()[1]);
  expect(held.takeMost()).toBe(later);
  expect(held.takeMost()).toBe(0);
});
