import fc from "fast-check";
import { expect, test } from "vitest";
import { adagradStep, ftrlStep } from "../../../../src/apps/linear/online/server.ts";
import { taskTime, type UpdateContext } from "../../../../src/core/index.ts";
import { jobSpec } from "../../../support/jobs.ts";

const [alpha, beta, lambda, lambda2] = [0.3, 1.5, 0.2, 0.7];
const job = jobSpec({ options: { solver: "ftrl", alpha, beta, lambda, lambda2 } });
const gradients = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 20 });
const runs = { seed: 5, numRuns: 200 };

/** prox(z, eta) = sign(z) max(|z| - lambda1 eta, 0) / (1 + lambda2 eta) */
function prox(z: number, eta: number): number {
  return (Math.sign(z) * Math.max(Math.abs(z) - lambda * eta, 0)) / (1 + lambda2 * eta);
}

function context(columns: readonly Float64Array[], g: number): UpdateContext {
  const positions = Int32Array.of(1);
  const values = Float64Array.of(g);
  const scalars = new Float64Array(0);
  return { columns, scalars, positions, count: 1, values, time: taskTime(1), argument: [], job };
}

test("[McMahan et al. 2013] FTRL-proximal is the formula, push after push", () => {
  fc.assert(
    fc.property(gradients, (gs) => {
      const columns = [new Float64Array(2), new Float64Array(2), new Float64Array(2)];
      let [w, z, n] = [0, 0, 0];
      for (const g of gs) {
        ftrlStep(context(columns, g));
        const next = Math.sqrt(n ** 2 + g ** 2);
        const sigma = (next - n) / alpha;
        z += g - sigma * w;
        n = next;
        const eta = alpha / (n + beta);
        w = prox(-z * eta, eta);
      }
      [w, z, n].forEach((value, c) => expect(columns[c][1]).toBeCloseTo(value, 12));
      expect(columns.map(([untouched]) => untouched)).toEqual([0, 0, 0]);
    }),
    runs,
  );
});

test("[AdaGrad] the proximal step is the formula, push after push", () => {
  fc.assert(
    fc.property(gradients, (gs) => {
      const columns = [new Float64Array(2), new Float64Array(2)];
      let [w, squares] = [0, 0];
      for (const g of gs) {
        adagradStep(context(columns, g));
        squares += g ** 2;
        const eta = alpha / (Math.sqrt(squares) + beta);
        w = prox(w - eta * g, eta);
      }
      [w, squares].forEach((value, c) => expect(columns[c][1]).toBeCloseTo(value, 12));
    }),
    runs,
  );
});
