/** G11: whatever a request says, the server answers it, holds it within its limits, or refuses it by name. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { FunctionContext, Message, NodeId, Slot, TaskTime } from "../../../src/core/index.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { arbitraryMessages } from "../message/arbitrary-message.ts";
import { OneServer, outcomes } from "./one-server.ts";

const fields = [
  "part",
  "epoch",
  "slots",
  "argument",
  "recordHash",
  "keys",
  "values",
  "after",
  "range",
  "base",
  "function",
];

/** A message of which some fields are those of another. */
const mixed = fc.constantFrom("push" as const, "pull" as const, "call" as const).chain((type) =>
  fc.record({
    type: fc.constant(type),
    strange: arbitraryMessages[type] as fc.Arbitrary<Message>,
    taken: fc.subarray(fields, { maxLength: 3 }),
    slot: fc.nat(2),
    time: fc.nat(5),
    isWrite: fc.boolean(),
  }),
);

test.each([0, 4])(
  "no request crashes a server with tau = %i, and those that are well keep being served",
  (tau) => {
    const seen = new Map<string, number>();
    const norm = ({ rowBegin, rowEnd }: FunctionContext): Float64Array => Float64Array.of(rowEnd - rowBegin);
    fc.assert(
      fc.property(fc.array(mixed, { minLength: 5, maxLength: 30 }), (requests) => {
        const one = new OneServer({ job: { tau, slotCount: 3 }, application: { functions: { norm } } });
        for (const { type, strange, taken, slot, time, isWrite } of requests) {
          const message: Record<string, unknown> = { ...wellFormed(one, type, { slot, time, isWrite }) };
          for (const field of taken) {
            if (!(field in message)) continue;
            const value = (strange as unknown as Record<string, unknown>)[field];
            message[field] = field === "part" ? { ...(value as object), parameter: 0, segment: 0 } : value;
          }
          // The decoder gives a pull one of the two.
          if (message.keys !== undefined) message.range = undefined;
          else message.range ??= { begin: 0n, end: 100n };
          const before = one.shell.sent.length;
          one.server.received("worker-0" as NodeId, message as unknown as Message);
          for (const outcome of outcomes(one.shell.sent.slice(before).map((sent) => sent.message))) {
            seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
          }
        }
        expect(one.shell.failures).toEqual([]);
        const epoch = Number.MAX_SAFE_INTEGER;
        const late = { slot: 0, time: Number.MAX_SAFE_INTEGER - 1, keys: [3], values: [1] };
        const fine = { epoch, recordHash: "late", slots: [0 as Slot] };
        // With tau = 0 it may have to wait for others; a pull does not.
        if (tau > 0) expect(outcomes(one.push(late, fine))).toContain("pushed");
        expect(outcomes(one.pull([3]))).toEqual(["pulled"]);
      }),
      { seed: 11, numRuns: 150 },
    );
    for (const outcome of ["pushed", "pulled", "called", "invalid", "conflict", "unknown-keys"]) {
      expect(seen.get(outcome) ?? 0, outcome).toBeGreaterThan(5);
    }
  },
);

function wellFormed(
  one: OneServer,
  type: "push" | "pull" | "call",
  { slot, time, isWrite }: { readonly slot: number; readonly time: number; readonly isWrite: boolean },
): Message {
  const push = one.pushOf({ slot, time, keys: [1, 2], values: [1, 2] }, { slots: [slot as Slot] });
  if (type === "push") return push;
  const pull = one.pullOf(keyListFromNumbers([1, 2]), { time: time as TaskTime });
  if (type === "pull") return pull;
  const { part, view, epoch, slots, recordHash, floor } = push;
  const own = { part: { ...part, op: 1 }, view, epoch, slots, recordHash, floor };
  const range = { begin: 0n, end: 100n };
  return { type, ...own, function: "norm", range, argument: new Float64Array(0), isWrite, after: pull.after };
}
