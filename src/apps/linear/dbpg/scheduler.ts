/** Delayed block proximal gradient, the scheduler part (OSDI'14 section 5.1, NIPS'14 algorithm 3). */
import { shuffled, type JobSpec, type ParameterSpec, type Schedule } from "../../../core/index.ts";
import type { PassFields, ShareSummary, TaskResult } from "../../../core/index.ts";
import { issue, issueAndWait, record, report } from "../../requests.ts";
import { outcome, totalOf } from "../objective.ts";
import { linearOptions } from "../options.ts";
import { Stopping } from "../stopping.ts";
import { blockEnds } from "./blocks.ts";

export function* scheduleDbpg(
  job: JobSpec,
  shares: readonly ShareSummary[],
  { span, layout }: ParameterSpec,
  from: PassFields,
): Schedule {
  const options = linearOptions(job);
  const { rows, nonzeros } = totalOf(shares);
  const isFiltered = job.pushFilters.some(({ kind }) => kind === "kkt");
  let blocks = String(from.blocks ?? "");
  if (blocks === "") {
    yield* record({ pass: 0 });
    const survey = yield* issueAndWait("survey");
    blocks = blockEnds(survey, span, options.blocks ?? Math.ceil((4 * nonzeros) / rows)).join(" ");
    if (layout === "sparse") yield* issueAndWait("declare", [{ parameter: 0, range: span }]);
  }
  const ends = blocks.split(" ").map(BigInt);
  const stopping = new Stopping(options, rows * Math.LN2, from);
  // Of a row's non-zeros, those that change without knowing of each other; they may well point the same way.
  const atOnce = ((job.tau ?? 31) + 1) * (nonzeros / rows / ends.length);
  let eta = Number(from.eta ?? options.eta ?? Math.min(1.2, 2 / atOnce));
  let markBelow = Number(from.markBelow ?? 0);
  let isReset = from.isReset === true;
  for (let pass = Number(from.pass || 1); ; pass++) {
    const isEveryKeyActive = isReset || markBelow === 0;
    yield* record({ pass, eta, markBelow, isReset, blocks, ...stopping.fields });
    for (const b of shuffled(ends.length, `${job.seed}/pass/${pass}`)) {
      const argument = [eta, markBelow, pass, isEveryKeyActive ? 1 : 0];
      const range = { begin: ends[b - 1] ?? span.begin, end: ends[b] };
      yield* issue({ name: "update", argument, writes: [{ parameter: 0, range }], after: "tau" });
    }
    const { violation, ...found } = evaluation(yield* issueAndWait("evaluate"), options.lambda);
    yield* report({ pass, ...found });

    const { change, isSteady, endedBy } = stopping.after(pass, found.objective, isReset);
    if (endedBy !== undefined) {
      const chosen = { eta, blocks: ends.length, violation };
      return yield* outcome({ endedBy, passes: pass, filteredShare: found.filteredShare, chosen });
    }
    isReset = isSteady && !isReset;
    if (isFiltered) markBelow = Math.max(0, options.lambda - (options.ratio * violation) / rows);
    if (options.eta === undefined && change > 0) eta *= 0.7;
  }
}

/** What the slots say: each [loss, keys filtered, keys], the first one then what the segments say together. */
function evaluation(results: readonly TaskResult[], lambda: number) {
  const sum = (index: number) => results.reduce((total, { numbers }) => total + numbers[index], 0);
  const [, , , norm, nonzeros, violation] = results[0].numbers;
  return { objective: sum(0) + lambda * norm, filteredShare: sum(1) / sum(2), nonzeros, violation };
}
