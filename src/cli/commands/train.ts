/** `tauring train JOB.yaml`: in a local cluster over gRPC, in the simulator, or on a cluster that is running. */
import { statSync } from "node:fs";
import { exactFeaturesBelow } from "../../apps/index.ts";
import type { Examples, Model } from "../../core/index.ts";
import { DataError, type DataSource, hasFeature, loadShare } from "../../data/index.ts";
import { checkLocalSize } from "../cluster-limits.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { withFeatures } from "../features.ts";
import { checkDistinct, checkOutput, dataError } from "../files.ts";
import { checkWithApplication, type Job, type JobOverrides, readJob } from "../job-file.ts";
import { writeModel } from "../model-output.ts";
import { print, printJson } from "../output.ts";
import { refuseCheckpoints, withCheckpoints } from "../train-checkpoints.ts";
import { refuseFolder, type RegistryOptions } from "../registry.ts";
import { reportText } from "../report-text.ts";
import type { SignalSeen } from "../signals.ts";
import type { TlsOptions } from "../tls.ts";
import type { TrainReport } from "../train-report.ts";

export interface TrainOptions extends JobOverrides, TlsOptions, RegistryOptions {
  readonly world: "grpc" | "sim";
  readonly passes?: number;
  readonly model?: string;
  readonly trace?: string;
  readonly kill?: string;
  readonly record?: string;
  readonly checkpointDir?: string;
  readonly checkpointEvery?: number;
  readonly resume?: string;
  readonly connect?: string;
  readonly cluster?: string;
  readonly json?: boolean;
}

/** A job that can begin: its mistakes have been found, and its test data is read. */
export interface ReadyJob {
  readonly job: Job;
  readonly test: Examples | undefined;
}

/** What either world hands back; a number: the exit code of a run that was stopped. */
export type TrainResult =
  | number
  | {
      readonly report: TrainReport;
      readonly model: Model | undefined;
      readonly isTraceLost: boolean;
      readonly signal: SignalSeen;
    };

export async function train(path: string, options: TrainOptions): Promise<number> {
  refuseContradictions(options);
  checkOutput("--model", options.model);
  checkOutput("--trace", options.trace);
  checkDistinct({ "--model": options.model, "--trace": options.trace, "--record": options.record });
  const begun = withExactValues(await readyJob(path, { ...options, passesMax: options.passes }));
  const ready = await withCheckpoints(begun, options);
  const result = await runIn(ready, options);
  if (typeof result === "number") return result;
  const { report, model, isTraceLost, signal } = result;
  // Before the model is saved: if the disk is full, the report is still there.
  if (options.json === true) printJson(report);
  else print(reportText(report));
  if (options.model !== undefined && model !== undefined) {
    await writeModel({ out: options.model, model, features: ready.job.features, signal });
  }
  if (signal.code !== undefined) return signal.code;
  return isTraceLost ? exitCodes.data : exitCodes.success;
}

export async function readyJob(path: string, overrides: JobOverrides): Promise<ReadyJob> {
  const found = readJob(path, overrides);
  checkWithApplication(found, overrides);
  return dataError(async () => {
    await refuseEmpty(found.train);
    const job = await withFeatures(found);
    const test = job.test === undefined ? undefined : await loadShare(job.test, 0, 1);
    return { job, test: test?.examples };
  });
}

/** Where the application takes only values whose sums are exact, a line with another one is bad. */
function withExactValues(ready: ReadyJob): ReadyJob {
  const { job } = ready;
  const exactValuesBelow = exactFeaturesBelow(job.spec);
  if (exactValuesBelow === undefined) return ready;
  const train = { ...job.train, exactValuesBelow };
  return { ...ready, job: { ...job, train, spec: { ...job.spec, source: train } } };
}

async function refuseEmpty(source: DataSource): Promise<void> {
  const file = source.paths.join(", ");
  if (source.paths.every((path) => statSync(path).size === 0))
    throw new DataError("the data is empty: nothing to learn from", { file });
  if (!(await hasFeature(source)))
    throw new DataError("there is no row with a feature: nothing to learn from", { file });
}

async function runIn(ready: ReadyJob, options: TrainOptions): Promise<TrainResult> {
  if (options.world === "sim") {
    const { trainSimulated } = await import("../train-sim.ts");
    return trainSimulated(ready, options);
  }
  if (options.connect !== undefined) {
    const { trainConnected } = await import("../train-connected.ts");
    return trainConnected(ready, options);
  }
  checkLocalSize(ready.job);
  const { trainLocally } = await import("../train-locally.ts");
  return trainLocally(ready, options);
}

function refuseContradictions(options: TrainOptions): void {
  const refuse = (what: string): never => {
    throw new CommandError(exitCodes.usage, what);
  };
  const { connect, world } = options;
  refuseCheckpoints(options, refuse);
  if (world === "sim" && options.record !== undefined) {
    refuse("--record is for --world grpc: a simulated run is repeated by its seed");
  }
  if (options.kill !== undefined && (connect !== undefined || world === "sim")) {
    refuse(
      "--kill is for a cluster of this machine, over gRPC: a scenario tells what happens in the simulator",
    );
  }
  refuseFolder(options);
  if (options.registry !== undefined && (connect !== undefined || world === "sim")) {
    refuse(
      connect === undefined
        ? "--registry is for --world grpc: the simulator has a registry of its own"
        : "--registry cannot be given with --connect: the cluster has its own",
    );
  }
  if (connect === undefined) {
    const alone = (["tlsCert", "tlsKey", "tlsCa", "cluster"] as const).find(
      (name) => options[name] !== undefined,
    );
    if (alone !== undefined) {
      const flag = alone.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      refuse(`--${flag} is for --connect: a cluster of this machine needs none`);
    }
    return;
  }
  if (world === "sim") refuse("--connect cannot be given with --world sim: the simulator connects to nobody");
  for (const name of ["servers", "workers", "replicas"] as const) {
    if (options[name] !== undefined)
      refuse(`--${name} cannot be given with --connect: the cluster has its own`);
  }
  for (const name of ["trace", "record"] as const) {
    if (options[name] !== undefined) {
      refuse(`--${name} cannot be given with --connect: each node writes its own (tauring start --${name})`);
    }
  }
}
