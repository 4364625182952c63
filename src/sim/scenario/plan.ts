/** From a scenario and a seed to the plan of a run: plain data, with nothing left to draw. */
import {
  type CheckpointPolicy,
  defaultNodeOptions,
  type FilterSpec,
  type JobSpec,
  type NodeOptions,
  nodeId,
  type Role,
} from "../../core/index.ts";
import type { RegistryFaults } from "../world/registry-faults.ts";
import type { SimulationPlan } from "../world/simulation-plan.ts";
import { joinersOf, planFaults } from "./plan-faults.ts";
import type { FactsExpected } from "./expectations.ts";
import { type Origin, originPlan } from "./resumed.ts";
import type { Scenario } from "./scenario.ts";

/** A run, which facts of it are expected, and what was before it. */
export interface ScenarioPlan extends SimulationPlan {
  readonly facts?: FactsExpected;
  /** What is run before, where the job goes on from a checkpoint. */
  readonly origin?: Origin | undefined;
}

/** The scenario's words about the job win over the job's own. `base` is the job of its workload. */
export function jobOf(scenario: Scenario, base: JobSpec, seed: string): JobSpec {
  const { checkpoint, cluster, filters, policy, workload } = scenario;
  const [one] = workload;
  const options = one.kind === "script" ? {} : one.options;
  return {
    ...base,
    seed,
    slotCount: cluster.slots ?? cluster.workers,
    tau: cluster.consistency === undefined ? base.tau : tauOf(cluster.consistency),
    pushFilters: filters === undefined ? base.pushFilters : (filters.push as readonly FilterSpec[]),
    pullFilters: filters === undefined ? base.pullFilters : (filters.pull as readonly FilterSpec[]),
    policy: policy ?? base.policy,
    options: { ...base.options, ...options },
    ...(checkpoint === undefined ? {} : { checkpoint: checkpoint as CheckpointPolicy }),
  };
}

/** The job of a workload that needs no job file. */
export function applicationJob(scenario: Scenario): JobSpec | undefined {
  const [workload] = scenario.workload;
  if (workload.kind === "train") return undefined;
  const options = workload.kind === "script" ? { steps: JSON.stringify(workload.steps) } : {};
  return {
    schema: "tauring.job/1",
    name: scenario.name,
    application: workload.kind === "script" ? workload.kind : workload.application,
    seed: "",
    slotCount: 1,
    tau: 0,
    pushFilters: [],
    pullFilters: [],
    options,
    source: null,
    keyMax: String(workload.keyMax),
  };
}

type Consistency = NonNullable<Scenario["cluster"]["consistency"]>;

export function tauOf(consistency: Consistency): number | null {
  switch (consistency.kind) {
    case "sequential":
      return 0;
    case "bounded":
      return consistency.tau;
    case "eventual":
      return null;
    default:
      throw new Error(`Invariant: no such consistency: ${JSON.stringify(consistency satisfies never)}`);
  }
}

export function planOf(scenario: Scenario, seed: string, job: JobSpec): ScenarioPlan {
  const { net, cost } = scenario;
  const link = net.default;
  const { faults, awaited } = planFaults(scenario.faults, seed);
  return {
    seed,
    job,
    nodes: nodesOf(scenario),
    network: {
      link: {
        mode: link.mode,
        delay: link.delay,
        loss: link.loss,
        duplicate: link.duplicate,
        reorder: link.reorder,
        repeat: link.repeat,
        reorderMicros: link.spread,
        reset: link.reset,
        reconnectMicros: link.reconnect,
      },
      egressBytesPerSecond: net.nic.egress ?? Number.POSITIVE_INFINITY,
      ingressBytesPerSecond: net.nic.ingress ?? Number.POSITIVE_INFINITY,
    },
    registryDelay: net.registry,
    registryFaults: registryFaultsOf(net.registryFaults),
    faults,
    awaitedFaults: awaited,
    reseeds: scenario.reseeds,
    rejoinMicros: scenario.timing.rejoin,
    cost: { nonzerosPerSecond: cost.nonzerosPerSecond, stepMicros: cost.step, noiseSigma: cost.noise },
    facts: scenario.expect.facts,
    origin: originPlan(scenario, seed, job),
    horizonMicros: scenario.horizon,
    eventsMax: scenario.eventsMax,
  };
}

function registryFaultsOf(faults: Scenario["net"]["registryFaults"]): RegistryFaults {
  const { requestLoss, answerLoss, timeout, toldFirst, late, lateBy, watchLoss, rewatch, minority } = faults;
  return {
    requestLoss,
    answerLoss,
    timeoutMicros: timeout,
    toldFirst,
    late,
    lateBy,
    watchLoss,
    rewatchMicros: rewatch,
    minority: [...minority].sort((a, b) => a.from - b.from),
  };
}

function nodesOf(scenario: Scenario): readonly NodeOptions[] {
  const { cluster, timing, limits, net } = scenario;
  // What a stream loses is sent again on the next connection, as by real nodes; a datagram that is lost is waited for.
  const isStream = net.default.mode === "stream";
  const retransmitAfterMs =
    timing.retransmit === undefined
      ? isStream
        ? defaultNodeOptions.retransmitAfterMs
        : 20
      : timing.retransmit / 1000;
  const shared = {
    ...defaultNodeOptions,
    ...limits,
    clusterId: `sim-${scenario.name}`,
    address: "",
    serverCount: cluster.servers,
    workerCount: cluster.workers,
    virtualServers: cluster.virtualServers,
    replicas: cluster.replicas,
    heartbeatIntervalMs: (timing.heartbeat ?? 100_000) / 1000,
    suspectAfterMs: (timing.suspect ?? 2_000_000) / 1000,
    retransmitAfterMs,
    // Well before it would be sent again, as the defaults of real nodes have it.
    acknowledgeAfterMs: Math.min(defaultNodeOptions.acknowledgeAfterMs, retransmitAfterMs / 4),
    retransmitMaxMs: Math.max(500, retransmitAfterMs),
    retryAfterMs: (timing.retry ?? 20_000) / 1000,
  };
  const names = (role: Role, count: number): NodeOptions[] =>
    Array.from({ length: count }, (_, i) => ({ ...shared, id: nodeId(`${role}-${i}`) }));
  return [
    ...names("manager", cluster.managers),
    ...names("scheduler", cluster.schedulers),
    ...names("server", cluster.servers),
    ...names("worker", cluster.workers),
    ...joinersOf(scenario.faults).map((id) => ({ ...shared, id })),
  ];
}
