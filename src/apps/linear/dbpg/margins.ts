/** The margins of a share's rows and what follows from them: the loops that a pass spends its time in. */
import type { Columns } from "../columns.ts";
import { exp } from "../exp-log.ts";

/**
 * Margins m_i = <x_i, w> are exact: weights are multiples of 2^-24, features of 2^-20, and with `isExact` (tau = 0)
 * a sum of 2^9 or more is refused. So they are a function of the weights, in whatever order these changed.
 */
export class Margins {
  readonly columns: Columns;
  readonly margins: Float64Array;
  /** Row i: r_i = -y_i p_i and q_i = p_i (1 - p_i) with p_i = 1 / (1 + exp(y_i m_i)), side by side in one line of cache. */
  readonly slopes: Float64Array;
  private readonly limit: number;
  private readonly changed: Uint32Array;
  private readonly isChanged: Uint8Array;
  private changedCount = 0;

  constructor(columns: Columns, isExact: boolean) {
    this.columns = columns;
    this.limit = isExact ? 2 ** 9 : Infinity;
    this.margins = new Float64Array(columns.rows);
    this.slopes = new Float64Array(2 * columns.rows);
    this.changed = Uint32Array.from({ length: columns.rows }, (_, i) => i);
    this.isChanged = new Uint8Array(columns.rows);
    this.changedCount = columns.rows;
    this.settle();
  }

  /** The weight of column k changed. Returns the non-zeros touched. */
  add(k: number, change: number): number {
    const { margins, changed, isChanged, limit } = this;
    const { starts, rowOf, values } = this.columns;
    let count = this.changedCount;
    for (let e = starts[k]; e < starts[k + 1]; e++) {
      const i = rowOf[e];
      const margin = margins[i] + (values === undefined ? change : values[e] * change);
      if (!(Math.abs(margin) < limit)) throw new Error(marginError(i, margin, limit));
      margins[i] = margin;
      if (isChanged[i] === 0) {
        isChanged[i] = 1;
        changed[count++] = i;
      }
    }
    this.changedCount = count;
    return starts[k + 1] - starts[k];
  }

  /** Recomputes the slopes of the rows that changed. */
  settle(): void {
    const { margins, slopes, changed, isChanged } = this;
    const { labels } = this.columns;
    for (let j = 0; j < this.changedCount; j++) {
      const i = changed[j];
      isChanged[i] = 0;
      const p = 1 / (1 + exp(labels[i] * margins[i]));
      slopes[2 * i] = -labels[i] * p;
      slopes[2 * i + 1] = p * (1 - p);
    }
    this.changedCount = 0;
  }
}

function marginError(row: number, margin: number, limit: number): string {
  return `row ${row} of the share: its margin ${margin} is not below ${limit}; scale the features down, or use tau > 0`;
}

/**
 * For each active column k = first + j, the gradient g_k = sum_i x_ik r_i at out[2j] and a bound of the diagonal Hessian on
 * |dw_k| <= delta_k, u_k = sum_i x_ik^2 min(q_i exp(|x_ik| delta_k), 1/4), at out[2j + 1]. Returns the non-zeros touched.
 */
export function blockGradient(
  { columns, slopes }: Margins,
  first: number,
  { deltas, active }: { readonly deltas: Float64Array; readonly active: Uint8Array },
  out: Float64Array,
): number {
  const { starts, rowOf, values } = columns;
  let touched = 0;
  for (let j = 0; j < active.length; j++) {
    if (active[j] === 0) continue;
    const k = first + j;
    const end = starts[k + 1];
    const growth = exp(deltas[k]);
    let g = 0;
    let u = 0;
    for (let e = starts[k]; e < end; e++) {
      const i = 2 * rowOf[e];
      if (values === undefined) {
        const curvature = slopes[i + 1] * growth;
        g += slopes[i];
        u += curvature < 0.25 ? curvature : 0.25;
      } else {
        const x = values[e];
        const curvature = slopes[i + 1] * exp(Math.abs(x) * deltas[k]);
        g += x * slopes[i];
        u += x * x * (curvature < 0.25 ? curvature : 0.25);
      }
    }
    out[2 * j] = g;
    out[2 * j + 1] = u;
    touched += end - starts[k];
  }
  return touched;
}
