/** What C7 compares with: the model that the same job leaves where nothing disturbs it. */
import { defaultNodeOptions, type JobSpec, nodeId } from "../../core/index.ts";
import { modelHash } from "../../observe/index.ts";
import { Simulation } from "../world/simulation.ts";
import type { SimulationParts, SimulationPlan } from "../world/simulation-plan.ts";

/** Hash of the model that `undisturbedRun` leaves; undefined where there is none. */
export function undisturbedModel(job: JobSpec, parts: Omit<SimulationParts, "observe">): string | undefined {
  const outcome = undisturbedRun(job, parts)?.run().outcome;
  return outcome?.model === undefined ? undefined : modelHash(outcome.model);
}

/**
 * The job on one server and one worker that holds every slot, without delay, loss or noise. Undefined where tau is not
 * 0; it leaves no model where the job leaves none and where it fails even so (the run itself will say why).
 */
export function undisturbedRun(
  job: JobSpec,
  parts: Omit<SimulationParts, "observe">,
): Simulation | undefined {
  if (job.tau !== 0) return undefined;
  return new Simulation(undisturbedPlan(job), { ...parts, observe: () => {} });
}

function undisturbedPlan(job: JobSpec): SimulationPlan {
  const shared = {
    ...defaultNodeOptions,
    clusterId: "undisturbed",
    address: "",
    serverCount: 1,
    workerCount: 1,
  };
  const instant = { kind: "constant", value: 1 } as const;
  const { resume: _, checkpoint: __, ...fromTheStart } = job;
  return {
    seed: "undisturbed",
    job: fromTheStart,
    nodes: ["manager-0", "scheduler-0", "server-0", "worker-0"].map((id) => ({ ...shared, id: nodeId(id) })),
    network: {
      link: {
        mode: "stream",
        delay: instant,
        loss: 0,
        duplicate: 0,
        reorder: 0,
        repeat: 0,
        reorderMicros: 0,
        reset: 0,
        reconnectMicros: 0,
      },
      egressBytesPerSecond: Number.POSITIVE_INFINITY,
      ingressBytesPerSecond: Number.POSITIVE_INFINITY,
    },
    registryDelay: instant,
    cost: { nonzerosPerSecond: 1e9, stepMicros: 1, noiseSigma: 0 },
    horizonMicros: 24 * 3600e6,
    eventsMax: Number.POSITIVE_INFINITY,
  };
}
