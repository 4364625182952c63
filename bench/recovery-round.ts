/** One run of a job on a real cluster whose processes are killed one after the other, and what its trace says. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localCommand, type LocalNodes, localNodes, restartRule } from "#tauring/cli/local-nodes.js";
import { readTraceFolder } from "#tauring/cli/merge-traces.js";
import {
  type Disturbance,
  type During,
  duringAt,
  longestGapMs,
  type Losses,
  lossesIn,
  type Recovery,
  recoveryFrom,
} from "#tauring/cli/recovery.js";
import { type JobSpec, nodeId, type NodeId, roleOf } from "#tauring/core/index.js";
import { JobWatch } from "#tauring/cli/real/job-watch.js";
import { type ChildCommand, drainsVariable, LocalCluster, monotonicMicros } from "#tauring/net/index.js";
import { type Fact, modelHash } from "#tauring/observe/index.js";
import type { EtcdMembers } from "./etcd-members.ts";
import { timelineOf } from "./recovery-timeline.ts";
import { ClusterRecords, type Expected } from "./whole.ts";

export interface Plan extends Expected {
  /** Killed in turn; `etcd` is a member of it, `hand-over` a server while another one joins, or leaves again. */
  readonly roles: readonly string[];
  /** In every other turn of all roles each is stopped for a while instead of killed. */
  readonly alsoStops: boolean;
  /** Where the registry is; undefined: in the only manager. */
  readonly etcd: EtcdMembers | undefined;
  readonly referenceModel: string;
  /** What happened in a recovery that took longer is told. */
  readonly explainAboveMs: number;
  readonly log: (line: string) => void;
}

/** What was done to a part of the control plane, and how long nobody finished a push then. */
export interface Gap {
  readonly role: string;
  readonly by: Disturbance["by"];
  readonly during: During;
  readonly longestMs: number;
}

export interface Round {
  /** Of servers and workers. */
  readonly recoveries: readonly Recovery[];
  readonly gaps: readonly Gap[];
  /** Of each that was slow. */
  readonly timelines: readonly string[];
  readonly losses: Losses;
  readonly isSameModel: boolean;
  /** Why the job did not end well. */
  readonly failure: string | undefined;
  readonly folder: string;
}

const wholeWithinMs = 60_000;
const stoppedMs = 1_500;
/** A guest that is not being filled by then is waited for no longer. */
const handOverWithinMs = 10_000;
/** After the cluster is whole, the job runs undisturbed for so long. */
const calmMs = 300;
const restartAfterMs = 1_000;
let roundCount = 0;
let turn = 0;

export async function runRound(job: JobSpec, plan: Plan, killsMax: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), "tauring-recovery-"));
  const nodes: LocalNodes = {
    servers: plan.servers,
    workers: plan.workers,
    virtualServers: 4,
    replicas: plan.replicas,
    managers: plan.managers,
    schedulers: plan.schedulers,
    clusterId: `recovery-${process.pid}-${++roundCount}`,
    port: 0,
    traceFolder: folder,
    recordFolder: undefined,
    registry: plan.etcd === undefined ? {} : { registry: `etcd://${plan.etcd.addresses.join(",")}` },
  };
  const run = new Run(nodes, plan);
  const ended = await run.run(job, killsMax);
  const facts = readTraceFolder(folder);
  const recoveries = run.done.filter(isOfData).map((disturbance) => recoveryFrom(facts, disturbance));
  const slow = recoveries.filter(({ firstPushMs = 0 }) => firstPushMs > plan.explainAboveMs);
  return {
    recoveries,
    timelines: slow.map((recovery) => timelineOf(facts, recovery)),
    gaps: run.done.flatMap((one, i) => (isOfData(one) ? [] : [gapOf(facts, one, run.done[i + 1]?.at)])),
    losses: lossesIn(facts, plan.referenceModel),
    isSameModel: ended.model === plan.referenceModel,
    failure: ended.failure,
    folder,
  };
}

type Done = Disturbance | { readonly node: "etcd"; readonly by: Disturbance["by"]; readonly at: number };

function isOfData(done: Done): done is Disturbance {
  return done.node.startsWith("server-") || done.node.startsWith("worker-");
}

/** Until whatever is disturbed next, or the end of the job. */
function gapOf(facts: readonly Fact[], { node, by, at }: Done, next: number | undefined): Gap {
  const end = facts.findLast(({ fact }) => fact.type === "push-finished")?.at ?? at;
  const role = node === "etcd" ? node : roleOf(node);
  return { role, by, during: duringAt(facts, at), longestMs: longestGapMs(facts, at, next ?? end) };
}

class Run {
  readonly done: Done[] = [];
  private readonly plan: Plan;
  private readonly records: ClusterRecords;
  private readonly cluster: LocalCluster;
  private last: { readonly node: NodeId; readonly incarnation: number | undefined } | undefined = undefined;
  private isOver = false;
  private readonly guest: NodeId;
  private readonly lives: Map<NodeId, number> = new Map();
  private passes = 0;
  /** Until more have ended, what delays the job may be the last disturbance of a control role or of etcd. */
  private passesThen = 0;
  private fail: (error: Error) => void = () => {};
  private end: () => void = () => {};
  private readonly watch: JobWatch;

  constructor(nodes: LocalNodes, plan: Plan) {
    this.plan = plan;
    this.records = new ClusterRecords(plan);
    this.guest = nodeId(`server-${plan.servers}`);
    this.watch = new JobWatch(nodes.clusterId, {
      changed: (key, value) => this.records.changed(key, value),
      progress: (pass) => {
        this.passes = Math.max(this.passes, pass);
      },
      ended: () => this.end(),
      failed: (reason) => this.fail(new Error(`the job failed: ${reason}`)),
    });
    this.cluster = new LocalCluster({
      listens: (node, address) => {
        if (roleOf(node) === "manager") this.watch.managerIs(node, address);
      },
      nodes: localNodes(nodes),
      command: (node, address) => this.commandOf(nodes, node, address),
      log: (_node, line) => plan.log(line),
      readyWithinMs: 60_000,
      exited: ({ node, code, text }) => {
        if (code !== 0 && node !== this.guest) this.fail(new Error(text));
      },
      // A kill is no fault of the node: it may be the same one's turn again soon.
      // It comes back as a machine would: its start does not take the processors of those that recover.
      restart: { ...restartRule(nodes, plan.log), isWanted: () => true, restartMax: 1_000, restartAfterMs },
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
    await this.cluster.start();
    const ended = new Promise<void>((resolve) => {
      this.end = resolve;
    });
    const { watch } = this;
    try {
      const refusal = await watch.submit(job);
      if (refusal !== undefined) throw new Error(refusal);
      watch.follow();
      const kills = this.disturb(killsMax);
      kills.catch(this.fail);
      await Promise.race([ended, failed]);
      this.isOver = true;
      const { model } = await Promise.race([watch.outcome(), failed]);
      await kills;
      // The manager stays for as long as anybody still reads.
      await watch.close();
      await this.cluster.ended(10_000);
      return { model: model === undefined ? "none" : modelHash(model), failure: undefined };
    } catch (error) {
      this.isOver = true;
      await this.cluster.stop("the round failed");
      return { failure: (error as Error).message };
    } finally {
      await watch.close();
    }
  }

  /** The guest drains where it is told to leave. */
  private commandOf(nodes: LocalNodes, node: NodeId, address: string | undefined): ChildCommand {
    const life = (this.lives.get(node) ?? 0) + 1;
    this.lives.set(node, life);
    const command = localCommand(nodes, node, address, life);
    return { ...command, env: { ...command.env, [drainsVariable]: "1" } };
  }

  /** A server joins, or the one that did leaves: resolves when it is being filled with what others hold, or they are. */
  private async handOver(): Promise<void> {
    const { guest, records } = this;
    const begun = records.handOver();
    const pid = this.cluster.pids().get(guest);
    if (pid === undefined) this.cluster.join(guest).catch(this.fail);
    else process.kill(pid, "SIGTERM");
    await Promise.race([begun, sleep(handOverWithinMs)]);
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
      if (this.passes > this.passesThen && this.wasNoticed() && this.records.missing === undefined)
        return true;
      if (this.passes > 0 && performance.now() > end)
        throw new Error(`not whole after ${wholeWithinMs / 1000} s: ${this.unmet}`);
      await sleep(20);
    }
    return false;
  }

  private get unmet(): string {
    if (this.passes === this.passesThen) return "no pass has ended";
    return this.records.missing ?? `${this.last?.node} is still what it was`;
  }

  /** Until then the records are those of a cluster that is whole. */
  private wasNoticed(): boolean {
    const { last } = this;
    return last === undefined || this.records.incarnationOf(last.node) !== last.incarnation;
  }

  private async disturbOne(): Promise<void> {
    const { roles, alsoStops } = this.plan;
    const role = roles[turn % roles.length];
    const lap = Math.floor(turn / roles.length);
    const by = alsoStops && lap % 2 === 1 ? "SIGSTOP" : "SIGKILL";
    turn++;
    if (role === "etcd") return this.disturbEtcd(by, lap);
    if (role === "hand-over") await this.handOver();
    const pids = this.cluster.pids();
    const killed = role === "hand-over" ? "server" : role;
    const candidates =
      role === "worker"
        ? this.records.busyWorkers
        : [...pids.keys()].filter((node) => roleOf(node) === killed && node !== this.guest).sort();
    const node: NodeId = candidates[(turn + lap) % candidates.length];
    const pid = pids.get(node);
    // It died by itself, and is about to be back.
    if (pid === undefined) return;
    this.last = { node, incarnation: this.records.incarnationOf(node) };
    if (killed === "manager" || killed === "scheduler") this.passesThen = this.passes;
    this.done.push({ node, by, at: monotonicMicros() });
    process.kill(pid, by);
    if (by === "SIGKILL") return;
    await sleep(stoppedMs);
    if (this.cluster.pids().get(node) === pid) process.kill(pid, "SIGCONT");
  }

  private async disturbEtcd(by: Disturbance["by"], lap: number): Promise<void> {
    const etcd = this.plan.etcd as EtcdMembers;
    // The one that leads, every second time.
    const member = lap % 2 === 0 ? await etcd.leader() : lap % etcd.addresses.length;
    this.last = undefined;
    this.done.push({ node: "etcd", by, at: monotonicMicros() });
    if (by === "SIGSTOP") etcd.stop(member);
    else await etcd.kill(member);
    await sleep(stoppedMs);
    if (by === "SIGSTOP") etcd.goOn(member);
    else await etcd.restart(member);
    await etcd.leader();
    this.passesThen = this.passes;
  }
}
