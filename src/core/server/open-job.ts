/** What a server needs to know of the job, once it is submitted. */
import type { Application } from "../application.ts";
import { KeyListCache } from "../filters/key-caching.ts";
import { RowCopies } from "../filters/row-copy.ts";
import type { JobSpec } from "../job.ts";
import type { ParameterSpec } from "../parameter.ts";
import { refuseSpecs } from "./refuse-specs.ts";
import type { SegmentContext } from "./segment-context.ts";

export interface Job {
  readonly context: SegmentContext;
  readonly specs: readonly ParameterSpec[];
}

/** A text: why it cannot be served here. */
export function openJob(
  job: JobSpec,
  application: Application | undefined,
  server: Pick<SegmentContext, "shell" | "replies" | "pace">,
): Job | string {
  if (application === undefined) {
    return `job ${job.name} names application "${job.application}", which is not known here`;
  }
  let specs: readonly ParameterSpec[];
  try {
    specs = application.parameters(job);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const refusal = refuseSpecs(specs, application, job.tau);
  if (refusal !== undefined) return refusal;
  const { keyListCacheBytesMax } = server.shell.options;
  const keyLists = new KeyListCache(keyListCacheBytesMax);
  const copies = new RowCopies(keyListCacheBytesMax);
  return { specs, context: { ...server, job, application, keyLists, copies } };
}
