/** Runs jobs and scenarios in the simulator: the same core, the same application, the same data. */
import { applications } from "../apps/index.ts";
import type { Examples, JobSpec, ShareSummary } from "../core/index.ts";
import { type DataSource, loadShare } from "../data/index.ts";
import { snappyCompressor } from "../net/index.ts";
import type { RunOptions } from "../sim/index.ts";

/** Shares are read before virtual time begins; in it they cost what the cost model says. */
export async function simulatorParts(job: JobSpec): Promise<RunOptions["parts"]> {
  const shares: { examples: Examples | undefined; summary: ShareSummary }[] = [];
  for (let slot = 0; slot < job.slotCount; slot++) {
    if (job.source === null) {
      shares.push({ examples: undefined, summary: { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 } });
    } else shares.push(await loadShare(job.source as DataSource, slot, job.slotCount));
  }
  return { applications, compressor: snappyCompressor, loadShare: (_source, slot) => shares[slot] };
}
