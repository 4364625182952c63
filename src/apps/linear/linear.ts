/** L1-regularised logistic regression, by delayed or sequential block proximal gradient, FTRL or AdaGrad. */
import type { Application, ColumnSpec, Examples, JobSpec, ParameterSpec } from "../../core/index.ts";
import { checkFeatures, exactFeaturesBelow } from "./columns.ts";
import { scheduleDbpg } from "./dbpg/scheduler.ts";
import { proximalStep, summary } from "./dbpg/server.ts";
import { DbpgWorker } from "./dbpg/worker.ts";
import { scheduleOnline } from "./online/scheduler.ts";
import { adagradStep, ftrlStep } from "./online/server.ts";
import { OnlineWorker } from "./online/worker.ts";
import { linearOptions, type LinearOptions, type Solver } from "./options.ts";

/** Up to this many keys have a row each from the start; with more, keys get theirs when they are declared. */
const denseKeysMax = 2n ** 24n;
const keyBlocksMax = 1024n;

export const linear: Application = {
  name: "linear",
  parameters: (job) => [weights(job)],
  updates: { dbpg: proximalStep, ftrl: ftrlStep, adagrad: adagradStep },
  functions: { summary },
  slotProgram(job, slot, share) {
    const examples = share as Examples;
    const { solver } = linearOptions(job);
    checkFeatures(examples, slot, exactFeaturesBelow(job) ?? Infinity);
    const parts = { job, slot, span: weights(job).span, examples };
    return isBlockwise(solver) ? new DbpgWorker(parts) : new OnlineWorker(parts);
  },
  schedule: (job, shares, resumeFrom = {}) =>
    isBlockwise(linearOptions(job).solver)
      ? scheduleDbpg(job, shares, weights(job), resumeFrom)
      : scheduleOnline(job, shares, weights(job), resumeFrom),
};

function isBlockwise(solver: Solver): boolean {
  return solver === "dbpg" || solver === "bpg";
}

/** The one parameter of a job. */
function weights(job: JobSpec): ParameterSpec {
  const options = linearOptions(job);
  const { solver } = options;
  const span = { begin: 0n, end: BigInt(job.keyMax) + 1n };
  const shared = {
    name: "weights",
    span,
    keyBlockCount: Number(span.end < keyBlocksMax ? span.end : keyBlocksMax),
    layout: span.end <= denseKeysMax ? "dense" : "sparse",
    element: options.element,
    pushFilters: job.pushFilters,
    pullFilters: job.pullFilters,
    isProvenance: false,
    replication: job.policy?.replication ?? "after-aggregation",
  } as const;
  const columns = columnsOf(options);
  if (!isBlockwise(solver)) {
    const update = { kind: "simple", name: solver } as const;
    // A batch is made of the same rows each time, and a step without keys changes no weight.
    return { ...shared, columns, scalars: [], pushWidth: 1, pulled: [0], update, pushParts: "keyed" };
  }
  const update = { kind: "aggregated", name: "dbpg" } as const;
  // With a delay the worker derives the trust radius from the step; at an exact time it is read as it is.
  const pulled = job.tau === 0 ? [0, 1] : [0];
  return { ...shared, columns, scalars: ["violation", "pass"], pushWidth: 2, pulled, update };
}

/** The weight first. `mark` is 1 where the KKT filter holds a key back. */
function columnsOf({ solver, deltaInit }: LinearOptions): readonly ColumnSpec[] {
  const others: Record<Solver, readonly ColumnSpec[]> = {
    dbpg: [
      { name: "delta", initial: deltaInit },
      { name: "mark", initial: 0 },
    ],
    bpg: [
      { name: "delta", initial: deltaInit },
      { name: "mark", initial: 0 },
    ],
    ftrl: [
      { name: "z", initial: 0 },
      { name: "n", initial: 0 },
    ],
    adagrad: [{ name: "squares", initial: 0 }],
  };
  return [{ name: "weight", initial: 0 }, ...others[solver]];
}
