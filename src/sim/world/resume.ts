/** Runs a slot's program until its next request: it is done at once, and charged to virtual time. */
import type { Effect, Event } from "../../core/index.ts";
import type { Life } from "./home.ts";
import { within } from "./tripwires.ts";

export function resume(
  life: Life,
  { slot, time, input }: Effect & { readonly type: "compute" },
  now: number,
): { readonly at: number; readonly event: Event } {
  const step = within(() => life.host.resume(slot, time, input));
  const work = step.type === "failed" ? 0 : step.work;
  const at = life.home.computer.compute(work, now);
  return { at, event: { type: "computed", slot, time, step } };
}
