/** What an entry adds to its segment's digest: what it changed, and which pushes it is of. */
import type { Slot, TaskTime } from "../ids.ts";
import { mix32 } from "../keys/mix.ts";

export function digestEntry(
  { time, op, slots }: { readonly time: TaskTime; readonly op: number; readonly slots: readonly Slot[] },
  changed: number,
): number {
  let digest = mix32(mix32(changed, op), mix32(time, Math.floor(time / 2 ** 32)));
  for (const slot of slots) digest = mix32(digest, slot);
  return digest;
}
