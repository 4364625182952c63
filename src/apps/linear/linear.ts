/** L1-regularised logistic regression, by delayed or sequential block proximal gradient, FTRL or AdaGrad. */
import type { Application, Examples, JobSpec, ParameterSpec } from "../../core/index.ts";
import { checkFeatures } from "./columns.ts";
import { scheduleDbpg } from "./dbpg/scheduler.ts";
import { dbpgColumns, dbpgScalars, proximalStep, summary } from "./dbpg/server.ts";
import { DbpgWorker } from "./dbpg/worker.ts";
import { scheduleOnline } from "./online/scheduler.ts";
import { adagradStep, ftrlStep, onlineColumns } from "./online/server.ts";
import { OnlineWorker } from "./online/worker.ts";
import { linearOptions } from "./options.ts";

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
    const { solver, deltaMax } = linearOptions(job);
    checkFeatures(examples, job.tau === 0 ? 2 ** 9 / deltaMax : Infinity);
    const { span } = weights(job);
    return isBlockwise(solver)
      ? new DbpgWorker(job, slot, span, examples)
      : new OnlineWorker(job, slot, span, examples);
  },
  schedule: (job, shares) =>
    isBlockwise(linearOptions(job).solver)
      ? scheduleDbpg(job, shares, weights(job))
      : scheduleOnline(job, shares, weights(job)),
};

function isBlockwise(solver: string): boolean {
  return solver === "dbpg" || solver === "bpg";
}

/** The one parameter of a job. */
function weights(job: JobSpec): ParameterSpec {
  const options = linearOptions(job);
  const span = { begin: 0n, end: BigInt(job.keyMax) + 1n };
  const shared = {
    name: "weights",
    span,
    keyBlockCount: Number(span.end < keyBlocksMax ? span.end : keyBlocksMax),
    layout: span.end <= denseKeysMax ? "dense" : "sparse",
    element: "float64",
    pushFilters: job.pushFilters,
    pullFilters: job.pullFilters,
    isProvenance: false,
  } as const;
  if (!isBlockwise(options.solver)) {
    const update = { kind: "simple", name: options.solver } as const;
    return { ...shared, columns: onlineColumns(options), scalars: [], pushWidth: 1, pulled: [0], update };
  }
  // With a delay the worker derives the trust radius from the step; at an exact time it is read as it is.
  const pulled = job.tau === 0 ? [0, 1] : [0];
  const update = { kind: "aggregated", name: "dbpg" } as const;
  return { ...shared, columns: dbpgColumns(options), scalars: dbpgScalars, pushWidth: 2, pulled, update };
}
