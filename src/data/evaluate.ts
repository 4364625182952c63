/** What a model is worth on examples: float64 sums in row order. */
import type { Examples, Model } from "../core/index.ts";

export interface Evaluation {
  readonly rows: number;
  readonly positives: number;
  /** Share of rows whose label is the margin's sign; a margin of 0 says -1. */
  readonly accuracy: number;
  /** Area under the ROC curve, ties counted half; undefined without rows of both labels. */
  readonly auc: number | undefined;
  /** Mean of log(1 + exp(-y margin)). */
  readonly logLoss: number;
  /** The sum of the same: the objective is this plus lambda times `l1Norm`. */
  readonly lossSum: number;
  /** Sum of the absolute weights, those of features that the examples lack included. */
  readonly l1Norm: number;
  /** Weights that are not 0. */
  readonly nonzeros: number;
}

export function evaluate(model: Model, examples: Examples): Evaluation {
  const { rows, labels } = examples;
  const margins = marginsOf(model, examples);
  let positives = 0;
  let correct = 0;
  let lossSum = 0;
  for (let i = 0; i < rows; i++) {
    const isPositive = labels[i] === 1;
    if (isPositive) positives++;
    if (margins[i] > 0 === isPositive) correct++;
    lossSum += logisticLoss(isPositive ? margins[i] : -margins[i]);
  }
  let l1Norm = 0;
  let nonzeros = 0;
  for (const weight of model.weights) {
    l1Norm += Math.abs(weight);
    if (weight !== 0) nonzeros++;
  }
  return {
    rows,
    positives,
    accuracy: rows === 0 ? 0 : correct / rows,
    auc: areaUnderCurve(margins, labels, positives),
    logLoss: rows === 0 ? 0 : lossSum / rows,
    lossSum,
    l1Norm,
    nonzeros,
  };
}

/** The objective of L1 logistic regression, F(w) = sum of losses + lambda |w|_1. */
export function objective(evaluation: Evaluation, lambda: number): number {
  return evaluation.lossSum + lambda * evaluation.l1Norm;
}

function marginsOf(model: Model, examples: Examples): Float64Array {
  const { rows, rowStarts, columns, values } = examples;
  const weights = weightsOf(model, examples.keys.pairs);
  const margins = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let margin = 0;
    if (values === undefined) {
      for (let entry = rowStarts[i]; entry < rowStarts[i + 1]; entry++) margin += weights[columns[entry]];
    } else {
      for (let entry = rowStarts[i]; entry < rowStarts[i + 1]; entry++) {
        margin += values[entry] * weights[columns[entry]];
      }
    }
    margins[i] = margin;
  }
  return margins;
}

/** The model's weight of each of these ascending keys: one pass over both lists. */
function weightsOf(model: Model, pairs: Uint32Array): Float64Array {
  const count = pairs.length / 2;
  const weights = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const low = pairs[2 * i];
    const high = pairs[2 * i + 1];
    while (at < model.weights.length && isBelow(model.keys[2 * at], model.keys[2 * at + 1], low, high)) at++;
    const isSame = at < model.weights.length && model.keys[2 * at] === low && model.keys[2 * at + 1] === high;
    if (isSame) weights[i] = model.weights[at];
  }
  return weights;
}

function isBelow(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  return high < otherHigh || (high === otherHigh && low < otherLow);
}

/** log(1 + exp(-m)) without overflow. */
function logisticLoss(margin: number): number {
  return margin > 0 ? Math.log1p(Math.exp(-margin)) : -margin + Math.log1p(Math.exp(margin));
}

/** The share of (positive, negative) pairs in which the positive has the higher margin, equal ones counted half. */
function areaUnderCurve(margins: Float64Array, labels: Int8Array, positives: number): number | undefined {
  const negatives = margins.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  const high = new Float64Array(positives);
  const low = new Float64Array(negatives);
  let h = 0;
  let l = 0;
  for (let i = 0; i < margins.length; i++) {
    if (labels[i] === 1) high[h++] = margins[i];
    else low[l++] = margins[i];
  }
  high.sort();
  low.sort();
  let below = 0;
  let through = 0;
  let won = 0;
  for (const margin of high) {
    while (below < negatives && low[below] < margin) below++;
    while (through < negatives && low[through] <= margin) through++;
    won += below + (through - below) / 2;
  }
  return won / (positives * negatives);
}
