/** What a worker thread loads: the applications, and their data. */
export { applications } from "../apps/index.ts";
import type { ShareSpec, ShareSummary } from "../core/index.ts";
import { checkDataSource, loadShare as load } from "../data/index.ts";

export async function loadShare(
  spec: ShareSpec,
): Promise<{ readonly share: unknown; readonly summary: ShareSummary }> {
  // A job without data, such as a script.
  if (spec.source === null)
    return { share: undefined, summary: { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 } };
  const { examples, summary } = await load(checkDataSource(spec.source), spec.slot, spec.slotCount);
  return { share: examples, summary };
}
