/** What C7 compares with: the model that the same job leaves where nothing disturbs it. */
import { defaultNodeOptions, type JobSpec, nodeId } from "../../core/index.ts";
import { modelHash } from "../../observe/index.ts";
import { Simulation, type SimulationParts, type SimulationPlan } from "../world/simulation.ts";

/**
 * Runs the job on one server and one worker that holds every slot, without delay, loss or noise. Undefined where tau is
 * not 0, where the job leaves no model, and where it fails even so (the run itself will say why).
 */
export function undisturbedModel(job: JobSpec, parts: Omit<SimulationParts, "observe">): string | undefined {
  if (job.tau !== 0) return undefined;
  const { outcome } = new Simulation(undisturbedPlan(job), { ...parts, observe: () => {} }).run();
  return outcome?.model === undefined ? undefined : modelHash(outcome.model);
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
  return {
    seed: "undisturbed",
    job,
    nodes: ["manager-0", "scheduler-0", "server-0", "worker-0"].map((id) => ({ ...shared, id: nodeId(id) })),
    network: {
      link: {
        mode: "stream",
        delay: instant,
        loss: 0,
        duplicate: 0,
        reorder: 0,
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
