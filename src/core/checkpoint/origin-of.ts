/** What a lineage begins with: the checkpoint that the job was rolled back to, or was submitted to go on from. */
import type { JobSpec } from "../job.ts";
import type { View } from "../ring/view.ts";

/** Undefined: with nothing. */
export function originOf(job: Pick<JobSpec, "resume">, view: Pick<View, "begins">): string | undefined {
  return view.begins?.checkpoint ?? job.resume;
}
