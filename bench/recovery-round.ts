/** One run of a job on a real cluster whose processes are killed one after the other, and what its trace says. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localCommand, type LocalNodes, localNodes, restartRule } from "#tauring/cli/local-nodes.js";
import { readTraceFolder } from "#tauring/cli/merge-traces.js";
import {
  type Disturbance,
  type Losses,
  lossesIn,
  type Recovery,
  recoveryFrom,
} from "#tauring/cli/recovery.js";
import { type JobSpec, type NodeId, roleOf } from "#tauring/core/index.js";
import { JobClient, LocalCluster, monotonicMicros } from "#tauring/net/index.js";
import { modelHash } from "#tauring/observe/index.js";
import { ClusterRecords, type Expected } from "./whole.ts";

export interface Plan extends Expected {
  /** Killed in turn. */
  readonly roles: readonly string[];
  /** Every other one is stopped for a while instead of killed. */
  readonly alsoStops: boolean;
  readonly referenceModel: string;
  readonly log: (line: string) => void;
}

export interface Round {
  readonly recoveries: readonly Recovery[];
  readonly losses: Losses;
  readonly isSameModel: boolean;
  /** Why the job did not end well. */
  readonly failure: string | undefined;
  readonly folder: string;
}

const wholeWithinMs = 20_000;
const stoppedMs = 1_500;
/** After the cluster is whole, the job runs undisturbed for so long. */
const calmMs = 300;
let roundCount = 0;
let turn = 0;

export async function runRound(job: JobSpec, plan: Plan, killsMax: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), "tauring-recovery-"));
  const nodes: LocalNodes = {
    servers: plan.servers,
    workers: plan.workers,
    virtualServers: 4,
    replicas: plan.replicas,
    clusterId: `recovery-${process.pid}-${++roundCount}`,
    port: 0,
    traceFolder: folder,
    recordFolder: undefined,
    registry: {},
  };
  const run = new Run(nodes, plan);
  const ended = await run.run(job, killsMax);
  const facts = readTraceFolder(folder);
  return {
    recoveries: run.done.map((disturbance) => recoveryFrom(facts, disturbance)),
    losses: lossesIn(facts, plan.referenceModel),
    isSameModel: ended.model === plan.referenceModel,
    failure: ended.failure,
    folder,
  };
}

class Run {
  readonly done: Disturbance[] = [];
  private readonly nodes: LocalNodes;
  private readonly plan: Plan;
  private readonly records: ClusterRecords;
  private readonly cluster: LocalCluster;
  private last: { readonly node: NodeId; readonly incarnation: number | undefined } | undefined = undefined;
  private isOver = false;
  private hasBegun = false;
  private fail: (error: Error) => void = () => {};

  constructor(nodes: LocalNodes, plan: Plan) {
    this.nodes = nodes;
    this.plan = plan;
    this.records = new ClusterRecords(plan);
    this.cluster = new LocalCluster({
      nodes: localNodes(nodes),
      command: (...which) => localCommand(nodes, ...which),
      log: (_node, line) => plan.log(line),
      exited: ({ code, text }) => {
        if (code !== 0) this.fail(new Error(text));
      },
      // A kill is no fault of the node: it may be the same one's turn again soon.
      restart: { ...restartRule(nodes, plan.log), isWanted: () => true, restartMax: 1_000 },
    });
  }

  async run(
    job: JobSpec,
    killsMax: number,
  ): Promise<{ readonly model?: string; readonly failure: string | undefined }> {
    const failed = new Promise<never>((_resolve, reject) => {
      this.fail = reject;
    });
    failed.catch(() => {});
    const address = await this.cluster.start();
    const client = new JobClient({ address, tls: undefined, clusterId: this.nodes.clusterId });
    try {
      const ended = this.follow(client);
      const refusal = await client.submit(job);
      if (refusal !== undefined) throw new Error(refusal);
      const kills = this.disturb(killsMax);
      kills.catch(this.fail);
      await Promise.race([ended, failed]);
      this.isOver = true;
      const { model } = await Promise.race([client.outcome(), failed]);
      await kills;
      await this.cluster.ended(10_000);
      return { model: model === undefined ? "none" : modelHash(model), failure: undefined };
    } catch (error) {
      this.isOver = true;
      await this.cluster.stop("the round failed");
      return { failure: (error as Error).message };
    } finally {
      await client.close();
    }
  }

  private follow(client: JobClient): Promise<void> {
    return new Promise((resolve, reject) => {
      client.follow({
        changed: (key, value) => this.records.changed(key, value),
        progress: () => {
          this.hasBegun = true;
        },
        ended: resolve,
        failed: ({ reason, node }) => reject(new Error(`the job failed: ${reason} (said by ${node})`)),
        lost: (reason) => reject(new Error(reason)),
      });
    });
  }

  private async disturb(killsMax: number): Promise<void> {
    while (this.done.length < killsMax) {
      if (!(await this.isWhole())) return;
      await sleep(calmMs);
      if (this.isOver || this.records.missing !== undefined) continue;
      await this.disturbOne();
    }
  }

  /** False once the job is over. */
  private async isWhole(): Promise<boolean> {
    const end = performance.now() + wholeWithinMs;
    while (!this.isOver) {
      if (this.hasBegun && this.wasNoticed() && this.records.missing === undefined) return true;
      if (this.hasBegun && performance.now() > end)
        throw new Error(`not whole after ${wholeWithinMs / 1000} s: ${this.records.missing}`);
      await sleep(20);
    }
    return false;
  }

  /** Until then the records are those of a cluster that is whole. */
  private wasNoticed(): boolean {
    const { last } = this;
    return last === undefined || this.records.incarnationOf(last.node) !== last.incarnation;
  }

  private async disturbOne(): Promise<void> {
    const { roles, alsoStops } = this.plan;
    const role = roles[turn % roles.length];
    const pids = this.cluster.pids();
    const candidates =
      role === "worker"
        ? this.records.busyWorkers
        : [...pids.keys()].filter((node) => roleOf(node) === role).sort();
    const node: NodeId = candidates[Math.floor(turn / roles.length) % candidates.length];
    const isStop = alsoStops && turn % 2 === 1;
    turn++;
    const pid = pids.get(node) as number;
    const by = isStop ? "SIGSTOP" : "SIGKILL";
    this.last = { node, incarnation: this.records.incarnationOf(node) };
    this.done.push({ node, by, at: monotonicMicros() });
    process.kill(pid, by);
    if (!isStop) return;
    await sleep(stoppedMs);
    if (this.cluster.pids().get(node) === pid) process.kill(pid, "SIGCONT");
  }
}
