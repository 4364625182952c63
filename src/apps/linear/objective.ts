/** F(w) = sum_i log(1 + exp(-y_i <x_i, w>)) + lambda |w|_1 (+ lambda2 |w|^2 / 2), and the end of a job, which computes it afresh. */
import type {
  JobOutcome,
  JobSpec,
  KeyRange,
  Program,
  ScheduleReply,
  ScheduleRequest,
  TaskResult,
  Values,
} from "../../core/index.ts";
import { issueAndWait, pullRange, statistics } from "../requests.ts";
import { addColumn, type Columns } from "./columns.ts";
import { exp, log } from "./exp-log.ts";
import { linearOptions } from "./options.ts";

/** The share's part of the loss, in row order. */
export function logisticLoss(margins: Float64Array, labels: Int8Array): number {
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

/** Margins of the share's rows under a model given as ascending keys and rows of `width` values, the weight first. */
export function marginsOf(columns: Columns, pairs: Uint32Array, rows: Values): Float64Array {
  const margins = new Float64Array(columns.rows);
  const own = columns.keys.pairs;
  const width = pairs.length === 0 ? 1 : (2 * rows.length) / pairs.length;
  let k = 0;
  for (let j = 0; 2 * j < pairs.length; j++) {
    const low = pairs[2 * j];
    const high = pairs[2 * j + 1];
    while (2 * k < own.length && (own[2 * k + 1] < high || (own[2 * k + 1] === high && own[2 * k] < low)))
      k++;
    if (2 * k === own.length) break;
    if (own[2 * k] === low && own[2 * k + 1] === high) addColumn(columns, k, rows[width * j], margins);
  }
  return margins;
}

/** Every slot: the loss of its share, from the model as the servers hold it. Slot 0 brings the model too. */
export function* finish(job: JobSpec, slot: number, columns: Columns, span: KeyRange): Program {
  const { keys, values } = yield* pullRange(0, span);
  const loss = logisticLoss(marginsOf(columns, keys, values), columns.labels);
  if (slot !== 0) return { numbers: Float64Array.of(loss), keys: new Uint32Array(0) };
  const { lambda, lambda2 } = linearOptions(job);
  const width = keys.length === 0 ? 1 : (2 * values.length) / keys.length;
  const pairs: number[] = [];
  const weights: number[] = [];
  let penalty = 0;
  for (let j = 0; 2 * j < keys.length; j++) {
    const weight = values[width * j];
    if (weight === 0) continue;
    pairs.push(keys[2 * j], keys[2 * j + 1]);
    weights.push(weight);
    penalty += lambda * Math.abs(weight) + 0.5 * lambda2 * weight * weight;
  }
  return { numbers: Float64Array.of(loss, penalty, ...weights), keys: Uint32Array.from(pairs) };
}

type Ending = Pick<JobOutcome, "endedBy" | "passes" | "filteredShare" | "chosen">;

/** What the results of `finish` say: sums over slots in slot order. */
export function objectiveOf(results: readonly TaskResult[]): { objective: number; nonzeros: number } {
  let objective = results[0].numbers[1];
  for (const { numbers } of results) objective += numbers[0];
  return { objective, nonzeros: results[0].keys.length / 2 };
}

/** The scheduler's end of a job. */
export function* outcome(ending: Ending): Generator<ScheduleRequest, JobOutcome, ScheduleReply> {
  const results = yield* issueAndWait("finish");
  const [{ keys, numbers }] = results;
  const model = { keys, weights: numbers.slice(2) };
  return { ...ending, ...objectiveOf(results), model, nodes: yield* statistics() };
}
