/** Trains over gRPC on processes of this machine. */
import { rmSync } from "node:fs";
import type { NodeId } from "../core/index.ts";
import { type ChildExit, type EtcdOptions, JobClient, LocalCluster, monotonicMicros } from "../net/index.ts";
import type { ReadyJob, TrainOptions, TrainResult } from "./commands/train.ts";
import { CommandError, exitCodes, isWeather, messageOf } from "./exit.ts";
import { wasEvicted } from "./evictions.ts";
import { Failure, followJob } from "./follow-job.ts";
import { killAfterRows, killedText, nodeToKill } from "./killed-node.ts";
import {
  describeNodes,
  localClusterId,
  type LocalNodes,
  localCommand,
  localNodes,
  restartRule,
} from "./local-nodes.ts";
import { mergeTraceFiles, readTraceFolder } from "./merge-traces.ts";
import { say } from "./output.ts";
import { makeOutputFolder } from "./output-folder.ts";
import type { Disturbance } from "./recovery.ts";
import { demandEtcd, etcdOptions, forgetRegistry } from "./registry.ts";
import { RegistryTroubles } from "./registry-troubles.ts";
import { RunStatus } from "./run-status.ts";
import { onSignal, type SignalSeen } from "./signals.ts";
import { makeTraceFolder } from "./trace-folder.ts";
import { traceLost } from "./trace-output.ts";
import { checkpointFolderOf } from "./train-checkpoints.ts";
import { trainReport } from "./train-report.ts";

/** How long nodes may take to leave after the job has ended, and after they were told to. */
const leaveWithinMs = 10_000;
const stopGraceMs = 2_000;
/** A node that hears neither its manager nor the registry ends before, and names the one that is silent. */
const lostAfterMs = 14_000;

export async function trainLocally(ready: ReadyJob, options: TrainOptions): Promise<TrainResult> {
  await demandEtcd(etcdOptions(options, localClusterId(options)));
  const killed = options.kill === undefined ? undefined : nodeToKill(options.kill, ready.job);
  const isTraced = options.trace !== undefined || killed !== undefined;
  const traceFolder = isTraced ? makeTraceFolder() : undefined;
  const run = new LocalRun(ready, options, { traceFolder, nodeToKill: killed });
  let isMerged = true;
  let result: TrainResult;
  try {
    result = await run.train();
  } finally {
    await forgetRegistry(run.etcd);
    if (traceFolder !== undefined) {
      if (run.killed !== undefined)
        for (const line of killedText(readTraceFolder(traceFolder), run.killed)) say(line);
      if (options.trace !== undefined)
        isMerged = mergeTraceFiles(traceFolder, options.trace, ready.job.spec.name);
      rmSync(traceFolder, { recursive: true, force: true });
    }
  }
  if (typeof result === "number") return result;
  return { ...result, isTraceLost: !isMerged || run.isTraceLost };
}

class LocalRun {
  isTraceLost = false;
  /** Who was killed, and when. */
  killed: Disturbance | undefined = undefined;
  readonly etcd: EtcdOptions | undefined;
  private readonly ready: ReadyJob;
  private readonly nodes: LocalNodes;
  private readonly cluster: LocalCluster;
  private readonly failure: Failure = new Failure();
  private readonly signal: SignalSeen;
  private readonly registryTroubles: RegistryTroubles = new RegistryTroubles(say);
  private readonly nodeToKill: NodeId | undefined;

  constructor(
    ready: ReadyJob,
    options: TrainOptions,
    parts: { readonly traceFolder: string | undefined; readonly nodeToKill: NodeId | undefined },
  ) {
    const { traceFolder } = parts;
    this.ready = ready;
    this.nodeToKill = parts.nodeToKill;
    const { record } = options;
    if (record !== undefined) makeOutputFolder("--record", record);
    const { servers, workers, virtualServers, replicas } = ready.job;
    const nodes: LocalNodes = {
      servers,
      workers,
      virtualServers,
      replicas,
      clusterId: localClusterId(options),
      port: 0,
      traceFolder,
      recordFolder: record,
      checkpointFolder: checkpointFolderOf(options),
      registry: options,
    };
    this.etcd = etcdOptions(options, nodes.clusterId);
    this.nodes = nodes;
    this.cluster = new LocalCluster({
      nodes: localNodes(nodes),
      command: (...which) => localCommand(nodes, ...which),
      restart: restartRule(nodes, say),
      log: (_node, line) => this.heard(line),
      exited: (exit) => {
        const code = exit.code === exitCodes.data ? exitCodes.data : exitCodes.violated;
        if (exit.code !== 0) this.failure.happen(new CommandError(code, lastWord(exit)));
      },
      stopGraceMs,
    });
    this.signal = onSignal((name) =>
      this.failure.happen(new CommandError(exitCodes.interrupted, `stopped by ${name}`)),
    );
  }

  async train(): Promise<TrainResult> {
    say(`starting ${describeNodes(this.nodes)} on this machine`);
    const status = new RunStatus("starting");
    try {
      const started = this.cluster.start().catch((error: unknown) => {
        throw isWeather(error) ? new CommandError(exitCodes.violated, error.message) : error;
      });
      const address = await Promise.race([started, this.failure.happened]);
      const result = await this.runJob(address, status);
      status.begin("stopping");
      await this.cluster.ended(leaveWithinMs);
      return result;
    } catch (error) {
      status.begin("stopping");
      await this.cluster.stop(messageOf(error));
      status.end();
      if (this.signal.code === undefined) throw error;
      say(`tauring: ${messageOf(error)}`);
      return this.signal.code;
    } finally {
      status.end();
    }
  }

  private async runJob(address: string, status: RunStatus): Promise<TrainResult> {
    const { ready, failure } = this;
    const { job, test } = ready;
    const { clusterId } = this.nodes;
    const client = new JobClient({ address, tls: undefined, clusterId, lostAfterMs });
    try {
      const { outcome, progress } = await followJob({
        client,
        address,
        job,
        failure,
        status,
        rowTold: (count) => this.rowTold(count),
      });
      const { spec } = job;
      const report = trainReport({ world: "grpc", job, spec, outcome, progress, traceHash: null, test });
      return { report, model: outcome.model, isTraceLost: false, signal: this.signal };
    } finally {
      await client.close();
    }
  }

  private rowTold(count: number): void {
    const node = this.nodeToKill;
    const pid = node === undefined ? undefined : this.cluster.pids().get(node);
    if (count !== killAfterRows || node === undefined || pid === undefined) return;
    this.killed = { node, by: "SIGKILL", at: monotonicMicros() };
    process.kill(pid, "SIGKILL");
    say(`killing ${node} now, to show what comes of it`);
  }

  /** Of what its processes say, a run repeats what its reader must know. */
  private heard(line: string): void {
    if (this.registryTroubles.heard(line)) return;
    if (line.includes(traceLost)) this.isTraceLost = true;
    else if (!line.includes(wasEvicted)) return;
    say(line);
  }
}

/** Why a node stopped, where it said so; else how it ended, with all that it said before. */
function lastWord({ node, text }: ChildExit): string {
  const words = text.split("\n").findLast((line) => line.includes(`${node} stopped: `));
  return words?.trim().replace(/^tauring: /, "") ?? text;
}
