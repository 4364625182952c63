import fc from "fast-check";
import { expect, test } from "vitest";
import { EventQueue } from "../../src/sim/world/event-queue.ts";

test("items leave by time, and in the order in which they came within one instant", () => {
  const operation = fc.oneof(
    { weight: 3, arbitrary: fc.record({ push: fc.integer({ min: 0, max: 20 }) }) },
    { weight: 2, arbitrary: fc.constant({ pop: true as const }) },
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const queue = new EventQueue<number>(2);
      const naive: { time: number; sequence: number }[] = [];
      let sequence = 0;
      for (const step of operations) {
        if ("push" in step) {
          naive.push({ time: step.push, sequence });
          queue.push(step.push, sequence++);
        } else {
          naive.sort((a, b) => a.time - b.time || a.sequence - b.sequence);
          expect(queue.nextTime).toBe(naive[0]?.time ?? Number.POSITIVE_INFINITY);
          expect(queue.pop()).toBe(naive.shift()?.sequence);
        }
        expect(queue.size).toBe(naive.length);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});
