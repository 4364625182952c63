/**
 * What the registry knows, as if the leaders had said it: a screen that comes after a leader has gone, or before it is
 * reached, still sees who leads, which view holds and whose the slots are.
 */
import type { NodeId } from "../../core/index.ts";
import { type NodePart, newPart } from "../../observe/index.ts";
import type { KnownRecords } from "./known-cluster.ts";

/** Parts of those who would have said what is missing, made complete; `partOf` is what is known of a node. */
export function recordParts(
  records: KnownRecords,
  at: number,
  partOf: (node: NodeId) => NodePart = newPart,
): readonly NodePart[] {
  const { leaders, view, slots, job } = records;
  const completed: NodePart[] = [];
  for (const { role, node, term } of leaders) {
    const part = { ...partOf(node) };
    const isNew = !part.led.some((led) => led.role === role && led.term >= term);
    if (isNew) part.led = [...part.led, { role, term, at }];
    if (role === "manager") {
      const isBehind = view !== null && (part.published?.view.number ?? 0) < view.number;
      if (isBehind) part.published = { at, view, moves: [] };
      if (isBehind || isNew) completed.push(part);
      continue;
    }
    const epochs = part.assignments.map((assignment) => assignment?.epoch ?? -1);
    const isBehind = slots.some(({ slot, epoch }) => epoch > (epochs[slot] ?? -1));
    if (isBehind) {
      part.assignments = [...part.assignments];
      for (const { slot, worker, epoch } of slots) {
        if (epoch <= (epochs[slot] ?? -1)) continue;
        part.assignments[slot] = { worker, epoch, at, before: part.assignments[slot]?.worker ?? null };
      }
    }
    const lacksJob = job !== null && part.job === null;
    if (lacksJob) part.job = { at, reference: null, parameters: [], ...job };
    if (isBehind || isNew || lacksJob) completed.push(part);
  }
  return completed;
}
