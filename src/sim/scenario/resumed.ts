/** `resume`: the job goes on from what an earlier cluster has left, which is run first, in a calm world of its own. */
import { defaultNodeOptions, type JobSpec, type NodeOptions, nodeId, type Role } from "../../core/index.ts";
import { CheckpointDisk } from "../world/checkpoint-disk.ts";
import { Simulation } from "../world/simulation.ts";
import type { SimulationParts, SimulationPlan } from "../world/simulation-plan.ts";
import type { ScenarioPlan } from "./plan.ts";
import type { Scenario } from "./scenario.ts";

/** The run before, and which of its checkpoints is gone on from. */
export interface Origin {
  readonly plan: SimulationPlan;
  readonly saved: number;
}

/** It is saved at each pass, on a cluster of other sizes. */
export function originPlan(scenario: Scenario, seed: string, job: JobSpec): Origin | undefined {
  const { cost, resume } = scenario;
  if (resume === undefined) return undefined;
  const { servers, workers, saved } = resume;
  const shared = {
    ...defaultNodeOptions,
    clusterId: `sim-${scenario.name}-before`,
    address: "",
    serverCount: servers,
    workerCount: workers,
  };
  const named = (role: Role, count: number): NodeOptions[] =>
    Array.from({ length: count }, (_, i) => ({ ...shared, id: nodeId(`${role}-${i}`) }));
  const link = {
    mode: "stream",
    delay: { kind: "constant", value: 200 },
    loss: 0,
    duplicate: 0,
    reorder: 0,
    repeat: 0,
    reorderMicros: 0,
    reset: 0,
    reconnectMicros: 0,
  } as const;
  const unlimited = Number.POSITIVE_INFINITY;
  const plan: SimulationPlan = {
    seed: `${seed}/before`,
    job: { ...job, checkpoint: { everyPasses: 1, checkpointsKept: keptMax } },
    nodes: [
      ...named("manager", 1),
      ...named("scheduler", 1),
      ...named("server", servers),
      ...named("worker", workers),
    ],
    network: { link, egressBytesPerSecond: unlimited, ingressBytesPerSecond: unlimited },
    registryDelay: { kind: "constant", value: 500 },
    cost: { nonzerosPerSecond: cost.nonzerosPerSecond, stepMicros: cost.step, noiseSigma: 0 },
    horizonMicros: scenario.horizon,
    eventsMax: scenario.eventsMax,
  };
  return { plan, saved };
}

const keptMax = 1000;

/** The job of the cluster before was over before it was saved. */
export class NothingSaved extends Error {}

/** The plan whose job goes on from that checkpoint, with the disk that has it. */
export function resumed(
  plan: ScenarioPlan,
  { applications, compressor, loadShare, disk: given }: Omit<SimulationParts, "observe">,
): { readonly plan: ScenarioPlan; readonly disk: CheckpointDisk | undefined } {
  const { origin, job } = plan;
  if (origin === undefined) return { plan, disk: given };
  const disk = given ?? new CheckpointDisk();
  new Simulation(origin.plan, { applications, compressor, loadShare, disk, observe: () => {} }).run();
  const names = [...disk.checkpoints].flatMap(([name, { manifest }]) =>
    manifest === undefined ? [] : [name],
  );
  names.sort();
  const resume = names[Math.min(origin.saved, names.length) - 1];
  if (resume === undefined)
    throw new NothingSaved(
      "resume: the cluster before ended before it had saved a checkpoint; more passes would do",
    );
  return { plan: { ...plan, job: { ...job, resume } }, disk };
}
