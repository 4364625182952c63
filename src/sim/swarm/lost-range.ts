/**
 * Faults by which a job that is saved loses all holders of a range, so that it is rolled back: the only ones beyond what the cluster
 * is to survive by itself. They wait for a checkpoint, for without one the job fails by right.
 */
import type { Scenario, ScenarioInput } from "../scenario/scenario.ts";
import { type Cluster, type Draft, type Fault, micros, restartMicros } from "./drawn-budget.ts";

/** So many that the one before the damaged one stays until the job ends. */
export const checkpointsKept = 10;

/** Of a job in which the third checkpoint may be damaged, and something is still to be done when it is saved. */
export const passesToLose = 5;

const damages = ["torn", "lost", "flipped"] as const;
const afterMicrosMax = 50_000;

export function lostRange({ first, second, share, coin }: Draft, cluster: Cluster): Fault[] {
  const { servers, schedulers = 1, replicas = 0 } = cluster;
  const saved = 1 + (second % 2);
  const isDamaged = coin && second % 4 < 2;
  const faults: Fault[] = [];
  // What is read is then the one before.
  if (isDamaged) {
    const writers = servers + schedulers;
    const nth = first % writers;
    const node = nth < servers ? `server-${nth}` : `scheduler-${nth - servers}`;
    const on = { fact: "checkpoint-saved", nth: saved };
    faults.push({ kind: "disk", node, what: damages[first % damages.length], on, for: "500s" });
    faults.push({ kind: "heal-all", on: { ...on, nth: saved + 1 } });
  }
  const nth = isDamaged ? saved + 1 : saved;
  const after = micros(share ** 3 * afterMicrosMax);
  for (let i = 0; i <= replicas; i++) {
    const node = `server-${(first + i) % servers}`;
    const on = { fact: "checkpoint-saved", nth, after };
    faults.push({ kind: "crash", node, on, restart: micros(restartMicros(share)) });
  }
  return faults;
}

/** The job goes on from a checkpoint that is whole, whoever is lost after one was saved. */
export function isSavedWhole({ workload, checkpoint, policy, faults }: Scenario): boolean {
  const [one] = workload;
  if (one?.kind !== "train" || checkpoint === undefined || policy?.lostRange === "fail") return false;
  const { checkpointsKept: kept = 0 } = checkpoint;
  const isShort = kept >= checkpointsKept && Number(one.options?.passesMax ?? kept) < kept;
  return faults.every((fault) => {
    if (fault.kind !== "disk" || fault.what === "slow" || fault.what === "full") return true;
    return isShort && fault.what !== "failing" && fault.on?.fact === "checkpoint-saved";
  });
}

/** What such a job survives: a server that comes back, lost when there is a checkpoint. */
export function isRolledBack(fault: Scenario["faults"][number]): boolean {
  const { on } = fault;
  const isSaved = on?.fact === "checkpoint-saved" || on?.fact === "job-rolled-back";
  return isSaved && fault.kind === "crash" && fault.restart !== undefined && fault.version === undefined;
}

/** May workers' programs begin again, wherever they are? */
export function rollsBack({ faults = [] }: ScenarioInput): boolean {
  return faults.some(
    ({ kind, on }) => kind === "crash" && (on?.fact === "checkpoint-saved" || on?.fact === "job-rolled-back"),
  );
}
