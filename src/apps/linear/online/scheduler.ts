/** The scheduler part of the online solvers: passes over the slots' minibatches in random order. */
import { shuffled, type JobSpec, type ParameterSpec, type Schedule } from "../../../core/index.ts";
import type { PassFields, ShareSummary } from "../../../core/index.ts";
import { issue, issueAndWait, record, report } from "../../requests.ts";
import { objectiveOf, outcome, totalOf } from "../objective.ts";
import { linearOptions } from "../options.ts";
import { Stopping } from "../stopping.ts";

export function* scheduleOnline(
  job: JobSpec,
  shares: readonly ShareSummary[],
  weights: ParameterSpec,
  from: PassFields,
): Schedule {
  const options = linearOptions(job);
  const { alpha, batchRows } = options;
  const batchCount = Math.ceil(Math.max(...shares.map((share) => share.rows)) / batchRows);
  const writes = [{ parameter: 0, range: weights.span }];
  const stopping = new Stopping(options, totalOf(shares).rows * Math.LN2, from);
  for (let pass = Number(from.pass ?? 1); ; pass++) {
    yield* record({ pass, ...stopping.fields });
    for (const batch of shuffled(batchCount, `${job.seed}/pass/${pass}`)) {
      yield* issue({ name: "batch", argument: [batch], writes, after: "tau" });
    }
    const { objective, nonzeros } = objectiveOf(yield* issueAndWait("evaluate"));
    yield* report({ pass, objective, nonzeros, filteredShare: 0 });
    const { endedBy } = stopping.after(pass, objective, true);
    if (endedBy !== undefined) {
      return yield* outcome({ endedBy, passes: pass, filteredShare: 0, chosen: { alpha, batchRows } });
    }
  }
}
