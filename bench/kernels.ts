/** The gradient of a block of columns, which training spends its time in, beside plain loops over the same data. */
import type { Examples } from "#tauring/core/index.js";
import { keyListFromNumbers } from "#tauring/core/index.js";
import { type Columns, byColumn } from "#tauring/apps/linear/columns.js";
import { blockGradient } from "#tauring/apps/linear/dbpg/gradient.js";
import { Margins } from "#tauring/apps/linear/margins.js";
import { type BenchOptions, type Figure, benchOptions, interleaved, print, secondsOf } from "./report.ts";

/** Rows of `perRow` features, each anywhere: every access to a row's slope is a miss of the nearer caches. */
function examplesOf(rows: number, features: number, perRow: number): Examples {
  const columns = new Uint32Array(rows * perRow);
  const rowStarts = Uint32Array.from({ length: rows + 1 }, (_, i) => i * perRow);
  // A generator of Lehmer's: quick, and the same on every machine.
  let state = 1;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < perRow; j++) {
      state = (state * 48271) % 2147483647;
      columns[i * perRow + j] = Math.floor(((j + state / 2147483647) * features) / perRow);
    }
  }
  const labels = Int8Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 1 : -1));
  const keys = keyListFromNumbers(Float64Array.from({ length: features }, (_, k) => k));
  return { rows, labels, rowStarts, columns, values: undefined, keys };
}

/** By column, as the kernel's data lies: the same two sums, with the curvature's growth given and nothing filtered. */
function plainColumns(
  { starts, rowOf }: Columns,
  slopes: Float64Array,
  growth: number,
  out: Float64Array,
): void {
  for (let k = 0; k + 1 < starts.length; k++) {
    let g = 0;
    let u = 0;
    for (let e = starts[k]; e < starts[k + 1]; e++) {
      const i = 2 * rowOf[e];
      const curvature = slopes[i + 1] * growth;
      g += slopes[i];
      u += curvature < 0.25 ? curvature : 0.25;
    }
    out[2 * k] = g;
    out[2 * k + 1] = u;
  }
}

/** By row, as data is read: the margin, the slope, and the gradient of every feature. */
function plainRows(examples: Examples, weights: Float32Array, gradient: Float32Array): void {
  const { rowStarts, columns, labels, rows } = examples;
  gradient.fill(0);
  for (let i = 0; i < rows; i++) {
    let margin = 0;
    for (let e = rowStarts[i]; e < rowStarts[i + 1]; e++) margin += weights[columns[e]];
    const slope = -labels[i] / (1 + Math.exp(labels[i] * margin));
    for (let e = rowStarts[i]; e < rowStarts[i + 1]; e++) gradient[columns[e]] += slope;
  }
}

async function gradients(rows: number, features: number, options: BenchOptions): Promise<readonly Figure[]> {
  const perRow = 40;
  const examples = examplesOf(rows, features, perRow);
  const columns = byColumn(examples, 0);
  const margins = new Margins(columns, false);
  const deltas = new Float64Array(features).fill(1);
  const active = new Uint8Array(features).fill(1);
  const out = new Float64Array(2 * features);
  const slopes = Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 0.5 : 0.25));
  const weights = new Float32Array(features);
  const gradient = new Float32Array(features);
  const milliseconds = options.isQuick ? 1 : 100;
  const millions = (run: () => void) => () => (rows * perRow) / 1e6 / secondsOf(milliseconds, run);
  const speeds = await interleaved(options.isQuick ? 1 : 7, {
    columns: millions(() => plainColumns(columns, slopes, Math.E, out)),
    rows: millions(() => plainRows(examples, weights, gradient)),
    kernel: millions(() => blockGradient(margins, 0, { deltas, active }, out)),
  });
  const what = `gradient, ${features} features, ${rows} rows, ${perRow} non-zeros a row`;
  const unit = "M non-zeros/s";
  const goal = { atLeast: 0.8 };
  return [
    {
      what,
      value: speeds.kernel,
      unit,
      against: { what: "plain loop by column", value: speeds.columns },
      goal,
    },
    { what, value: speeds.kernel, unit, against: { what: "plain loop by row", value: speeds.rows }, goal },
  ];
}

const options = benchOptions();
const scale = options.isQuick ? 100 : 1;
print("kernels", options, [
  ...(await gradients(100_000 / scale, 1_000_000 / scale, options)),
  ...(await gradients(100_000 / scale, 16_000 / scale, options)),
]);
