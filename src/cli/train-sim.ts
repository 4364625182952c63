/** Trains in the simulator: the same job, core and data, in virtual time. */
import { TraceWriter, traceSchema } from "../observe/index.ts";
import { jobOf, parseScenario, planOf, runPlan, undisturbedModel } from "../sim/index.ts";
import type { Trained, TrainOptions } from "./commands/train.ts";
import { dataError } from "./data-error.ts";
import { CommandError, exitCodes } from "./exit.ts";
import type { Job } from "./job-file.ts";
import { say } from "./output.ts";
import { ProgressWatch } from "./progress-watch.ts";

import { describeProgress, trainReport } from "./train-report.ts";
import { simulatorParts } from "./world-sim.ts";

export async function trainSimulated(job: Job, options: TrainOptions): Promise<Trained> {
  const text = [
    "schema: tauring.scenario/1",
    "name: train",
    "why: tauring train --world sim",
    `cluster: { servers: ${job.servers}, workers: ${job.workers}, virtualServers: ${job.virtualServers}, slots: ${job.spec.slotCount} }`,
    "workload: [{ kind: train, job: given }]",
  ].join("\n");
  const parsed = parseScenario(text, "train");
  if (!parsed.ok) throw new CommandError(exitCodes.bug, JSON.stringify(parsed.problems));
  const spec = jobOf(parsed.value, job.spec, job.spec.seed);
  const parts = await dataError(() => simulatorParts(spec));
  const reference = undisturbedModel(spec, parts);
  const header = {
    schema: traceSchema,
    world: "sim",
    name: spec.name,
    seed: spec.seed,
    referenceModel: reference ?? null,
  } as const;
  const trace = options.trace === undefined ? undefined : new TraceWriter(options.trace, header);
  const watch = new ProgressWatch((progress) => say(describeProgress(progress, job.reference)));
  const run = runPlan(planOf(parsed.value, spec.seed, spec), {
    parts,
    referenceModel: reference,
    observe: (fact) => {
      watch.observe(fact);
      trace?.write(fact);
    },
  });
  await trace?.close();
  if (run.verdict !== "pass" || run.outcome === undefined) {
    throw new CommandError(
      run.verdict === "undecided" ? exitCodes.undecided : exitCodes.violated,
      run.reason ?? run.verdict,
    );
  }
  const report = await trainReport({
    world: "sim",
    job,
    spec,
    outcome: run.outcome,
    progress: watch.progress,
    traceHash: run.traceHash,
  });
  return { report, model: run.outcome.model };
}
