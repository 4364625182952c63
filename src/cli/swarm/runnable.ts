/** Any scenario with its job and its data, which are read once. */
import { basename, join, resolve } from "node:path";
import { jobOf, planOf, type Scenario, undisturbedModel } from "../../sim/index.ts";
import { smallJobFile } from "../../sim/swarm/index.ts";
import { type ReadyJob, readyJob } from "../commands/train.ts";
import { simulatorParts } from "../simulate.ts";
import { drawnPlan, foundFolder, type Runnable } from "./drawn-run.ts";

const jobs = new Map<string, Promise<ReadyJob>>();
const data = new Map<string, ReturnType<typeof simulatorParts>>();
const references = new Map<string, string | undefined>();

/** Its job file is found from this folder. */
export async function runnableOf(scenario: Scenario, folder: string): Promise<Runnable> {
  const [workload] = scenario.workload;
  if (workload.kind !== "train" || isSmallJob(join(folder, workload.job))) return drawnPlan(scenario);
  const { seed } = scenario;
  if (seed === undefined) throw new Error(`scenario ${scenario.name} names no seed`);
  const path = resolve(folder, workload.job);
  const ready = await kept(jobs, path, () => readyJob(path, {}));
  const job = jobOf(scenario, ready.job.spec, seed);
  const parts = await kept(data, `${path} ${job.slotCount}`, () => simulatorParts(job));
  const referenceModel = kept(references, JSON.stringify(job), () => undisturbedModel(job, parts));
  return { job, plan: planOf(scenario, seed, job), options: { parts, referenceModel } };
}

/** The same file, by whichever path. */
function isSmallJob(path: string): boolean {
  return basename(path) === smallJobFile && resolve(path) === resolve(foundFolder, smallJobFile);
}

function kept<T>(by: Map<string, T>, name: string, make: () => T): T {
  if (!by.has(name)) by.set(name, make());
  return by.get(name) as T;
}
