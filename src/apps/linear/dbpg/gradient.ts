import { exp } from "../../../core/index.ts";
import type { Margins } from "../margins.ts";

/**
 * For each active column k = first + j: the gradient g_k = sum_i x_ik r_i at out[2j], and at out[2j + 1] a bound of the
 * Hessian's diagonal on |dw_k| <= delta_k, u_k = sum_i x_ik^2 min(p_i (1 - p_i) exp(|x_ik| delta_k), 1/4). Returns the
 * non-zeros touched.
 */
export function blockGradient(
  { columns: { starts, rowOf, values }, slopes }: Margins,
  first: number,
  { deltas, active }: { readonly deltas: Float64Array; readonly active: Uint8Array },
  out: Float64Array,
): number {
  let touched = 0;
  for (let j = 0; 2 * j < out.length; j++) {
    const k = first + j;
    if (active[k] === 0) continue;
    const growth = exp(deltas[k]);
    let g = 0;
    let u = 0;
    for (let e = starts[k]; values === undefined && e < starts[k + 1]; e++) {
      const r = slopes[rowOf[e]];
      g += r;
      u += Math.min((Math.abs(r) - r * r) * growth, 0.25);
    }
    for (let e = starts[k]; values !== undefined && e < starts[k + 1]; e++) {
      const x = values[e];
      const r = slopes[rowOf[e]];
      g += x * r;
      u += x * x * Math.min((Math.abs(r) - r * r) * exp(Math.abs(x) * deltas[k]), 0.25);
    }
    out[2 * j] = g;
    out[2 * j + 1] = u;
    touched += starts[k + 1] - starts[k];
  }
  return touched;
}
