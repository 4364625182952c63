/** What a run is held to that its facts do not say: how long things may take in this cluster. */
import type { CheckOptions } from "../../observe/index.ts";
import { endOf } from "../world/fault.ts";
import type { SimulationPlan } from "../world/simulation-plan.ts";

/** Beside the waits that are options: for the registry's answers, for what is sent again, and for the copying. */
const restMs = 2000;
/**
 * A wait that doubles from a millisecond on ends ten times in a second, and begins anew at each fresh connection; without
 * doubling it would end hundreds of times.
 */
const resendsPerSecondMax = 50;

export function limitsOf(plan: SimulationPlan): CheckOptions {
  const { nodes } = plan;
  const [{ suspectAfterMs, lostAfterMs, replaceAfterMs }] = nodes;
  const repairMaxMs = repairMs(plan) + lostAfterMs + replaceAfterMs;
  return {
    suspectAfterMs,
    repairMaxMs,
    answerMaxMs: 2 * repairMaxMs,
    leaveMaxMs: suspectAfterMs + restMs,
    resendsPerSecondMax,
  };
}

/** By when all is as it was before the faults, as far as it can be: the lost were given up, and others have their place. */
export function settledAt(plan: SimulationPlan, faultsEndedAt: number): number {
  return faultsEndedAt + 1000 * repairMs(plan);
}

/** The same, where it is known before the run; undefined where faults wait for what happens in it. */
export function plannedSettledAt(plan: SimulationPlan): number | undefined {
  if ((plan.awaitedFaults ?? []).length > 0) return undefined;
  return settledAt(
    plan,
    (plan.faults ?? []).reduce((latest, fault) => Math.max(latest, endOf(fault)), 0),
  );
}

function repairMs({ nodes, rejoinMicros = 0 }: SimulationPlan): number {
  const suspectMs = Math.max(...nodes.map(({ suspectAfterMs }) => suspectAfterMs));
  return 2 * suspectMs + rejoinMicros / 1000 + restMs;
}
