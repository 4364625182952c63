/** FTRL-proximal (McMahan et al. 2013) and AdaGrad, as updates that the servers make with each push of a gradient. */
import type { UpdateContext } from "../../../core/index.ts";
import { linearOptions } from "../options.ts";

export function ftrlStep({ columns, positions, count, values, job }: UpdateContext): void {
  const { alpha, beta, lambda, lambda2 } = linearOptions(job);
  const [weights, zs, ns] = columns;
  for (let j = 0; j < count; j++) {
    const k = positions[j];
    const g = values[j];
    const n = Math.sqrt(ns[k] * ns[k] + g * g);
    const sigma = (n - ns[k]) / alpha;
    zs[k] += g - sigma * weights[k];
    ns[k] = n;
    const eta = alpha / (n + beta);
    weights[k] = prox(-zs[k] * eta, lambda * eta, lambda2 * eta);
  }
}

export function adagradStep({ columns, positions, count, values, job }: UpdateContext): void {
  const { alpha, beta, lambda, lambda2 } = linearOptions(job);
  const [weights, squares] = columns;
  for (let j = 0; j < count; j++) {
    const k = positions[j];
    const g = values[j];
    squares[k] += g * g;
    const eta = alpha / (Math.sqrt(squares[k]) + beta);
    weights[k] = prox(weights[k] - eta * g, lambda * eta, lambda2 * eta);
  }
}

/** argmin_w (w - z)^2 / 2 + l1 |w| + l2 w^2 / 2. */
function prox(z: number, l1: number, l2: number): number {
  const size = Math.abs(z) - l1;
  return size <= 0 ? 0 : (Math.sign(z) * size) / (1 + l2);
}
