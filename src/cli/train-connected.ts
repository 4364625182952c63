/** Submits a job to a cluster that is running, and follows it. */
import { JobClient } from "../net/index.ts";
import { splitAddress } from "./address.ts";
import type { ReadyJob, TrainOptions, TrainResult } from "./commands/train.ts";
import { CommandError, exitCodes, messageOf } from "./exit.ts";
import { Failure, followJob } from "./follow-job.ts";
import { say } from "./output.ts";
import { RunStatus } from "./run-status.ts";
import { onSignal } from "./signals.ts";
import { tlsFiles } from "./tls.ts";
import { trainReport } from "./train-report.ts";

export async function trainConnected({ job, test }: ReadyJob, options: TrainOptions): Promise<TrainResult> {
  const address = options.connect as string;
  splitAddress(address, "--connect");
  const failure = new Failure();
  const signal = onSignal((name) =>
    failure.happen(new CommandError(exitCodes.interrupted, `stopped by ${name}; the cluster goes on`)),
  );
  const client = new JobClient({ address, tls: tlsFiles(options), clusterId: options.cluster });
  const status = new RunStatus(`submitting to ${address}`);
  try {
    const { outcome, progress } = await followJob({ client, address, job, failure, status });
    const { spec } = job;
    const report = trainReport({ world: "grpc", job, spec, outcome, progress, traceHash: null, test });
    return { report, model: outcome.model, isTraceLost: false, signal };
  } catch (error) {
    status.end();
    if (signal.code === undefined) throw error;
    say(`tauring: ${messageOf(error)}`);
    return signal.code;
  } finally {
    status.end();
    await client.close();
  }
}
