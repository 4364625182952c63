/** Slots vanish as a pass begins: its record says which it is without (docs/protocol.md 9). */
import { taskTime } from "../ids.ts";
import type { Observation } from "../observation.ts";
import type { PassRecord } from "../registry/records.ts";
import type { SlotHolders } from "./slot-holders.ts";
import type { TaskBoard } from "./task-board.ts";

/** The record as it is written, and what is said of slots that had tasks before. The pass of a scheduler that is gone is without the very same. */
export function withoutLeaving(
  pass: PassRecord,
  isFirst: boolean,
  holders: SlotHolders,
  board: TaskBoard,
): { readonly written: PassRecord; readonly dropped: readonly Observation[] } {
  const dropped = isFirst ? holders.dropLeaving() : [];
  board.setSlots(holders.slots);
  const first = taskTime(pass.first);
  const facts = dropped.map((slot) => ({ type: "slot-dropped", slot, first }) as const);
  return { written: { ...pass, ...holders.droppedOfPass }, dropped: facts };
}
