/** Trains in the simulator: the same job, core and data, in virtual time. */
import { jobOf, parseScenario, type Scenario } from "../sim/index.ts";
import type { ReadyJob, TrainOptions, TrainResult } from "./commands/train.ts";
import { CommandError, exitCodes } from "./exit.ts";
import type { Job } from "./job-file.ts";
import { say } from "./output.ts";
import { ProgressWatch } from "./progress-watch.ts";
import { onSimulationSignal, simulate } from "./simulate.ts";
import { trainReport } from "./train-report.ts";

export async function trainSimulated({ job, test }: ReadyJob, options: TrainOptions): Promise<TrainResult> {
  const scenario = quietScenario(job);
  const spec = jobOf(scenario, job.spec, job.spec.seed);
  const watch = new ProgressWatch(job.reference, say);
  // Also while the model is written.
  const signal = onSimulationSignal();
  const simulated = await simulate({
    scenario,
    seed: spec.seed,
    spec,
    signal,
    trace: options.trace,
    progress: (progress) => watch.reported(progress),
  });
  if (typeof simulated === "number") return simulated;
  const { verdict, reason, outcome, traceHash } = simulated.report;
  if (verdict !== "pass" || outcome === undefined) {
    throw new CommandError(
      verdict === "undecided" ? exitCodes.undecided : exitCodes.violated,
      reason ?? verdict,
    );
  }
  const { progress } = watch;
  const report = trainReport({ world: "sim", job, spec, outcome, progress, traceHash, test });
  const { isTraceLost } = simulated;
  return { report, model: outcome.model, isTraceLost, signal };
}

/** The job's cluster on the simulator's default network, where nothing goes wrong. */
function quietScenario({ servers, workers, virtualServers, replicas, spec }: Job): Scenario {
  const text = [
    "schema: tauring.scenario/1",
    "name: train",
    "why: tauring train --world sim",
    `cluster: { servers: ${servers}, workers: ${workers}, virtualServers: ${virtualServers}, replicas: ${replicas}, slots: ${spec.slotCount} }`,
    "workload: [{ kind: train, job: given }]",
  ].join("\n");
  const parsed = parseScenario(text, "train");
  if (!parsed.ok) throw new Error(`Invariant: the scenario is sound: ${JSON.stringify(parsed.problems)}`);
  return parsed.value;
}
