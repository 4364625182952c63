/** Why is it waiting? Answered for every held part and every waiting read of a segment. */
import { type NodeId, type Slot, slotsName, type TaskTime } from "../ids.ts";
import type { Wait, WaitEdge } from "../node.ts";
import { type HeldGroup, isComplete, missingSlots } from "./held-parts.ts";
import type { Reads } from "./reads.ts";
import { describeSegment, isSequential } from "./segment-context.ts";
import type { SegmentState } from "./segment-state.ts";

export function waitsOf(segment: SegmentState, reads: Reads, node: NodeId): readonly Wait[] {
  const where = describeSegment(segment.name);
  const waits: Wait[] = [];
  for (const group of segment.held.all()) {
    const blocking = blockingGroup(segment, group);
    const { waitsFor, edge } = partsOf(blocking, where);
    for (const part of group.parts) {
      if (part === undefined) continue;
      const blocked = `${group.type} part of slot ${part.request.part.slot} for ${group.time}/${group.op}`;
      waits.push({ node, since: part.since, blocked, waitsFor, edge });
    }
  }
  for (const { request, since } of reads.all()) {
    const obstacle = reads.obstacle(request);
    const { part, after } = request;
    const own: Expected = { time: after.time, op: after.op ?? 0, missing: [part.slot] };
    const group = obstacle?.group === undefined ? undefined : blockingGroup(segment, obstacle.group);
    const { waitsFor, edge } = group === undefined ? expected(own, where) : partsOf(group, where);
    const blocked = `${request.type} ${part.time}/${part.op} of ${segment.name.spec.name} at slot ${part.slot}`;
    waits.push({ node, since, blocked, waitsFor, edge });
  }
  return waits;
}

interface Expected {
  readonly time: TaskTime;
  readonly op: number;
  readonly missing: readonly Slot[];
}

/** A complete group is held up by an older one, in a job where updates are applied in order. */
function blockingGroup({ held, context }: SegmentState, group: HeldGroup): HeldGroup {
  if (!isComplete(group) || !isSequential(context.job)) return group;
  return held.all().find((older) => !isComplete(older)) ?? group;
}

function partsOf(group: HeldGroup, where: string): { readonly waitsFor: string; readonly edge: WaitEdge } {
  return expected({ time: group.time, op: group.op, missing: missingSlots(group) }, where);
}

function expected(
  { time, op, missing }: Expected,
  where: string,
): { readonly waitsFor: string; readonly edge: WaitEdge } {
  const waitsFor = `the parts of ${time}/${op} of ${slotsName(missing)} for ${where}`;
  return { waitsFor, edge: { kind: "parts", time, op, missingSlots: missing } };
}
