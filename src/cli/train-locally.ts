/** Trains over gRPC: on processes of this machine, or on a cluster that is running. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobResult } from "../core/index.ts";
import { JobClient, LocalCluster } from "../net/index.ts";
import type { Trained, TrainOptions } from "./commands/train.ts";
import { CommandError, exitCodes } from "./exit.ts";
import type { Job } from "./job-file.ts";
import { type LocalNodes, localCommand, localNodes } from "./local-nodes.ts";
import { mergeTraceFiles } from "./merge-traces.ts";
import { say } from "./output.ts";
import { onSignal } from "./signals.ts";
import { tlsFiles } from "./tls.ts";
import { describeProgress, type TimedProgress, trainReport } from "./train-report.ts";

/** How long nodes may take to leave after the job has ended. */
const leaveWithinMs = 10_000;

export async function trainLocally(job: Job, options: TrainOptions): Promise<Trained | number> {
  const traceFolder = options.trace === undefined ? undefined : mkdtempSync(join(tmpdir(), "tauring-trace-"));
  if (options.record !== undefined) mkdirSync(options.record, { recursive: true });
  const nodes: LocalNodes = {
    servers: job.servers,
    workers: job.workers,
    virtualServers: job.virtualServers,
    clusterId: `local-${process.pid}`,
    port: 0,
    traceFolder,
    recordFolder: options.record,
  };
  const failure = new Failure();
  const cluster = new LocalCluster({
    nodes: localNodes(nodes),
    command: (node, registryAddress) => localCommand(nodes, node, registryAddress),
    log: () => {},
    exited: (exit) => {
      if (exit.code !== 0) failure.happen(new CommandError(exitCodes.violated, exit.text));
    },
  });
  const signal = onSignal((name) =>
    failure.happen(new CommandError(exitCodes.interrupted, `stopped by ${name}`)),
  );
  say(
    `starting 1 manager, 1 scheduler, ${count(job.servers, "server")}, ${count(job.workers, "worker")} on this machine`,
  );
  try {
    const address = await Promise.race([cluster.start(), failure.happened]);
    const trained = await submit(job, { address, tls: undefined, clusterId: nodes.clusterId }, failure);
    await cluster.ended(leaveWithinMs);
    return trained;
  } catch (error) {
    await cluster.stop(error instanceof Error ? error.message : String(error));
    if (signal.code === undefined) throw error;
    say(error instanceof Error ? error.message : String(error));
    return signal.code;
  } finally {
    if (traceFolder !== undefined && options.trace !== undefined) {
      await mergeTraceFiles(traceFolder, options.trace, job.spec.name);
      rmSync(traceFolder, { recursive: true, force: true });
    }
  }
}

export async function trainConnected(job: Job, options: TrainOptions): Promise<Trained | number> {
  const failure = new Failure();
  const signal = onSignal((name) =>
    failure.happen(new CommandError(exitCodes.interrupted, `stopped by ${name}; the cluster goes on`)),
  );
  try {
    const address = options.connect as string;
    return await submit(job, { address, tls: tlsFiles(options), clusterId: undefined }, failure);
  } catch (error) {
    if (signal.code === undefined) throw error;
    say(error instanceof Error ? error.message : String(error));
    return signal.code;
  }
}

interface Place {
  readonly address: string;
  readonly tls: ReturnType<typeof tlsFiles>;
  readonly clusterId: string | undefined;
}

async function submit(job: Job, place: Place, failure: Failure): Promise<Trained> {
  const client = new JobClient(place);
  const progress: TimedProgress[] = [];
  try {
    const refusal = await Promise.race([client.submit(job.spec), failure.happened]);
    if (refusal !== undefined) throw new CommandError(exitCodes.unreachable, refusal);
    const ended = new Promise<void>((resolve) => {
      client.follow({
        progress: (line) => {
          const timed = { progress: line, seconds: line.elapsedMicros / 1e6 };
          progress.push(timed);
          say(describeProgress(timed, job.reference));
        },
        ended: resolve,
        failed: ({ reason, node }) =>
          failure.happen(new CommandError(exitCodes.violated, `the job failed: ${reason} (said by ${node})`)),
        lost: (reason) =>
          failure.happen(new CommandError(exitCodes.unreachable, `the cluster is lost: ${reason}`)),
      });
    });
    // The scheduler keeps the outcome until it is asked for; the processes end soon after.
    const outcome: JobResult = await Promise.race([client.outcome(), failure.happened]);
    await Promise.race([ended, failure.happened]);
    const report = await trainReport({
      world: "grpc",
      job,
      spec: job.spec,
      outcome,
      progress,
      traceHash: null,
    });
    return { report, model: outcome.model };
  } finally {
    await client.close();
  }
}

/** The first thing that went wrong, for whatever is being waited for. */
class Failure {
  readonly happened: Promise<never>;
  happen: (error: CommandError) => void = () => {};

  constructor() {
    this.happened = new Promise((_resolve, reject) => {
      this.happen = reject;
    });
    // It may happen while nobody waits.
    this.happened.catch(() => {});
  }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
