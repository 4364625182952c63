import fc from "fast-check";
import { expect, test } from "vitest";
import type { TaskTime } from "../../../src/core/index.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { StateHistory } from "../../../src/core/server/state-history.ts";
import { SegmentStore } from "../../../src/core/store/segment-store.ts";
import { parameterSpec } from "../../support/jobs.ts";

const all = keyListFromNumbers(Array.from({ length: 10 }, (_, key) => key));

interface Snapshot {
  readonly time: number;
  readonly op: number;
  readonly index: number;
  readonly values: readonly number[];
}

class Model {
  readonly store = new SegmentStore(parameterSpec(), { begin: 0n, end: 100n });
  readonly history = new StateHistory();
  /** Every state that there was, the naive way. */
  readonly snapshots: Snapshot[] = [];
  index = 0;

  apply(time: number, op: number, key: number, value: number): void {
    const mark = { time: time as TaskTime, op };
    const positions = this.store.positionsOf(keyListFromNumbers([key]), "insert");
    this.history.record(mark, positions, this.store, this.token());
    this.store.add(positions, Float64Array.of(value));
    this.index += 1;
    this.history.applied(mark, this.token());
    this.snapshots.push({ time, op, index: this.index, values: this.now() });
  }

  token(): { lineage: number; view: number; index: number } {
    return { lineage: 1, view: 1, index: this.index };
  }

  /** Undefined: it cannot be told. */
  read(time: number, op: number | undefined): { values: readonly number[]; index: number } | undefined {
    const state = this.history.find(time as TaskTime, op, this.token());
    if (state === undefined) return undefined;
    if (state.at === undefined) return { values: this.now(), index: state.token.index };
    const out = new Float64Array(10);
    const positions = this.store.positionsOf(all, "find");
    expect(this.history.undo.gatherAt(this.store, positions, { columns: [0], out }, state.at)).toBe(true);
    return { values: [...out], index: state.token.index };
  }

  /** As the snapshots say. */
  expected(time: number, op: number | undefined): { values: readonly number[]; index: number } {
    const seen = this.snapshots.filter(
      (s) => s.time < time || (s.time === time && op !== undefined && s.op <= op),
    );
    const last = seen.at(-1);
    return last === undefined
      ? { values: new Array(10).fill(0), index: 0 }
      : { values: last.values, index: last.index };
  }

  private now(): readonly number[] {
    const out = new Float64Array(10);
    this.store.gather(this.store.positionsOf(all, "find"), [0], out);
    return [...out];
  }
}

const step = fc.record({
  isNextTime: fc.boolean(),
  key: fc.nat(9),
  value: fc.integer({ min: 1, max: 1000 }),
});

test("[§5] every state of the newest time is told as it was, and so is the one before it", () => {
  let told = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const model = new Model();
      let time = 0;
      let op = 0;
      for (const { isNextTime, key, value } of steps) {
        time += isNextTime ? 2 : 0;
        op = isNextTime ? 0 : op + 1;
        model.apply(time, op, key, value);
        for (let asked = 1; asked <= op; asked++)
          expect(model.read(time, asked)).toEqual(model.expected(time, asked));
        for (const later of [time, time + 1])
          expect(model.read(later, undefined)).toEqual(model.expected(later, undefined));
        for (let older = 0; older < time; older++) {
          const read = model.read(older, undefined);
          if (read === undefined) continue;
          told += 1;
          expect(read).toEqual(model.expected(older, undefined));
        }
      }
    }),
    { seed: 5, numRuns: 100 },
  );
  expect(told).toBeGreaterThan(100);
});

test("after an older time was applied late, nothing of the newest time is told but what comes after it", () => {
  const model = new Model();
  model.apply(2, 0, 1, 1);
  model.apply(4, 0, 1, 10);
  model.apply(3, 0, 1, 100);
  expect(model.read(4, undefined)).toBeUndefined();
  expect(model.read(4, 0)).toBeUndefined();
  expect(model.read(5, undefined)).toMatchObject({ index: 3 });
  model.apply(6, 0, 2, 5);
  expect(model.read(6, undefined)).toMatchObject({ index: 3 });
});
