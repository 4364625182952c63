/** A scenario on real processes of this machine: its cluster, its job, and its faults when they are due. */
import { join } from "node:path";
import type { JobResult, NodeId } from "../../core/index.ts";
import { LocalCluster, monotonicMicros } from "../../net/index.ts";
import { traceSchema, worldName } from "../../observe/index.ts";
import {
  type AwaitedFault,
  type FaultEvent,
  type MissedFault,
  type ScenarioPlan,
  worldFact,
} from "../../sim/index.ts";
import { messageOf } from "../exit.ts";
import { type LocalNodes, localNodes } from "../local-nodes.ts";
import { TraceOutput } from "../trace-output.ts";
import { decommissionIn } from "./decommission-in.ts";
import { disturbedCommand } from "./disturbed-command.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { JobWatch } from "./job-watch.ts";
import { ProcessFaults } from "./process-faults.ts";
import { StartedFaults } from "./started-faults.ts";
import { TraceTail } from "./trace-tail.ts";

export interface RealRunOptions {
  readonly plan: ScenarioPlan;
  readonly faults: readonly AwaitedFault[];
  readonly nodes: LocalNodes;
  readonly traceFolder: string;
  /** How many times as long everything takes here as the scenario says. */
  readonly stretch: number;
  readonly referenceModel: string | undefined;
  readonly secondsMax: number;
  readonly say: (line: string) => void;
  /** Aborted: everything ends at once. */
  readonly stop: AbortSignal;
}

export interface RealEnd {
  readonly outcome: JobResult | undefined;
  /** Why the job failed. */
  readonly failure: string | undefined;
  /** The time was over before the job was. */
  readonly isUndecided: boolean;
  readonly missedFaults: readonly MissedFault[];
}

interface Ended {
  readonly failure?: string;
  readonly isUndecided?: boolean;
}

const lookEveryMs = 5;
const leaveWithinMs = 10_000;

export class RealRun {
  private readonly options: RealRunOptions;
  private readonly proxy: FaultProxy;
  private readonly cluster: LocalCluster;
  private readonly faults: ProcessFaults;
  private readonly world: TraceOutput;
  private readonly watch: JobWatch;
  private startedAt = 0;
  /** What ends it, unless the job ends well. */
  private readonly ended: Promise<Ended>;
  private end: (ended: Ended) => void = () => {};

  private constructor(options: RealRunOptions, proxy: FaultProxy) {
    const { plan, nodes, stretch, say } = options;
    this.options = options;
    this.proxy = proxy;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.watch = new JobWatch(nodes.clusterId, {
      ended: () => this.end({}),
      failed: (failure) => this.end({ failure }),
    });
    this.cluster = new LocalCluster({
      nodes: localNodes(nodes),
      command: disturbedCommand(nodes, proxy),
      log: (_node, line) => say(line),
      listens: (node, address) => {
        proxy.listens(node, address);
        this.faults.listens(node);
        if (node.startsWith("manager-")) this.watch.managerIs(node, address);
      },
      exited: ({ node, code, text }) => {
        if (code !== 0 && !this.faults.isExpected(node)) this.end({ failure: text });
      },
    });
    const header = { schema: traceSchema, world: "grpc", name: worldName, seed: null } as const;
    const path = join(options.traceFolder, `${worldName}.jsonl`);
    this.world = new TraceOutput(path, { ...header, referenceModel: options.referenceModel ?? null }, say);
    this.faults = new ProcessFaults({
      proxy,
      seed: plan.seed,
      stretch,
      now: () => monotonicMicros() - this.startedAt,
      processes: {
        pidOf: (node) => this.cluster.pids().get(node),
        alive: () => [...this.cluster.pids().keys()],
        launch: (node) => void this.cluster.join(node).catch((error: unknown) => say(messageOf(error))),
        abandon: () => this.watch.another(),
        decommission: (node) => decommissionIn(this.watch.managerAddresses, node, nodes.clusterId),
        submitAgain: async () => void (await this.watch.submit(plan.job)),
      },
      happened: (event) => this.happened(event),
      failed: (failure) => this.end({ failure }),
    });
  }

  static async run(options: RealRunOptions): Promise<RealEnd> {
    return new RealRun(options, await FaultProxy.open()).run();
  }

  private async run(): Promise<RealEnd> {
    const { plan, secondsMax, stop } = this.options;
    stop.addEventListener("abort", () => this.end({ failure: "it was stopped" }), { once: true });
    let tailing: NodeJS.Timeout | undefined;
    let outcome: JobResult | undefined;
    let ended: Ended = {};
    let missed: readonly MissedFault[] = [];
    const late = setTimeout(() => this.end({ isUndecided: true }), 1000 * secondsMax);
    try {
      await this.cluster.start();
      const refusal = await this.watch.submit(plan.job);
      if (refusal !== undefined) throw new Error(refusal);
      this.startedAt = monotonicMicros();
      const faults = new StartedFaults(this.options.faults, {
        now: () => monotonicMicros() - this.startedAt,
        act: (at, act) => this.faults.at(at, act),
        begin: (fault) => this.faults.begin(fault),
      });
      const tail = new TraceTail(this.options.traceFolder, ({ fact, node }) => {
        if (node !== worldName) faults.observe(fact, node as NodeId);
      });
      this.toldOf = (event) => faults.observe(worldFact(event), "node" in event ? event.node : undefined);
      tailing = setInterval(() => tail.look(), lookEveryMs);
      this.watch.follow();
      ended = await this.ended;
      this.faults.end();
      clearInterval(tailing);
      tail.close();
      missed = faults.missed();
      const isWell = ended.failure === undefined && ended.isUndecided !== true;
      if (isWell) outcome = await this.watch.outcome();
      // The manager stays for as long as anybody still reads.
      await this.watch.close();
      if (isWell) await this.cluster.ended(leaveWithinMs);
      else await this.cluster.stop("the scenario is over");
    } finally {
      clearTimeout(late);
      clearInterval(tailing);
      this.faults.end();
      await this.watch.close();
      await this.cluster.stop("the scenario is over");
      this.proxy.close();
      this.world.close();
    }
    const { failure, isUndecided = false } = ended;
    return { outcome, failure, isUndecided, missedFaults: missed };
  }

  private toldOf: (event: FaultEvent) => void = () => {};

  private happened(event: FaultEvent): void {
    this.world.write({ at: monotonicMicros(), node: worldName, fact: worldFact(event) });
    this.world.flush();
    this.options.say(`${event.type}${"node" in event ? ` ${event.node}` : ""}`);
    this.toldOf(event);
  }
}
