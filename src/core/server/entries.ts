/**
 * Applying pushes to a segment: each application is one entry of its log, and with aggregation one entry stands for
 * all slots' parts (docs/protocol.md 4).
 */
import { assert } from "../assert.ts";
import type { UpdateFunction } from "../application.ts";
import type { TaskTime } from "../ids.ts";
import { type KeyList, keyCount } from "../keys/key-list.ts";
import type { Token } from "../identities.ts";
import { ApplicationError, runApplication } from "./application-error.ts";
import { runCall } from "./calls.ts";
import { digestRows } from "./change-digest.ts";
import { digestEntry } from "./entry-digest.ts";
import type { HeldPart } from "./held-parts.ts";
import type { CallMessage, PushMessage } from "./requests.ts";
import { describeSegment, isSequential } from "./segment-context.ts";
import type { SegmentState } from "./segment-state.ts";
import { applyPushes, preparePushes, type PushPart } from "./updates.ts";

/** Parts of one (time, op), in slot order. */
export interface Entry {
  readonly time: TaskTime;
  readonly op: number;
  readonly parts: readonly HeldPart[];
}

/** Applies the entry and answers its senders. Throws an ApplicationError where the job cannot go on. */
export function applyEntry(segment: SegmentState, entry: Entry): void {
  const { context, clock, history, log, name } = segment;
  const { time, op, parts } = entry;
  const mark = { time, op };
  const { view } = context.shell;
  assert(view !== undefined, "what is applied came in a view");
  const first = parts[0].request;
  const changed = first.type === "push" ? applyPushParts(segment, entry) : applyCallParts(segment, entry);
  const slots = parts.map(({ request }) => request.part.slot);
  const digest = digestEntry({ time, op, slots }, digestRows(segment.store, changed));
  const token = log.append(view, digest);
  history.applied(mark, token);
  for (const slot of slots) clock.apply(slot, time, op);
  const { parameter, begin } = name;
  context.shell.observe({
    type: "applied",
    parameter,
    segment: begin,
    token,
    time,
    op,
    slots,
    digest: log.digest,
  });
  for (const part of parts) log.whenCommitted(() => answerWrite(segment, part, token));
  const list = parts.length === 1 ? parts[0].keys : undefined;
  const keys = list !== undefined && keyCount(list) === changed.length ? list : undefined;
  segment.appended({ token, time, op, slots, changed, keys });
}

/** Tells the sender that its push is finished. False: it was a function, and its answer is gone. */
export function answerWrite(
  segment: SegmentState,
  part: Pick<HeldPart, "from" | "request">,
  token: Token,
): boolean {
  const { replies } = segment.context;
  const { from, request } = part;
  if (request.type === "push") {
    replies.pushed(from, request.part, token);
    return true;
  }
  const answer = segment.closed.answerOf(request.part);
  if (answer !== undefined) replies.called(from, request.part, token, answer);
  return answer !== undefined;
}

export function applyPushParts(segment: SegmentState, entry: Entry): Int32Array {
  const { context, name, store } = segment;
  const parts: PushPart[] = [];
  for (const part of entry.parts) {
    const keys = part.keys as KeyList;
    // Rows may have been added since the part was let in.
    const refusal = store.refuseKeys(keys);
    if (refusal !== undefined) throw new ApplicationError(`${describeSegment(name)}: ${refusal}`);
    parts.push({ push: part.request as PushMessage, keys });
  }
  const prepared = preparePushes(store, parts);
  record(segment, entry, prepared.changed);
  const { update } = name.spec;
  const called = "name" in update ? update.name : update.kind;
  const code = { kind: "update", name: called, segment: name, time: entry.time } as const;
  const run = updateOf(segment, called);
  applyPushes(store, prepared, (given) => runApplication(context, code, () => run?.(given)), context.job);
  return prepared.changed;
}

function updateOf({ context }: SegmentState, name: string): UpdateFunction | undefined {
  const { updates } = context.application;
  return Object.hasOwn(updates, name) ? updates[name] : undefined;
}

/** Functions may change any row of their range. */
function applyCallParts(segment: SegmentState, entry: Entry): Int32Array {
  const { context, name, store, closed } = segment;
  let begin = store.rows;
  let end = 0;
  for (const { request } of entry.parts) {
    const rows = store.rowRange((request as CallMessage).range);
    begin = Math.min(begin, rows.begin);
    end = Math.max(end, rows.end);
  }
  const changed = new Int32Array(Math.max(0, end - begin));
  for (let j = 0; j < changed.length; j++) changed[j] = begin + j;
  record(segment, entry, changed);
  for (const { request } of entry.parts) {
    const call = request as CallMessage;
    closed.keepAnswer(call.part, runCall(context, name, call, { store, state: store }));
  }
  return changed;
}

function record({ context, history, log, store }: SegmentState, { time, op }: Entry, rows: Int32Array): void {
  if (isSequential(context.job)) history.record({ time, op }, rows, store, log.token);
}
