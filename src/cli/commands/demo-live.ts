/**
 * `tauring demo --world grpc`: the cluster is of processes of this machine, and what fails are processes. All of them
 * end with the command, whichever way it ends.
 */
import { join } from "node:path";
import { type AdminAccess, JobClient, type LiveSource } from "../../net/index.ts";
import type { ClusterView } from "../../observe/index.ts";
import { followStory } from "../demo/live-story.ts";
import { LocalProcesses } from "../demo/local-processes.ts";
import { ThreadedWires } from "../demo/threaded-wires.ts";
import { ProcessHands } from "../hands/process-hands.ts";
import { CommandError, exitCodes, isWeather, messageOf } from "../exit.ts";
import { Failure } from "../follow-job.ts";
import { liveSource } from "../live-source.ts";
import { describeNodes, localClusterId, type LocalNodes } from "../local-nodes.ts";
import { say } from "../output.ts";
import { RunStatus } from "../run-status.ts";
import { showSource } from "../show-source.ts";
import { onSignal } from "../signals.ts";
import { type ReadyJob, readyJob } from "./train.ts";

export interface DemoLiveOptions {
  readonly ascii?: boolean;
}

const jobPath = join(import.meta.dirname, "../../../jobs/a9a.yaml");
const shape = { servers: 3, workers: 3, replicas: 1 } as const;
/** Longer than anybody watches: nearer to the optimum than sums of floats come. */
const gap = 1e-12;
const passesMax = 20_000;
const timeoutMs = 2_000;
const drainTimeoutMs = 15_000;
/** Without a terminal the screen is printed once: when the first loss has been made good, or then. */
const pictureAfterMsMax = 60_000;
const tickEveryMs = 100;

export async function demoLive({ ascii }: DemoLiveOptions): Promise<number> {
  const ready = await readyJob(jobPath, { ...shape, passesMax, gap, tau: 2 });
  const failure = new Failure();
  const signal = onSignal((name) =>
    failure.happen(new CommandError(exitCodes.interrupted, `stopped by ${name}`)),
  );
  const nodes = nodesOf(ready);
  const failed = (text: string): void => failure.happen(new CommandError(exitCodes.violated, text));
  let wires: ThreadedWires | undefined;
  let processes: LocalProcesses | undefined;
  let hands: ProcessHands | undefined;
  let opening: Promise<LiveSource> | undefined;
  try {
    wires = await ThreadedWires.open(failed);
    processes = new LocalProcesses(nodes, wires, ({ text }) => failed(text));
    const address = await begin(ready, { nodes, processes, failure });
    const access: AdminAccess = { tls: undefined, clusterId: nodes.clusterId, timeoutMs };
    const made = new ProcessHands({
      processes,
      wires,
      addresses: [address],
      access,
      drainTimeoutMs,
      job: { path: jobPath, options: { gap } },
    });
    hands = made;
    followStory(made);
    opening = liveSource([address], { cluster: nodes.clusterId }, { hands: made });
    const source = await Promise.race([opening, failure.happened]);
    if (process.stdout.isTTY !== true) await Promise.race([pictured(source), failure.happened]);
    const code = await showSource(source, {
      isAscii: ascii === true,
      isTold: true,
      notice: () => made.notice,
      isLive: true,
      settle: () => source.tick(tickEveryMs),
    });
    return signal.code ?? code;
  } catch (error) {
    if (signal.code === undefined)
      throw isWeather(error) ? new CommandError(exitCodes.violated, error.message) : error;
    say(`tauring: ${messageOf(error)}`);
    return signal.code;
  } finally {
    await endEach([
      async () => (await opening?.catch(() => undefined))?.close(),
      () => hands?.close(),
      () => processes?.stop("the demo is over"),
      () => wires?.close(),
      () => signal.release(),
    ]);
  }
}

/** One after the other, whatever one of them meets: the rest is not left running. */
async function endEach(ends: readonly (() => void | Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const end of ends) {
    try {
      await end();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

function nodesOf({ job }: ReadyJob): LocalNodes {
  const registry = {};
  return {
    servers: job.servers,
    workers: job.workers,
    virtualServers: job.virtualServers,
    replicas: job.replicas,
    clusterId: localClusterId(registry),
    port: 0,
    traceFolder: undefined,
    recordFolder: undefined,
    registry,
  };
}

interface Beginning {
  readonly nodes: LocalNodes;
  readonly processes: LocalProcesses;
  readonly failure: Failure;
}

/** Resolves to the manager's address when the job has been taken. */
async function begin({ job }: ReadyJob, { nodes, processes, failure }: Beginning): Promise<string> {
  const status = new RunStatus("starting");
  say(`starting ${describeNodes(nodes)} on this machine`);
  try {
    const address = await Promise.race([processes.start(), failure.happened]);
    const client = new JobClient({ address, tls: undefined, clusterId: nodes.clusterId });
    const refusal = await Promise.race([client.submit(job.spec), failure.happened]).finally(() =>
      client.close(),
    );
    if (refusal !== undefined) throw new CommandError(exitCodes.violated, refusal);
    return address;
  } finally {
    status.end();
  }
}

async function pictured(source: LiveSource): Promise<void> {
  const end = performance.now() + pictureAfterMsMax;
  const isRestored = ({ ring }: ClusterView): boolean =>
    ring.failovers.some(({ restoredAt }) => restoredAt !== null);
  while (!isRestored(source.view()) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, tickEveryMs));
    source.tick(tickEveryMs);
  }
}
