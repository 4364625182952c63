import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LossyState } from "../../../src/core/filters/lossy-state.ts";
import { encodePush } from "../../../src/core/filters/push-filters.ts";
import { decodeValues } from "../../../src/core/filters/rows.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { parameter } from "../store/parameters.ts";
import { identity } from "./stacks.ts";

const threshold = 4;
const spec = parameter({
  pushWidth: 2,
  pushFilters: [{ kind: "significantly-modified", threshold, decay: 0 }],
});
const keySet = fc.uniqueArray(fc.nat(20), { maxLength: 12 }).map((keys) => keys.sort((a, b) => a - b));
/** A push, and after how many more pushes it ends, and how. */
const push = fc.record({
  keys: keySet,
  values: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 24, maxLength: 24 }),
  lasts: fc.nat(3),
  isFinished: fc.boolean(),
});
const all = keyListFromNumbers([...Array(21).keys()]);

test("what finished pushes meant is what they sent plus the residual; abandoned ones left no trace", () => {
  let withheld = 0;
  fc.assert(
    fc.property(fc.array(push, { maxLength: 20 }), (pushes) => {
      const state = new LossyState(spec);
      const meant = new Float64Array(42);
      const sent = new Float64Array(42);
      const ends: { at: number; end: () => void }[] = [];
      pushes.forEach(({ keys, values, lasts, isFinished }, time) => {
        for (const ending of ends.filter(({ at }) => at === time)) ending.end();
        const list = keyListFromNumbers(keys);
        const rows = Float64Array.from(values.slice(0, 2 * keys.length));
        const request = { spec, jobSeed: "s", identity: identity(time), keys: list, active: undefined };
        const encoded = encodePush({ ...request, values: rows.slice() }, state);
        const decoded = new Float64Array(rows.length);
        withheld += keys.length - decodeValues(encoded, decoded);
        const end = (): void => {
          if (!isFinished) {
            state.abandon(identity(time));
            return;
          }
          state.commit(identity(time));
          keys.forEach((key, j) => {
            for (const c of [0, 1]) {
              meant[2 * key + c] += rows[2 * j + c];
              sent[2 * key + c] += decoded[2 * j + c];
            }
          });
        };
        ends.push({ at: time + lasts, end });
        if (lasts === 0) end();
      });
      for (const { at, end } of ends) if (at >= pushes.length) end();
      const residual = state.residual(all);
      expect([...meant].map((value, i) => value - sent[i])).toEqual([...residual].map((value) => value + 0));
    }),
    { seed: 31, numRuns: 300 },
  );
  expect(withheld).toBeGreaterThan(1000);
});

test("one push at a time, what was not sent never exceeds the threshold", () => {
  fc.assert(
    fc.property(fc.array(push, { maxLength: 30 }), (pushes) => {
      const state = new LossyState(spec);
      pushes.forEach(({ keys, values }, time) => {
        const list = keyListFromNumbers(keys);
        const rows = Float64Array.from(values.slice(0, 2 * keys.length));
        const request = { spec, jobSeed: "s", identity: identity(time), keys: list, active: undefined };
        encodePush({ ...request, values: rows }, state);
        state.commit(identity(time));
        for (const residual of state.residual(all)) expect(Math.abs(residual)).toBeLessThanOrEqual(threshold);
      });
    }),
    { seed: 32, numRuns: 100 },
  );
});

test("a residual grows until it is sent, and later thresholds are lower", () => {
  const falling = parameter({ pushFilters: [{ kind: "significantly-modified", threshold: 4, decay: 1 }] });
  const state = new LossyState(falling);
  const keys = keyListFromNumbers([7]);
  const sent = [0, 1, 2].map((time) => {
    const request = { spec: falling, jobSeed: "s", identity: identity(time), keys, active: undefined };
    const encoded = encodePush({ ...request, values: Float64Array.of(0.75) }, state);
    state.commit(identity(time));
    return [...encoded.data];
  });
  // Thresholds 4, 2, 4/3 against 0.75, 1.5, 2.25.
  expect(sent).toEqual([[], [], [2.25]]);
  expect([...state.residual(keys)]).toEqual([0]);
});

test("a row that KKT left out neither sends its residual along nor adds to it", () => {
  const stack = parameter({
    pushFilters: [{ kind: "kkt" }, { kind: "significantly-modified", threshold: 4, decay: 0 }],
  });
  const state = new LossyState(stack);
  const keys = keyListFromNumbers([7]);
  const residuals = [1, 0, 0].map((isActive, time) => {
    const request = { spec: stack, jobSeed: "s", identity: identity(time), keys };
    encodePush({ ...request, values: Float64Array.of(3 + time), active: Uint8Array.of(isActive) }, state);
    state.commit(identity(time));
    return state.residual(keys)[0];
  });
  expect(residuals).toEqual([3, 3, 3]);
});
