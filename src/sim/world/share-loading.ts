/** What comes of a share that a worker asks for, and when: the slot's program is made with it. */
import type { Effect, Event, JobSpec, ShareSummary } from "../../core/index.ts";
import type { Life } from "./home.ts";
import type { SimulationParts } from "./simulation-plan.ts";

export function loadShareInto(
  life: Life,
  { slot, share }: Effect & { readonly type: "load-share" },
  { job, parts, now }: { readonly job: JobSpec; readonly parts: SimulationParts; readonly now: number },
): { readonly at: number; readonly event: Event } {
  try {
    const { examples, summary } = parts.loadShare(share.source, share.slot, share.slotCount);
    const application = parts.applications(job.application);
    if (application === undefined) throw new Error(`application: no such application: ${job.application}`);
    life.host.addSlot(slot, application.slotProgram(job, slot, examples));
    const at = life.home.computer.compute(summary.nonzeros, now);
    const loaded: ShareSummary = { ...summary, loadMicros: at - now };
    return { at, event: { type: "share-loaded", slot, summary: loaded } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { at: now + 1, event: { type: "share-failed", slot, reason } };
  }
}
