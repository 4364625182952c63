/**
 * What a holder sends to the next one in its chain: entries as it gets them and, to one that is being filled, its rows
 * in key order between them. Rows and entries overwrite and arrive in order, so that rows of a state that goes on
 * changing make a whole one (docs/protocol.md 7).
 */
import { KnownKeyLists } from "../../filters/key-caching.ts";
import type { NodeId } from "../../ids.ts";
import { keyAt, keyList } from "../../keys/key-list.ts";
import type { KeyListReference, LogEntry, Message, SegmentId } from "../../message/message.ts";
import { segmentName } from "../../ring/view.ts";
import { rowsOf } from "../../store/row-keys.ts";
import type { SegmentState } from "../segment-state.ts";
import type { HeldPart } from "../held-parts.ts";
import { withRows } from "./log-entries.ts";
import { noRows, SentParts } from "./parts.ts";
import type { Place } from "./place.ts";
import type { Retained } from "./retained.ts";
import { restOf } from "./storing.ts";

export type Position = Extract<Message, { readonly type: "position" }>;

/** A shorter list costs hardly more than its hash. */
const cachedKeysMin = 3;
const noKeys = new Uint32Array(0);

export class Feed {
  /** The receiver has every entry up to this one, as far as it has said. */
  reported: number;
  readonly to: NodeId;
  private readonly segment: SegmentState;
  private readonly retained: Retained;
  private readonly place: Place;
  /** The index of the next entry to send. */
  private next: number;
  /** Keys below were sent, to a receiver that is being filled. */
  private sent: bigint | undefined;
  private isOver: boolean = false;
  private isQueued: boolean = false;
  /** Lists that the receiver was sent: the next time they are named by hash (OSDI'14 4.2). */
  private known: KnownKeyLists = new KnownKeyLists();
  private readonly parts: SentParts = new SentParts();

  /** The receiver says in `position` what it has. */
  constructor(segment: SegmentState, retained: Retained, place: Place, position: Position) {
    this.segment = segment;
    this.retained = retained;
    this.place = place;
    this.to = place.line[place.at + 1];
    const { token, isFull, filled } = position;
    this.reported = token.index;
    this.next = token.index + 1;
    const isAhead = token.index > segment.log.token.index;
    if (isAhead || retained.covers(token)) {
      this.sent = isFull ? undefined : filled.end;
      for (const entry of retained.after(token.index)) this.add(entry);
    } else if (place.at + 1 < place.fullCount) {
      const { context, name } = segment;
      context.shell.fail(
        `${this.to} has segment ${segmentName(name.begin)} of ${name.spec.name} up to ${token.view}/${token.index} (view/index), ` +
          `which is none of the states that ${context.shell.id} can go on from`,
      );
    } else {
      this.sent = segment.name.range.begin;
      // The first rows say from which state on entries are of use.
      this.next = Number.POSITIVE_INFINITY;
    }
    if (this.sent !== undefined) this.sendLater();
  }

  /** Another view has come: nothing more is sent by this one. */
  end(): void {
    this.isOver = true;
  }

  /** Entries up to this index are not needed for the receiver. */
  get needed(): number {
    return this.sent === undefined ? Number.POSITIVE_INFINITY : this.reported;
  }

  add(entry: LogEntry): void {
    if (entry.token.index < this.next) return;
    this.next = entry.token.index + 1;
    const { context, log, clock, name } = this.segment;
    const { keys, columns } = entry.rows;
    const hasParts = this.parts.take(entry, clock.floor);
    context.shell.send(this.to, "data", {
      type: "entry",
      parameter: name.parameter,
      segment: name.begin,
      view: this.place.view,
      committed: log.committedIndex,
      floor: clock.floor,
      entry: withRows(entry, hasParts ? noRows : { keys: this.named(keys), columns }),
    });
  }

  /** Naive replication: to one that is full, so that it can make the entry's rows itself. */
  addPart({ request, keys }: HeldPart): void {
    const { context, name } = this.segment;
    const isWanted = name.spec.replication === "naive" && this.place.at + 1 < this.place.fullCount;
    if (!isWanted || request.type !== "push" || keys === undefined) return;
    const named = this.named({ hash: keys.hash, count: request.keys.count, pairs: keys.pairs });
    context.shell.send(this.to, "data", { type: "part", ...this.id, push: { ...request, keys: named } });
    this.parts.add(request);
  }

  private named({ hash, count, pairs }: KeyListReference): KeyListReference {
    return this.known.reference(this.to, 0, { hash, pairs: pairs ?? noKeys }, count >= cachedKeysMin);
  }

  private get id(): SegmentId {
    const { parameter, begin: segment } = this.segment.name;
    return { parameter, segment, view: this.place.view };
  }

  /** The receiver has taken what was sent. */
  answered({ token, isFull, isGap, filled }: Position): void {
    this.reported = Math.max(this.reported, token.index);
    const goesOn = !isGap || this.sendAgain(token.index);
    if (isFull || this.sent === undefined) {
      this.sent = undefined;
      return;
    }
    const { begin, end } = this.segment.name.range;
    // Rows that were sent after what is missing were not taken.
    if (isGap) this.sent = goesOn ? filled.end : begin;
    if (!goesOn || (filled.end === this.sent && this.sent < end)) this.sendLater();
  }

  /** The receiver goes on from this index, and may have forgotten lists. False: what came next is not kept any more. */
  private sendAgain(index: number): boolean {
    if (!this.retained.goesOnAfter(index)) return false;
    this.known = new KnownKeyLists();
    this.parts.clear();
    this.next = index + 1;
    for (const entry of this.retained.after(index)) this.add(entry);
    return true;
  }

  /** At most one chunk waits for its turn; it begins where what is sent ends by then. */
  private sendLater(): void {
    if (this.isQueued) return;
    this.isQueued = true;
    this.segment.context.pace.run(() => {
      this.isQueued = false;
      // Also where its range has no keys: what makes a copy whole comes with the last rows, be they none.
      return this.isOver || this.sent === undefined ? 0 : this.sendRows(this.sent);
    });
  }

  /** The bytes that were sent. */
  private sendRows(begin: bigint): number {
    const { context, name, store, log } = this.segment;
    const { range, spec } = name;
    const found = store.rowRange({ begin, end: range.end });
    const bytesEach = 8 + 8 * spec.columns.length;
    const count = Math.max(1, Math.floor(context.shell.options.fillChunkBytes / bytesEach));
    const isLast = found.end - found.begin <= count;
    const rowEnd = isLast ? found.end : found.begin + count;
    const positions = rowsOf({ begin: found.begin, end: rowEnd });
    const keys = store.keysOf(found.begin, rowEnd);
    const end = isLast ? range.end : keyAt(keys, keys.length / 2 - 1) + 1n;
    this.sent = end;
    if (begin === range.begin) this.next = log.token.index + 1;
    const list = keyList(keys);
    context.shell.send(this.to, "data", {
      type: "snapshot",
      ...this.id,
      token: log.token,
      rows: {
        keys: { hash: list.hash, count: positions.length, pairs: keys },
        columns: store.read(positions),
      },
      filled: { begin, end },
      rest: isLast ? restOf(this.segment) : undefined,
    });
    return positions.length * bytesEach;
  }
}
