/** What is left of a job: what its schedule returned, and the scheduler's own figures. */
import type { JobOutcome, JobResult } from "../application.ts";
import type { Micros } from "../ids.ts";
import type { ShareSummary } from "../share.ts";

export interface JobTimes {
  readonly now: Micros;
  /** When the first task was issued. */
  readonly begunAt: Micros;
  /** When the job was first seen here. */
  readonly seenAt: Micros | undefined;
}

export function jobResult(returned: JobOutcome, times: JobTimes, shares: Iterable<ShareSummary>): JobResult {
  const { now, begunAt, seenAt = begunAt } = times;
  return {
    ...returned,
    loadMicros: Math.max(0, begunAt - seenAt),
    trainMicros: now - begunAt,
    badLines: [...shares].reduce((sum, { badLines }) => sum + badLines, 0),
  };
}
