/** Delayed block proximal gradient, the server part (OSDI'14 section 5.1, NIPS'14 algorithm 3). */
import type { FunctionContext, UpdateContext } from "../../../core/index.ts";
import { linearOptions } from "../options.ts";

/** Weights are multiples of 2^-24, so that margins and |w|_1 are exact sums in whatever order they are taken. */
const weightGrid = 2 ** 24;

/** A proximal step of each key of a block, from the sums (G, U) of (g, u) over all slots. */
export function proximalStep(update: UpdateContext): void {
  const { columns, scalars, positions, count, values, argument, job } = update;
  if (argument.length === 0) return; // Keys are only declared.
  const [eta, markBelow, pass] = argument;
  const { lambda, deltaMax } = linearOptions(job);
  const [weights, deltas, marks] = columns;
  let violation = scalars[1] === pass ? scalars[0] : 0;
  for (let j = 0; j < count; j++) {
    const k = positions[j];
    const w = weights[k];
    const G = values[2 * j];
    const s = values[2 * j + 1] / eta + 1e-10;
    // The KKT filter: the gradient is well inside [-lambda, lambda], so the weight stays 0.
    const isMarked = w === 0 && Math.abs(G) < markBelow;
    marks[k] = isMarked ? 1 : 0;
    if (w === 0 && !isMarked) violation = Math.max(violation, Math.abs(G) - lambda);
    let d = -w;
    if (G + lambda <= s * w) d = -(G + lambda) / s;
    else if (G - lambda >= s * w) d = -(G - lambda) / s;
    d = isMarked ? 0 : Math.max(-deltas[k], Math.min(d, deltas[k]));
    weights[k] = Math.round((w + d) * weightGrid) / weightGrid;
    deltas[k] = Math.min(deltaMax, 2 * Math.abs(weights[k] - w) + 0.1);
  }
  scalars[0] = violation;
  scalars[1] = pass;
}

/** Of a segment: |w|_1, the non-zeros, and the largest violation of the KKT conditions that the last pass met. */
export function summary({ columns, scalars, rowBegin, rowEnd }: FunctionContext): Float64Array {
  const weights = columns[0];
  let norm = 0;
  let nonzeros = 0;
  for (let k = rowBegin; k < rowEnd; k++) {
    norm += Math.abs(weights[k]);
    if (weights[k] !== 0) nonzeros++;
  }
  return Float64Array.of(norm, nonzeros, scalars[0]);
}
