/** The key span of a job whose file does not say how many features its data has. */
import { keyAt, keyCount } from "../core/index.ts";
import { loadShare } from "../data/index.ts";
import type { Job } from "./job-file.ts";
import { say } from "./output.ts";

/** Reads the data once to find its largest feature, where the job file does not name it. */
export async function withFeatures(job: Job): Promise<Job> {
  if (job.features !== undefined) return job;
  const { examples } = await loadShare(job.train, 0, 1);
  const count = keyCount(examples.keys);
  const largest = keyAt(examples.keys.pairs, count - 1);
  say(`data.features is not given: the largest index in the training data is ${largest}`);
  return { ...job, features: Number(largest), spec: { ...job.spec, keyMax: largest.toString() } };
}
