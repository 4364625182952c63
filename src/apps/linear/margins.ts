/** The margins of a share's rows, and the slopes of the loss that follow from them. */
import { exp, log } from "../../core/index.ts";
import type { Columns } from "./columns.ts";
import { logistic } from "./logistic.ts";

/**
 * Margins m_i = <x_i, w> are exact: weights are multiples of 2^-24, features of 2^-20, and with `isExact` (tau = 0)
 * a margin of 2^9 or more is refused. So they are a function of the weights, in whatever order these changed.
 */
export class Margins {
  readonly columns: Columns;
  readonly margins: Float64Array;
  /**
   * r_i = -y_i p_i with p_i = 1 / (1 + exp(y_i m_i)). The curvature p_i (1 - p_i) is |r_i| - r_i^2: made again for each
   * non-zero, it costs less than the cache that it would fill.
   */
  readonly slopes: Float64Array;
  /** 1 for a label of +1, else 0: r_i is the logistic function of m_i less this. */
  private readonly targets: Uint8Array;
  private readonly limit: number;

  constructor(columns: Columns, isExact: boolean) {
    this.columns = columns;
    this.limit = isExact ? 2 ** 9 : Infinity;
    this.margins = new Float64Array(columns.rows);
    this.targets = Uint8Array.from(columns.labels, (label) => (label > 0 ? 1 : 0));
    this.slopes = Float64Array.from(this.targets, (target) => 0.5 - target);
  }

  /** The weight of column k changed. Returns the non-zeros touched. */
  add(k: number, change: number): number {
    const { margins, slopes, targets, limit } = this;
    const { starts, rowOf, values } = this.columns;
    const end = starts[k + 1];
    for (let e = starts[k]; values === undefined && e < end; e++) {
      const i = rowOf[e];
      const margin = margins[i] + change;
      if (!(Math.abs(margin) < limit)) throw new Error(this.tooLarge(i, margin));
      margins[i] = margin;
      slopes[i] = logistic(margin) - targets[i];
    }
    for (let e = starts[k]; values !== undefined && e < end; e++) {
      const i = rowOf[e];
      const margin = margins[i] + values[e] * change;
      if (!(Math.abs(margin) < limit)) throw new Error(this.tooLarge(i, margin));
      margins[i] = margin;
      slopes[i] = logistic(margin) - targets[i];
    }
    return end - starts[k];
  }

  private tooLarge(row: number, margin: number): string {
    const { slot } = this.columns;
    const wanted = this.limit === Infinity ? "finite" : `below ${this.limit}, as tau = 0 wants it`;
    return `slot ${slot}, row ${row + 1} of its share: the margin ${margin} is not ${wanted}; smaller features would do`;
  }

  /** The share's part of the loss, in row order. */
  loss(): number {
    const { margins } = this;
    const { labels } = this.columns;
    let loss = 0;
    let product = 1;
    for (let i = 0; i < margins.length; i++) {
      const margin = labels[i] * margins[i];
      if (margin < 0) loss -= margin;
      // One logarithm for many rows: each factor is at most 2.
      product *= 1 + exp(-Math.abs(margin));
      if (product > 1e200) {
        loss += log(product);
        product = 1;
      }
    }
    return loss + log(product);
  }
}
