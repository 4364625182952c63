/** With `tau = 0` the order in which parts arrive, and how often, cannot be told from the model (G1, G6). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ParameterSpec, UpdateContext } from "../../../src/core/index.ts";
import { OneServer, type PushOf } from "./one-server.ts";

/** Depends on the order of its calls in every bit. */
function decay({ columns, positions, count, values }: UpdateContext): void {
  for (let j = 0; j < count; j++) {
    const row = positions[j];
    columns[0][row] = columns[0][row] * 0.7 + values[j] / 3;
  }
}

const kinds = {
  add: { kind: "add" },
  assign: { kind: "assign" },
  simple: { kind: "simple", name: "decay" },
  aggregated: { kind: "aggregated", name: "decay" },
} as const;

const slotCount = 3;

/** What one slot pushes with one op: a few of ten keys, values that do not sum exactly. */
const rows = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }).chain((keys) =>
  fc.record({
    keys: fc.constant([...keys].sort((a, b) => a - b)),
    values: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: keys.length,
      maxLength: keys.length,
    }),
  }),
);

/** By time, op and slot. */
type Tasks = readonly (readonly (readonly Required<Pick<PushOf, "keys" | "values">>[])[])[];

const tasks = fc.array(
  fc.array(fc.array(rows, { minLength: slotCount, maxLength: slotCount }), { minLength: 1, maxLength: 2 }),
  { minLength: 1, maxLength: 3 },
);

/** Each slot sends its pushes in its own order; repeats come at any time after. */
const arrival = fc.record({
  slot: fc.integer({ min: 0, max: slotCount - 1 }),
  isRepeat: fc.boolean(),
  back: fc.nat(5),
});

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])("with tau = 0, update %s", (kind) => {
  test.each(["sparse", "dense"] as const)(
    "leaves the same %s model bit for bit in any arrival order",
    (layout) => {
      let repeats = 0;
      let overtakings = 0;
      fc.assert(
        fc.property(tasks, fc.array(arrival, { minLength: 10, maxLength: 40 }), (byTime, arrivals) => {
          const spec: Partial<ParameterSpec> = { update: kinds[kind], layout };
          const make = () =>
            new OneServer({
              parameters: [spec],
              job: { tau: 0, slotCount },
              application: { updates: { decay } },
            });
          const queues = queuesOf(byTime);
          const inOrder = make();
          for (const push of queues.flat().sort(byTimeOpSlot)) inOrder.push(push);
          const shuffled = make();
          const sent: PushOf[] = [];
          const next = queues.map(() => 0);
          const send = (push: PushOf): void => {
            const last = sent.at(-1);
            if (last !== undefined && byTimeOpSlot(push, last) < 0) overtakings += 1;
            sent.push(push);
            shuffled.push(push);
          };
          for (const { slot, isRepeat, back } of arrivals) {
            if (isRepeat && sent.length > 0) {
              repeats += 1;
              shuffled.push(sent[Math.max(0, sent.length - 1 - back)]);
            } else if (next[slot] < queues[slot].length) send(queues[slot][next[slot]++]);
          }
          queues.forEach((queue, slot) => queue.slice(next[slot]).forEach(send));
          expect(inOrder.bits()).toEqual(naiveBits(kind, byTime));
          expect(shuffled.bits()).toEqual(inOrder.bits());
          expect(applications(shuffled)).toEqual(applications(inOrder));
          expect(shuffled.shell.factsOf("applied").at(-1)?.digest).toBe(
            inOrder.shell.factsOf("applied").at(-1)?.digest,
          );
          for (const push of sent) {
            expect(shuffled.push(push)).toMatchObject([{ type: "pushed" }]);
          }
        }),
        { seed: 20141006, numRuns: 60 },
      );
      expect(repeats).toBeGreaterThan(100);
      expect(overtakings).toBeGreaterThan(100);
    },
  );
});

/** The model as one process would leave it: time by time, op by op, slot by slot. */
function naiveBits(kind: keyof typeof kinds, byTime: Tasks): readonly number[] {
  const weights = new Float64Array(100);
  for (const slots of byTime.flat()) {
    const sums = new Map<number, number>();
    for (const { keys, values } of slots) {
      keys.forEach((key, j) => {
        if (kind === "add") weights[key] += values[j];
        else if (kind === "assign") weights[key] = values[j];
        else if (kind === "simple") weights[key] = weights[key] * 0.7 + values[j] / 3;
        else sums.set(key, (sums.get(key) ?? 0) + values[j]);
      });
    }
    for (const [key, sum] of sums) weights[key] = weights[key] * 0.7 + sum / 3;
  }
  return [...new Uint32Array(weights.buffer)];
}

function applications(one: OneServer): readonly unknown[] {
  return one.shell.factsOf("applied").map(({ time, op, slots, token }) => ({ time, op, slots, token }));
}

function queuesOf(byTime: Tasks): readonly (readonly PushOf[])[] {
  const queues: PushOf[][] = Array.from({ length: slotCount }, () => []);
  byTime.forEach((ops, time) => {
    ops.forEach((slots, op) => {
      slots.forEach((push, slot) => queues[slot].push({ ...push, slot, time, op }));
    });
  });
  return queues;
}

function byTimeOpSlot(a: PushOf, b: PushOf): number {
  return a.time - b.time || (a.op ?? 0) - (b.op ?? 0) || a.slot - b.slot;
}
