/** Delayed block proximal gradient, the scheduler part (OSDI'14 section 5.1, NIPS'14 algorithm 3). */
import { shuffled, type JobSpec, type ParameterSpec, type Schedule } from "../../../core/index.ts";
import type { ShareSummary, TaskResult } from "../../../core/index.ts";
import { issue, issueAndWait, record, report } from "../../requests.ts";
import { outcome, totalOf } from "../objective.ts";
import { linearOptions } from "../options.ts";
import { Stopping } from "../stopping.ts";
import { equalBlocks } from "./blocks.ts";

export function* scheduleDbpg(
  job: JobSpec,
  shares: readonly ShareSummary[],
  { span, layout }: ParameterSpec,
): Schedule {
  const options = linearOptions(job);
  const { lambda, ratio } = options;
  const { rows, nonzeros } = totalOf(shares);
  const isFiltered = job.pushFilters.some(({ kind }) => kind === "kkt");

  yield* record({ pass: 0 });
  const survey = yield* issueAndWait("survey");
  const blocks = equalBlocks(survey, span, options.blocks ?? Math.ceil((4 * nonzeros) / rows));
  if (layout === "sparse") yield* issueAndWait("declare", [{ parameter: 0, range: span }]);

  const stopping = new Stopping(options, rows * Math.LN2);
  // Of a row's non-zeros, those that change without knowing of each other; they may well point the same way.
  const atOnce = ((job.tau ?? 31) + 1) * (nonzeros / rows / blocks.length);
  let eta = options.eta ?? Math.min(1.2, 2 / atOnce);
  let markBelow = 0;
  let isReset = false;
  for (let pass = 1; ; pass++) {
    const isEveryKeyActive = isReset || markBelow === 0;
    yield* record({ pass, eta, markBelow, isReset });
    for (const b of shuffled(blocks.length, `${job.seed}/pass/${pass}`)) {
      const argument = [eta, markBelow, pass, isEveryKeyActive ? 1 : 0];
      yield* issue({ name: "update", argument, writes: [{ parameter: 0, range: blocks[b] }], after: "tau" });
    }
    const found = evaluation(yield* issueAndWait("evaluate"));
    const { filteredShare, violation } = found;
    const objective = found.loss + lambda * found.norm;
    yield* report({ pass, objective, nonzeros: found.nonzeros, filteredShare });

    const { change, isSteady, endedBy } = stopping.after(pass, objective, isReset);
    if (endedBy !== undefined) {
      const chosen = { eta, blocks: blocks.length, violation };
      return yield* outcome({ endedBy, passes: pass, filteredShare, chosen });
    }
    isReset = isSteady && !isReset;
    if (isFiltered) markBelow = Math.max(0, lambda - (ratio * violation) / rows);
    if (options.eta === undefined && change > 0) eta *= 0.7;
  }
}

/** What the slots say: each [loss, keys filtered, keys], slot 0 then three numbers for each segment. */
function evaluation(results: readonly TaskResult[]) {
  const [, , , ...segments] = results[0].numbers;
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const ofSlots = (index: number): number => sum(results.map(({ numbers }) => numbers[index]));
  const ofSegments = (index: number): number[] => segments.filter((_, i) => i % 3 === index);
  return {
    loss: ofSlots(0),
    filteredShare: ofSlots(1) / ofSlots(2),
    norm: sum(ofSegments(0)),
    nonzeros: sum(ofSegments(1)),
    violation: Math.max(...ofSegments(2)),
  };
}
