import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byColumn } from "../../../../src/apps/linear/columns.ts";
import { blockGradient } from "../../../../src/apps/linear/dbpg/gradient.ts";
import { proximalStep, summary } from "../../../../src/apps/linear/dbpg/server.ts";
import { Margins } from "../../../../src/apps/linear/margins.ts";
import { keyAt, taskTime } from "../../../../src/core/index.ts";
import { examplesOf, type Row } from "../../../support/examples.ts";
import { jobSpec } from "../../../support/jobs.ts";

const runs = { seed: 7, numRuns: 200 };

const weight = fc.integer({ min: -(2 ** 26), max: 2 ** 26 }).map((n) => n / 2 ** 24);
const row = (value: fc.Arbitrary<number>): fc.Arbitrary<Row> =>
  fc.record({
    label: fc.constantFrom<1 | -1>(1, -1),
    features: fc
      .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), value), {
        selector: ([key]) => key,
        maxLength: 6,
      })
      .map((features) => features.sort((a, b) => a[0] - b[0])),
  });
const ones = fc.array(row(fc.constant(1)), { maxLength: 20 });
const valued = fc.array(row(fc.integer({ min: -40, max: 40 }).map((n) => n / 16)), { maxLength: 20 });

describe("[OSDI'14 5.1] the worker's block gradient is the formula, written out", () => {
  test.each([
    ["all ones", ones],
    ["other values", valued],
  ])("%s", (_, someRows) => {
    const perKey = fc.array(
      fc.record({ w: weight, delta: fc.double({ min: 0.1, max: 5, noNaN: true }), isActive: fc.boolean() }),
      {
        minLength: 10,
        maxLength: 10,
      },
    );
    fc.assert(
      fc.property(someRows, perKey, fc.integer({ min: 0, max: 3 }), (rows, keys, skipped) => {
        const examples = examplesOf(rows);
        const columns = byColumn(examples, 0);
        const keyOf = (k: number) => Number(keyAt(examples.keys.pairs, k));
        const first = Math.min(skipped, columns.columnCount);
        const margins = new Margins(columns, true);
        for (let k = 0; k < columns.columnCount; k++) margins.add(k, keys[keyOf(k)].w);
        const out = new Float64Array(2 * (columns.columnCount - first));
        const deltas = Float64Array.from({ length: columns.columnCount }, (_k, k) => keys[keyOf(k)].delta);
        const active = Uint8Array.from({ length: columns.columnCount }, (_k, k) =>
          keys[keyOf(k)].isActive ? 1 : 0,
        );
        blockGradient(margins, first, { deltas, active }, out);
        for (let k = first; k < columns.columnCount; k++) {
          const { delta, isActive } = keys[keyOf(k)];
          let g = 0;
          let u = 0;
          for (const { label, features } of rows) {
            const x = features.find(([key]) => key === keyOf(k))?.[1] ?? 0;
            const margin = features.reduce((sum, [key, value]) => sum + value * keys[key].w, 0);
            const p = 1 / (1 + Math.exp(label * margin));
            g -= label * x * p;
            u += x * x * Math.min(p * (1 - p) * Math.exp(Math.abs(x) * delta), 0.25);
          }
          expect(out[2 * (k - first)]).toBeCloseTo(isActive ? g : 0, 7);
          expect(out[2 * (k - first) + 1]).toBeCloseTo(isActive ? u : 0, 7);
        }
      }),
      runs,
    );
  });

  test("margins do not depend on the order of the changes, bit for bit", () => {
    fc.assert(
      fc.property(valued, fc.array(fc.tuple(fc.nat(9), weight), { maxLength: 12 }), (rows, changes) => {
        const columns = byColumn(examplesOf(rows), 0);
        const [forward, backward] = [new Margins(columns, true), new Margins(columns, true)];
        const known = changes.filter(([k]) => k < columns.columnCount);
        for (const [k, change] of known) forward.add(k, change);
        for (const [k, change] of known.toReversed()) backward.add(k, change);
        expect(forward.margins).toEqual(backward.margins);
        expect(forward.slopes).toEqual(backward.slopes);
      }),
      runs,
    );
  });

  test("with tau = 0 a margin of 2^9 is refused by name; with a delay only what is not finite", () => {
    const columns = byColumn(examplesOf([{ label: 1, features: [[3, 1]] }]), 4);
    const exact = new Margins(columns, true);
    exact.add(0, 511.5);
    expect(() => exact.add(0, 0.5)).toThrow("slot 4, row 1 of its share: the margin 512 is not below 512");
    const delayed = new Margins(columns, false);
    delayed.add(0, 1e9);
    expect(() => delayed.add(0, Infinity)).toThrow(
      "slot 4, row 1 of its share: the margin Infinity is not finite",
    );
  });
});

describe("[OSDI'14 5.1] the servers' proximal step is the formula, written out", () => {
  const lambda = 0.5;
  const deltaMax = 2;
  const job = jobSpec({ application: "linear", slotCount: 1, options: { lambda, deltaMax }, keyMax: "9" });
  // Without curvature there is no gradient either: such a column has no non-zeros.
  const gradient = fc.oneof(
    fc.constant({ G: 0, U: 0 }),
    fc.record({
      G: fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(0, lambda, -lambda)),
      U: fc.double({ min: 1e-3, max: 10, noNaN: true }),
    }),
  );
  const key = fc.record({
    w: fc.oneof(fc.constant(0), weight),
    delta: fc.double({ min: 0.1, max: 2, noNaN: true }),
    gradient,
  });

  test("weights, trust radii, marks and the largest violation", () => {
    const markBelows = fc.constantFrom(0, 0.2, lambda);
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 12 }),
        markBelows,
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        (keys, markBelow, eta) => {
          const weights = Float64Array.from(keys, ({ w }) => w);
          const deltas = Float64Array.from(keys, ({ delta }) => delta);
          const marks = new Float64Array(keys.length).fill(1);
          const scalars = Float64Array.of(77, 1);
          proximalStep({
            columns: [weights, deltas, marks],
            scalars,
            positions: Int32Array.from(keys, (_, i) => i),
            count: keys.length,
            values: Float64Array.from(keys.flatMap(({ gradient: { G, U } }) => [G, U])),
            time: taskTime(9),
            argument: [eta, markBelow, 2, 0],
            job,
          });
          let violation = 0;
          keys.forEach(({ w, delta, gradient: { G, U } }, k) => {
            const s = U / eta + 1e-10;
            if (w === 0 && Math.abs(G) < markBelow) {
              expect([weights[k], deltas[k], marks[k]]).toEqual([0, 0.1, 1]);
              return;
            }
            if (w === 0) violation = Math.max(violation, -(G + lambda), G - lambda);
            const z = w - G / s;
            const prox = Math.sign(z) * Math.max(Math.abs(z) - lambda / s, 0);
            const d = Math.min(delta, Math.max(-delta, prox - w));
            // On the grid: within half a step of it.
            expect(Number.isInteger(weights[k] * 2 ** 24)).toBe(true);
            expect(Math.abs(weights[k] - (w + d))).toBeLessThanOrEqual(2 ** -25 + 1e-12);
            expect(deltas[k]).toBe(Math.min(deltaMax, 2 * Math.abs(weights[k] - w) + 0.1));
            expect(marks[k]).toBe(0);
          });
          expect(scalars[0]).toBeCloseTo(violation, 12);
          expect(scalars[1]).toBe(2);
        },
      ),
      runs,
    );
  });

  test("within a pass the violation is the largest of its updates; a summary has it beside |w|_1 and the non-zeros", () => {
    const columns = [Float64Array.of(0, 0, -1.5), new Float64Array(3).fill(1), new Float64Array(3)];
    const scalars = new Float64Array(2);
    const step = (k: number, G: number, pass: number) =>
      proximalStep({
        columns,
        scalars,
        positions: Int32Array.of(k),
        count: 1,
        values: Float64Array.of(G, 1),
        time: taskTime(1),
        argument: [1, 0, pass, 1],
        job,
      });
    const summarise = () =>
      summary({
        columns,
        scalars,
        rowBegin: 0,
        rowEnd: 3,
        blockEnds: Int32Array.of(3),
        time: taskTime(2),
        argument: new Float64Array(0),
        job,
      });
    step(0, 0.75, 1);
    step(1, 0.625, 1);
    expect([...summarise()]).toEqual([0.25 + 0.125 + 1.5, 3, 0.25]);
    step(2, 0, 2);
    expect(summarise()[2]).toBe(0);
  });

  test("a declaration of keys changes nothing", () => {
    const columns = [Float64Array.of(0), Float64Array.of(1), Float64Array.of(0)];
    const scalars = new Float64Array(2);
    const positions = Int32Array.of(0);
    proximalStep({
      columns,
      scalars,
      positions,
      count: 1,
      values: new Float64Array(2),
      time: taskTime(1),
      argument: [],
      job,
    });
    expect(columns.map(([value]) => value)).toEqual([0, 1, 0]);
  });
});
