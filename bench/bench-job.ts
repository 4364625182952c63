/** The job of a bench's own application, which has no data. */
import type { JobSpec } from "#tauring/core/index.js";

export function benchJob(
  application: string,
  options: object,
  more: Partial<Pick<JobSpec, "slotCount" | "policy">> = {},
): JobSpec {
  return {
    schema: "tauring.job/1",
    name: application,
    application,
    seed: "1",
    slotCount: 1,
    tau: null,
    pushFilters: [],
    pullFilters: [],
    options: { ...options },
    source: null,
    keyMax: "0",
    ...more,
  };
}
