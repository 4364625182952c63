/** F(w) = sum_i log(1 + exp(-y_i <x_i, w>)) + lambda |w|_1 (+ lambda2 |w|^2 / 2) of the model that the servers hold. */
import type {
  JobOutcome,
  ScheduleReply,
  ScheduleRequest,
  ShareSummary,
  TaskResult,
} from "../../core/index.ts";
import { issueAndWait, statistics } from "../requests.ts";

/** What the results of `finish` say: sums over slots, in slot order. */
export function objectiveOf(results: readonly TaskResult[]): { objective: number; nonzeros: number } {
  let objective = results[0].numbers[1];
  for (const { numbers } of results) objective += numbers[0];
  return { objective, nonzeros: results[0].keys.length / 2 };
}

/** Rows and non-zeros of all shares together. Throws an Error if there are none to learn from. */
export function totalOf(shares: readonly ShareSummary[]): { rows: number; nonzeros: number } {
  let rows = 0;
  let nonzeros = 0;
  for (const share of shares) {
    rows += share.rows;
    nonzeros += share.nonzeros;
  }
  if (nonzeros === 0)
    throw new Error(`the data has ${rows} rows without a single feature: nothing to learn from`);
  return { rows, nonzeros };
}

type Ending = Pick<JobOutcome, "endedBy" | "passes" | "filteredShare" | "chosen">;

/** The end of a job: its objective, afresh, and its model. */
export function* outcome(ending: Ending): Generator<ScheduleRequest, JobOutcome, ScheduleReply> {
  const results = yield* issueAndWait("finish");
  const [{ keys, numbers }] = results;
  const model = { keys, weights: numbers.slice(2) };
  return { ...ending, ...objectiveOf(results), model, nodes: yield* statistics() };
}
