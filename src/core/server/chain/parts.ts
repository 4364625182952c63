/**
 * Naive replication (OSDI'14 section 4.3): each part of a push goes down the chain as it comes, before aggregation, and
 * holders run the update themselves. Their entries then need no rows. Wherever a holder lacks a part it says so, and is
 * sent the rows after all: what is committed, and when, is the same as with replication after aggregation.
 */
import { emptyKeys, type KeyList, keyList } from "../../keys/key-list.ts";
import type { Slot, TaskTime } from "../../ids.ts";
import type { LogEntry, RowValues } from "../../message/message.ts";
import { ApplicationError } from "../application-error.ts";
import { digestRows } from "../change-digest.ts";
import { applyPushParts } from "../entries.ts";
import { digestEntry } from "../entry-digest.ts";
import { type HeldGroup, type HeldPart, isComplete } from "../held-parts.ts";
import type { PushMessage } from "../requests.ts";
import type { SegmentState } from "../segment-state.ts";

/** Of an entry whose receiver has every part. */
export const noRows: RowValues = {
  keys: { hash: emptyKeys.hash, count: 0, pairs: emptyKeys.pairs },
  columns: [],
};

/** Every parameter has a column. */
export function isBare({ rows }: LogEntry): boolean {
  return rows.columns.length === 0;
}

/** Whose parts one receiver was sent, for entries to come. */
export class SentParts {
  private readonly slots: Map<TaskTime, Map<number, Set<Slot>>> = new Map();

  add({ part }: PushMessage): void {
    const ops = this.slots.get(part.time) ?? new Map<number, Set<Slot>>();
    this.slots.set(part.time, ops);
    const slots = ops.get(part.op) ?? new Set();
    ops.set(part.op, slots.add(part.slot));
  }

  /** Whether all of the entry's were sent; they are of no further use. */
  take({ time, op, slots }: LogEntry, floor: TaskTime): boolean {
    const ops = this.slots.get(time);
    const sent = ops?.get(op);
    ops?.delete(op);
    for (const [known, { size }] of this.slots) if (known < floor || size === 0) this.slots.delete(known);
    return sent !== undefined && sent.size === slots.length;
  }

  clear(): void {
    this.slots.clear();
  }
}

/** A holder keeps what its entry will be made of. Undefined: it has no use for it, and is sent rows where it is needed. */
export function keepPart(segment: SegmentState, push: PushMessage): HeldPart | undefined {
  const { clock, held, context, store } = segment;
  const { slot, time, op } = push.part;
  if (clock.isApplied(slot, time, op) || !push.slots.includes(slot)) return undefined;
  const resolved = context.keyLists.resolve(push.keys);
  if (!resolved.ok || store.refuseKeys(resolved.keys) !== undefined) return undefined;
  const group = held.expect(push);
  if (group === undefined || !group.slots.includes(slot)) return undefined;
  const part = { from: context.shell.id, request: push, keys: resolved.keys, since: context.shell.now };
  return held.hold(group, part) === undefined ? undefined : part;
}

/** What this holder makes of an entry's parts; undefined: it has not all of them. */
export function applyParts(segment: SegmentState, entry: LogEntry): RowValues | string | undefined {
  const { held, store, log } = segment;
  const { time, op, slots, token } = entry;
  const group = held.find(time, op);
  if (group === undefined || !isComplete(group) || !isOf(group, slots)) return undefined;
  held.remove(group);
  try {
    const changed = applyPushParts(segment, { time, op, parts: group.parts as HeldPart[] });
    store.scalars.set(entry.scalars);
    log.store(token, digestEntry({ time, op, slots }, digestRows(store, changed)));
    const list: KeyList = keyList(store.pairsAt(changed));
    return {
      keys: { hash: list.hash, count: changed.length, pairs: list.pairs },
      columns: store.read(changed),
    };
  } catch (error) {
    if (!(error instanceof ApplicationError)) throw error;
    return error.message;
  }
}

/** An entry came with its rows, or its tasks have finished: what was kept for it goes. */
export function forgetParts({ held }: SegmentState, { time, op }: Pick<LogEntry, "time" | "op">): void {
  const group = held.find(time, op);
  if (group !== undefined) held.remove(group);
}

function isOf(group: HeldGroup, slots: readonly Slot[]): boolean {
  return group.slots.length === slots.length && group.slots.every((slot, i) => slot === slots[i]);
}
