import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyListFromNumbers, type Examples, type Model } from "../../src/core/index.ts";
import { evaluate, loadShareSync, objective } from "../../src/data/index.ts";

function examplesOf(
  rows: readonly { readonly label: number; readonly values: readonly number[] }[],
): Examples {
  const width = rows[0]?.values.length ?? 0;
  return {
    rows: rows.length,
    labels: Int8Array.from(rows, ({ label }) => label),
    rowStarts: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i * width),
    columns: Uint32Array.from({ length: rows.length * width }, (_, e) => e % width),
    values: Float64Array.from(rows.flatMap(({ values }) => values)),
    keys: keyListFromNumbers(Array.from({ length: width }, (_, i) => 10 * (i + 1))),
  };
}

function modelOf(weights: readonly (readonly [key: number, weight: number])[]): Model {
  return {
    keys: keyListFromNumbers(weights.map(([key]) => key)).pairs,
    weights: Float64Array.from(weights, ([, weight]) => weight),
  };
}

const row = fc.record({
  label: fc.constantFrom(1, -1),
  values: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 2 }),
});

test("every figure is what the definition says", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.integer(), fc.integer(), (rows, a, b) => {
      const [w1, w2] = [(a % 8) / 4, (b % 8) / 4];
      const margins = rows.map(({ values }) => w1 * values[0] + w2 * values[1]);
      const positives = margins.filter((_, i) => rows[i].label === 1);
      const negatives = margins.filter((_, i) => rows[i].label === -1);
      const pairs = positives.flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0) as number));
      const losses = margins.map((margin, i) => Math.log1p(Math.exp(-rows[i].label * margin)));
      const lossSum = losses.reduce((sum, loss) => sum + loss, 0);
      // Keys 5 and 99 do not occur in the examples.
      const model = modelOf([
        [5, 7],
        [10, w1],
        [20, w2],
        [99, -1],
      ]);
      const result = evaluate(model, examplesOf(rows));
      expect(result.positives).toBe(positives.length);
      expect(result.accuracy).toBeCloseTo(
        margins.filter((margin, i) => (margin > 0 ? 1 : -1) === rows[i].label).length / rows.length,
        12,
      );
      if (pairs.length === 0) expect(result.auc).toBeUndefined();
      else expect(result.auc).toBeCloseTo(pairs.reduce((sum, won) => sum + won, 0) / pairs.length, 12);
      expect(result.lossSum).toBeCloseTo(lossSum, 9);
      expect(result.logLoss).toBeCloseTo(lossSum / rows.length, 9);
      expect(result.l1Norm).toBeCloseTo(8 + Math.abs(w1) + Math.abs(w2), 12);
      expect(objective(result, 2)).toBeCloseTo(lossSum + 2 * (8 + Math.abs(w1) + Math.abs(w2)), 9);
    }),
    { seed: 9, numRuns: 500 },
  );
});

test("far margins neither overflow nor vanish", () => {
  const far = examplesOf([
    { label: 1, values: [-1e6, 0] },
    { label: -1, values: [-1e6, 0] },
  ]);
  const result = evaluate(modelOf([[10, 1]]), far);
  expect(result.lossSum).toBe(1e6);
});

test("no weights cost rows times log 2 and find nothing, on real data", () => {
  const path = join(import.meta.dirname, "../../data/a9a.test.svm.gz");
  const { examples } = loadShareSync({ paths: [path], format: "libsvm", badLines: "fail" }, 0, 1);
  const result = evaluate(modelOf([]), examples);
  expect(result.lossSum).toBeCloseTo(16_281 * Math.LN2, 6);
  expect(result).toMatchObject({ auc: 0.5, nonzeros: 0, l1Norm: 0, accuracy: 1 - 3846 / 16_281 });
});
