/**
 * Pushes, and functions that change state, until they are applied (docs/protocol.md 4). Whatever was lost, repeated or
 * resent, each identity changes the segment once: the clock is asked before anything else.
 */
import { checkEncoded } from "../filters/check-encoded.ts";
import { type NodeId, slotsName, type TaskTime } from "../ids.ts";
import { intersect } from "../keys/key-range.ts";
import type { KeyList } from "../keys/key-list.ts";
import { functionOf } from "./calls.ts";
import { answerWrite, applyEntry } from "./entries.ts";
import type { Refusal } from "./fences.ts";
import { type HeldGroup, type HeldPart, isComplete } from "./held-parts.ts";
import { describeRequest, type PushMessage, type WriteRequest } from "./requests.ts";
import { describeSegment, isSequential } from "./segment-context.ts";
import type { SegmentState } from "./segment-state.ts";

/** True: something was applied, so reads that waited may go on. */
export function receiveWrite(segment: SegmentState, from: NodeId, request: WriteRequest): boolean {
  const { context, clock, closed } = segment;
  const { slot, time, op } = request.part;
  if (clock.isApplied(slot, time, op)) {
    observePart(segment, request, true);
    repeat(segment, from, request);
    return false;
  }
  const refusal = closed.isClosed(time, op)
    ? closedRefusal(`${time}/${op} was applied without the part of slot ${slot}`)
    : checkSlots(segment, request);
  if (refusal !== undefined) {
    context.replies.refused(from, request, refusal);
    return false;
  }
  const checked = request.type === "push" ? checkPush(segment, request) : checkCall(segment, request);
  if ("reason" in checked) {
    context.replies.refused(from, request, checked);
    return false;
  }
  const part: HeldPart = { from, request, keys: checked.keys, since: context.shell.now };
  if (isHeld(segment, request)) return hold(segment, part) && applyComplete(segment);
  observePart(segment, request, false);
  applyEntry(segment, { time, op, parts: [part] });
  return true;
}

/** Every task below has finished everywhere, so what is still held for one was superseded. */
export function dropBelow(segment: SegmentState, floor: TaskTime): boolean {
  const { held, context } = segment;
  const dropped = held.takeBelow(floor);
  for (const { parts } of dropped) {
    for (const part of parts) {
      if (part === undefined) continue;
      context.replies.refused(
        part.from,
        part.request,
        closedRefusal(`every task below ${floor} has finished`),
      );
    }
  }
  return dropped.length > 0 && applyComplete(segment);
}

/** Aggregates wait for all slots' parts, and with `tau = 0` everything does. */
function isHeld({ context, name }: SegmentState, request: WriteRequest): boolean {
  return isSequential(context.job) || (request.type === "push" && name.spec.update.kind === "aggregated");
}

function hold(segment: SegmentState, part: HeldPart): boolean {
  const { context, held, name } = segment;
  const { request } = part;
  const full = {
    reason: "full",
    detail: `heldBytesMax ${held.bytesMax} of ${describeSegment(name)} is in use`,
  } as const;
  const group = held.expect(request);
  const isRepeat = group?.parts[group.slots.indexOf(request.part.slot)] !== undefined;
  const givenUp = group === undefined ? undefined : held.hold(group, part);
  if (givenUp === undefined) {
    context.replies.refused(part.from, request, full);
    return false;
  }
  observePart(segment, request, isRepeat);
  if (group?.parts.includes(part) === true) segment.partHeld(part);
  for (const other of givenUp) context.replies.refused(other.from, other.request, full);
  return true;
}

/** With `tau = 0` the first group in (time, op) order is next, and holds up those behind it. */
function applyComplete(segment: SegmentState): boolean {
  const { context, held, closed } = segment;
  const isInOrder = isSequential(context.job);
  let hasApplied = false;
  for (;;) {
    const group = isInOrder ? held.all()[0] : held.all().find(isComplete);
    if (group === undefined || !isComplete(group)) return hasApplied;
    held.remove(group);
    closed.close(group.time, group.op);
    applyEntry(segment, { time: group.time, op: group.op, parts: group.parts as HeldPart[] });
    hasApplied = true;
  }
}

function repeat(segment: SegmentState, from: NodeId, request: WriteRequest): void {
  const { context, log } = segment;
  const token = log.token;
  log.whenCommitted(() => {
    if (answerWrite(segment, { from, request }, token)) return;
    const detail = `${describeRequest(request)} has run, and its answer was kept until its task had finished`;
    context.replies.turnAway(from, request, { reason: "closed", detail });
  });
}

function checkSlots({ context, held }: SegmentState, request: WriteRequest): Refusal | undefined {
  const { part, slots, type } = request;
  const { slotCount } = context.job;
  if (!slots.includes(part.slot) || slots[slots.length - 1] >= slotCount) {
    return invalid(`${slotsName(slots)} do not fit a job of ${slotCount} slots with slot ${part.slot}`);
  }
  const group = held.find(part.time, part.op);
  if (group === undefined || (group.type === type && areSame(group, slots))) return undefined;
  const known = `a ${group.type} of ${slotsName(group.slots)}`;
  return {
    reason: "conflict",
    detail: `${part.time}/${part.op} is ${known}; this is a ${type} of ${slots.join(", ")}`,
  };
}

function areSame(group: HeldGroup, slots: readonly number[]): boolean {
  return group.slots.length === slots.length && group.slots.every((slot, i) => slot === slots[i]);
}

function checkPush(segment: SegmentState, request: PushMessage): Refusal | { readonly keys: KeyList } {
  const { context, held, name, store } = segment;
  const { spec } = name;
  const { element, pushWidth: width } = spec;
  const { count, hash } = request.keys;
  const wrong = checkEncoded(request.values, { element, width, count });
  if (wrong !== undefined) return invalid(`${describeRequest(request)} to ${spec.name}: ${wrong}`);
  if (request.values.base !== 0)
    return invalid(`${describeRequest(request)} to ${spec.name} builds on a copy`);
  const resolved = context.keyLists.resolve(request.keys);
  if (resolved.ok) {
    const refusal = store.refuseKeys(resolved.keys);
    return refusal === undefined ? { keys: resolved.keys } : invalid(refusal);
  }
  if (resolved.reason === "invalid") return invalid(resolved.detail);
  // Its place in the order is kept, so that a later op does not overtake it.
  if (isSequential(context.job)) held.expect(request);
  return { reason: "unknown-keys", detail: hash };
}

function checkCall(
  { context, name }: SegmentState,
  request: Extract<WriteRequest, { readonly type: "call" }>,
): Refusal | { readonly keys: undefined } {
  const { range } = request;
  if (functionOf(context, request.function) === undefined) {
    return invalid(`application ${context.application.name} has no function "${request.function}"`);
  }
  if (intersect(range, name.range) === undefined) {
    return invalid(`keys [${range.begin}, ${range.end}) are none of ${describeSegment(name)}`);
  }
  return { keys: undefined };
}

function observePart({ context }: SegmentState, request: WriteRequest, isDuplicate: boolean): void {
  const { parameter, slot, time, op, segment } = request.part;
  const push = { parameter, slot, time, op };
  context.shell.observe({ type: "part-received", push, segment, isDuplicate });
}

function invalid(detail: string): Refusal {
  return { reason: "invalid", detail };
}

function closedRefusal(detail: string): Refusal {
  return { reason: "closed", detail };
}
