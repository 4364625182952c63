/** `tauring train JOB.yaml`: in a local cluster over gRPC, in the simulator, or on a cluster that is running. */
import { applications } from "../../apps/index.ts";
import type { Model } from "../../core/index.ts";
import { saveModel } from "../../data/index.ts";
import { dataError } from "../data-error.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { withFeatures } from "../features.ts";
import { type Job, type JobOverrides, readJob } from "../job-file.ts";
import { print, printJson, say } from "../output.ts";
import type { TlsOptions } from "../tls.ts";
import { describeReport, type TrainReport } from "../train-report.ts";

export interface TrainOptions extends JobOverrides, TlsOptions {
  readonly world: "grpc" | "sim";
  readonly passes?: number;
  readonly model?: string;
  readonly trace?: string;
  readonly record?: string;
  readonly connect?: string;
  readonly json?: boolean;
}

/** What either world hands back. */
export interface Trained {
  readonly report: TrainReport;
  readonly model: Model | undefined;
}

export async function train(path: string, options: TrainOptions): Promise<number> {
  refuseContradictions(options);
  const job = await dataError(async () =>
    withFeatures(readJob(path, { ...options, passesMax: options.passes })),
  );
  checkOptions(job, path);
  const trained = await runIn(job, options);
  if (typeof trained === "number") return trained;
  const { report, model } = trained;
  if (options.model !== undefined && model !== undefined) {
    const out = options.model;
    const features = job.features === Number.MAX_SAFE_INTEGER ? undefined : job.features;
    const written = await dataError(() => saveModel(out, model, features));
    say(`model written to ${out} (${written.bytes} bytes)`);
  }
  if (options.json === true) printJson(report);
  else print(describeReport(report));
  return exitCodes.success;
}

async function runIn(job: Job, options: TrainOptions): Promise<Trained | number> {
  if (options.world === "sim") {
    const { trainSimulated } = await import("../train-sim.ts");
    return trainSimulated(job, options);
  }
  const { trainConnected, trainLocally } = await import("../train-grpc.ts");
  return options.connect === undefined ? trainLocally(job, options) : trainConnected(job, options);
}

function refuseContradictions(options: TrainOptions): void {
  const refuse = (a: string, b: string): never => {
    throw new CommandError(exitCodes.usage, `${a} cannot be given with ${b}`);
  };
  if (options.connect === undefined) return;
  if (options.world === "sim") refuse("--connect", "--world sim");
  if (options.trace !== undefined)
    refuse("--trace", "--connect: each node of the cluster writes its own (start --trace)");
  if (options.record !== undefined)
    refuse("--record", "--connect: each node of the cluster records itself (start --record)");
}

/** The application refuses bad options before anything is started. */
function checkOptions(job: Job, path: string): void {
  try {
    applications(job.spec.application)?.parameters(job.spec);
  } catch (error) {
    throw new CommandError(
      exitCodes.usage,
      `${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
