import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { taskTime } from "../../../src/core/ids.ts";
import { SegmentStore } from "../../../src/core/store/segment-store.ts";
import { UndoLog, type StateAt } from "../../../src/core/store/undo-log.ts";
import { parameter, span } from "./parameters.ts";

const spec = parameter({
  columns: [
    { name: "w", initial: 0 },
    { name: "delta", initial: 1 },
  ],
  pushWidth: 2,
  pulled: [1, 0],
  scalars: ["v"],
});

const keySet = fc.uniqueArray(fc.nat(30), { maxLength: 12 }).map((keys) => keys.sort((a, b) => a - b));
/** Applications in order: some raise the time, some the op, some neither (another slot's part of the same op). */
const applications = fc.array(
  fc.record({
    keys: keySet,
    raise: fc.constantFrom("time", "op", "nothing"),
    value: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 12 },
);

test("[protocol 5] a state of the newest time reads as it was, whatever was inserted and applied since", () => {
  let compared = 0;
  fc.assert(
    fc.property(applications, keySet, (list, asked) => {
      const store = new SegmentStore(spec, span);
      const log = new UndoLog();
      const all = keyListFromNumbers([...Array(31).keys()]);
      let time = taskTime(3);
      let op = 0;
      /** What a read of everything gave, under the state's name; later applications of an op replace its entry. */
      let states = new Map<number | undefined, number[]>([[undefined, snapshot(store, all)]]);
      for (const { keys, raise, value } of list) {
        if (raise === "time") {
          time = taskTime(time + 2);
          op = 0;
          states = new Map([[undefined, snapshot(store, all)]]);
        } else if (raise === "op") op++;
        const keysList = keyListFromNumbers(keys);
        const positions = store.positionsOf(keysList, "insert");
        log.record({ time, op }, positions, store);
        store.add(positions, new Float64Array(2 * keys.length).fill(value));
        store.scalars[0] += value;
        states.set(op, snapshot(store, all));
      }
      for (const [stateOp, expected] of states) {
        const at: StateAt = { time, op: stateOp };
        const positions = store.positionsOf(all, "find");
        const out = new Float64Array(2 * positions.length);
        expect(log.gatherAt(store, positions, { columns: [1, 0], out }, at)).toBe(true);
        const state = log.stateAt(store, at);
        expect([...out, state?.scalars[0]]).toEqual(expected);
        const whole = [...positions].flatMap((p) =>
          p < 0 ? [1, 0] : [state?.columns[1][p], state?.columns[0][p]],
        );
        expect([...whole, state?.scalars[0]]).toEqual(expected);
        compared++;
      }
      // A part of the keys reads as the same part of the whole.
      const some = store.positionsOf(keyListFromNumbers(asked), "find");
      const out = new Float64Array(2 * some.length);
      log.gatherAt(store, some, { columns: [1, 0], out }, { time, op: undefined });
      expect([...out]).toEqual(
        asked.flatMap((key) => states.get(undefined)?.slice(2 * key, 2 * key + 2) ?? []),
      );
    }),
    { seed: 4, numRuns: 300 },
  );
  expect(compared).toBeGreaterThan(600);
});

test("a state is gone when a later time was applied, and the future reads as the present", () => {
  const store = new SegmentStore(spec, span);
  const log = new UndoLog();
  const positions = store.positionsOf(keyListFromNumbers([1]), "insert");
  log.record({ time: taskTime(5), op: 0 }, positions, store);
  store.add(positions, Float64Array.of(2, 0));
  const out = new Float64Array(1);
  const rows = { columns: [0], out };
  expect(log.gatherAt(store, positions, rows, { time: taskTime(4), op: undefined })).toBe(false);
  expect(log.stateAt(store, { time: taskTime(4), op: 0 })).toBeUndefined();
  expect(log.gatherAt(store, positions, rows, { time: taskTime(6), op: undefined })).toBe(true);
  expect(out[0]).toBe(2);
  expect(log.gatherAt(store, positions, rows, { time: taskTime(5), op: undefined })).toBe(true);
  expect(out[0]).toBe(0);
});

function snapshot(store: SegmentStore, keys: ReturnType<typeof keyListFromNumbers>): number[] {
  const positions = store.positionsOf(keys, "find");
  const out = new Float64Array(2 * positions.length);
  store.gather(positions, [1, 0], out);
  return [...out, store.scalars[0]];
}
