/**
 * Synthetic data for L1 logistic regression, frozen: the same options give the same bytes for ever (a test pins their
 * sha256), so that results on it can be compared between machines, versions and solvers. docs/data.md describes it.
 */
import seedrandom from "seedrandom";

export interface SyntheticOptions {
  readonly rows: number;
  /** Features are 1 to this. */
  readonly features: number;
  /** Of all rows together. */
  readonly nonzeros: number;
  readonly seed: string;
}

// Part of the format, as Zipf's exponent of 1 is: changing one makes another data set.
/** Share of features with a weight in the truth. */
const truthDensity = 0.05;
/** Probability that a label is turned. */
const labelNoise = 0.1;

const chunkBytes = 1024 * 1024;
const space = 32;
const newline = 10;
const zero = 48;
const colon = 58;

/** The data as libsvm text in chunks; each is good until the next is asked for. */
export function* syntheticChunks(options: SyntheticOptions): Generator<Uint8Array> {
  check(options);
  const { rows, features, nonzeros, seed } = options;
  const lengths = seedrandom.alea(`${seed}/lengths`);
  const labels = seedrandom.alea(`${seed}/labels`);
  const draw = zipfSampler(features, seedrandom.alea(`${seed}/features`));
  const truth = sparseTruth(features, seedrandom.alea(`${seed}/truth`));
  /** The last row, from 1, that has the feature. */
  const lastRow = new Int32Array(features + 1);
  const row = new Int32Array(features);
  let text = new Uint8Array(chunkBytes);
  let length = 0;
  let left = nonzeros;
  for (let i = 1; i <= rows; i++) {
    const count = rowLength(left, rows - i + 1, features, lengths());
    left -= count;
    let margin = 0;
    for (let j = 0; j < count; ) {
      const feature = draw();
      if (lastRow[feature] === i) continue;
      lastRow[feature] = i;
      row[j] = feature;
      j++;
    }
    const chosen = row.subarray(0, count).sort();
    for (let j = 0; j < count; j++) margin += truth[chosen[j]];
    const isPositive = (margin === 0 ? labels() < 0.5 : margin > 0) !== labels() < labelNoise;
    const rowBytesMax = 4 + 13 * count;
    if (length + rowBytesMax > text.length) {
      yield text.subarray(0, length);
      if (rowBytesMax > text.length) text = new Uint8Array(rowBytesMax);
      length = 0;
    }
    length = writeRow(text, length, chosen, isPositive);
  }
  if (length > 0) yield text.subarray(0, length);
}

function check({ rows, features, nonzeros }: SyntheticOptions): void {
  const atLeast = (name: string, value: number, least: number, most: number): void => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return;
    throw new Error(`${name}: expected an integer from ${least} to ${most}, found ${value}`);
  };
  atLeast("rows", rows, 1, 2 ** 31 - 2);
  atLeast("features", features, 2, 2 ** 27);
  // Up to half of the features a row: the features of a row are distinct, and drawn until they are.
  atLeast("nonzeros", nonzeros, rows, rows * Math.floor(features / 2));
}

/** Uniform from half to one and a half times the mean of what is left, so that the sum comes out exactly. */
function rowLength(left: number, rowsLeft: number, features: number, unit: number): number {
  if (rowsLeft === 1) return left;
  const mean = left / rowsLeft;
  const wanted = Math.round(mean * (0.5 + unit));
  // Every row has a feature, none has more than there are, and the rows that follow can take the rest.
  const least = Math.max(1, left - (rowsLeft - 1) * features);
  const most = Math.min(features, left - (rowsLeft - 1));
  return Math.min(most, Math.max(least, wanted));
}

/**
 * Draws feature r with a probability proportional to 1/r, by the alias method (Vose): one draw, one comparison. Only
 * + - * / are used, so every engine agrees.
 */
function zipfSampler(features: number, unit: () => number): () => number {
  let total = 0;
  for (let r = 1; r <= features; r++) total += 1 / r;
  const share = new Float64Array(features);
  const alias = new Int32Array(features);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < features; i++) {
    share[i] = features / ((i + 1) * total);
    (share[i] < 1 ? small : large).push(i);
  }
  while (small.length > 0 && large.length > 0) {
    const less = small.pop() as number;
    const more = large[large.length - 1];
    alias[less] = more;
    share[more] = share[more] + share[less] - 1;
    if (share[more] < 1) small.push(large.pop() as number);
  }
  // What is left over is 1 but for rounding.
  for (const i of [...small, ...large]) share[i] = 1;
  return () => {
    const place = unit() * features;
    const i = Math.floor(place);
    return (place - i < share[i] ? i : alias[i]) + 1;
  };
}

/** Weights by feature: zero for most, else about normal (a sum of 12 uniforms) with variance 1. */
function sparseTruth(features: number, unit: () => number): Float64Array {
  const truth = new Float64Array(features + 1);
  for (let feature = 1; feature <= features; feature++) {
    if (unit() >= truthDensity) continue;
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += unit();
    truth[feature] = sum;
  }
  return truth;
}

function writeRow(text: Uint8Array, begin: number, features: Int32Array, isPositive: boolean): number {
  let at = begin;
  text[at++] = isPositive ? 43 : 45;
  text[at++] = zero + 1;
  for (let j = 0; j < features.length; j++) {
    text[at++] = space;
    const feature = features[j];
    let size = 1;
    for (let rest = feature; rest >= 10; rest = (rest / 10) | 0) size++;
    for (let rest = feature, k = at + size - 1; k >= at; k--, rest = (rest / 10) | 0) {
      text[k] = zero + (rest % 10);
    }
    at += size;
    text[at++] = colon;
    text[at++] = zero + 1;
  }
  text[at++] = newline;
  return at;
}
