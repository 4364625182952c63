/** Delayed block proximal gradient, the scheduler part (OSDI'14 section 5.1, NIPS'14 algorithm 3). */
import { shuffled, type JobSpec, type ParameterSpec, type Schedule } from "../../../core/index.ts";
import type { ShareSummary, TaskResult } from "../../../core/index.ts";
import { issue, issueAndWait, record, report } from "../../requests.ts";
import { outcome } from "../objective.ts";
import { linearOptions } from "../options.ts";
import { Stopping } from "../stopping.ts";
import { equalBlocks } from "./blocks.ts";

export function* scheduleDbpg(
  job: JobSpec,
  shares: readonly ShareSummary[],
  weights: ParameterSpec,
): Schedule {
  const options = linearOptions(job);
  const { lambda, ratio } = options;
  const examples = shares.reduce((sum, share) => sum + share.rows, 0);
  const nonzerosPerRow = shares.reduce((sum, share) => sum + share.nonzeros, 0) / examples;
  const hasFilter = job.pushFilters.some(({ kind }) => kind === "kkt");

  yield* record({ pass: 0 });
  const survey = yield* issueAndWait("survey");
  const blocks = equalBlocks(survey, weights.span, options.blocks ?? Math.ceil(4 * nonzerosPerRow));
  if (weights.layout === "sparse") yield* issueAndWait("declare", [{ parameter: 0, range: weights.span }]);

  const stopping = new Stopping(options, examples * Math.LN2);
  const eta = options.eta ?? etaFor(job.tau ?? Infinity, blocks.length);
  let markBelow = 0;
  let isReset = false;
  for (let pass = 1; ; pass++) {
    const isEveryKeyActive = isReset || markBelow === 0;
    yield* record({ pass, eta, markBelow, isReset });
    for (const b of shuffled(blocks.length, `${job.seed}/pass/${pass}`)) {
      const argument = [eta, markBelow, pass, isEveryKeyActive ? 1 : 0];
      yield* issue({ name: "update", argument, writes: [{ parameter: 0, range: blocks[b] }], after: "tau" });
    }
    const { loss, norm, nonzeros, violation, filteredShare } = evaluation(yield* issueAndWait("evaluate"));
    const objective = loss + lambda * norm;
    yield* report({ pass, objective, nonzeros, filteredShare });

    const isSteady = stopping.isSteady(objective);
    const endedBy = stopping.after(pass, objective, isReset);
    if (endedBy !== undefined) {
      const chosen = { eta, blocks: blocks.length, violation };
      return yield* outcome({ endedBy, passes: pass, filteredShare, chosen });
    }
    isReset = isSteady && !isReset;
    if (hasFilter) markBelow = Math.max(0, lambda - (ratio * violation) / examples);
  }
}

function etaFor(_tau: number, _blockCount: number): number {
  return 0.9;
}

/** What the slots said: each [loss, keys filtered, keys], and slot 0 then what every segment did. */
function evaluation(results: readonly TaskResult[]) {
  const [, , , ...segments] = results[0].numbers;
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const every = (index: number) => segments.filter((_, i) => i % 3 === index);
  const over = (index: number) => sum(results.map(({ numbers }) => numbers[index]));
  return {
    loss: over(0),
    filteredShare: over(1) / over(2),
    norm: sum(every(0)),
    nonzeros: sum(every(1)),
    violation: Math.max(...every(2)),
  };
}
