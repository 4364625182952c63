/**
 * One segment's chain, as one of its servers sees it (docs/protocol.md 4, 6 and 7). Entries go from the master down the
 * line of the view; what the last full holder has is committed. In a new view each holder says how far it is: a new
 * master takes the newest state among all of them before it serves, so that nothing that was finished is missing, and
 * each holder gets from the one before it what it lacks.
 */
import type { NodeId } from "../../ids.ts";
import type { ChainMessage } from "../../message/chain-messages.ts";
import type { LogEntry, PushMessage } from "../../message/message.ts";
import type { Wait } from "../../node.ts";
import type { Token } from "../../identities.ts";
import { describeSegment } from "../segment-context.ts";
import type { Applied, SegmentState } from "../segment-state.ts";
import type { HeldPart } from "../held-parts.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { Copy } from "./copy.ts";
import { Feed, type Position } from "./feed.ts";
import { entryOf } from "./log-entries.ts";
import { keepPart } from "./parts.ts";
import type { Place } from "./place.ts";
import { Retained } from "./retained.ts";
import { sealingOf } from "./sealing.ts";
import { ChainTimes } from "./waits.ts";

export interface ChainHost {
  /** The segment takes requests from now on. */
  serves(): void;
  /** As the master sees it, this one that is being filled has everything. */
  isFilled(peer: NodeId): void;
}

/**
 * Invariants: what is retained ends at the newest entry that this holder has; only a master that serves applies
 * requests; an index is committed only when every full holder has said, in this view, that it has it.
 */
export class Chain {
  private readonly segment: SegmentState;
  private readonly host: ChainHost;
  private readonly retained: Retained;
  private readonly times: ChainTimes;
  private place: Place;
  private readonly copy: Copy;
  private isServing: boolean = false;
  private feed: Feed | undefined;
  /** What the next in line said it has, while there is nothing yet to feed it with. */
  private asked: Position | undefined;
  /** At the master. */
  private readonly acknowledged: Acknowledgements = new Acknowledgements();
  /** At a new master: what each full holder said it has. */
  private readonly positions: Map<NodeId, Position> = new Map();
  private isFetching: boolean = false;
  private isGapTold: boolean = false;

  /** The first that is known of the segment: a full holder has its state, which is that before anything was pushed. */
  constructor(segment: SegmentState, place: Place, host: ChainHost) {
    this.segment = segment;
    this.host = host;
    this.place = place;
    this.copy = new Copy(segment, place.at < place.fullCount);
    this.retained = new Retained(segment.log.token);
    this.times = new ChainTimes(segment.context.shell.now);
  }

  get isMaster(): boolean {
    return this.place.at === 0;
  }

  get serves(): boolean {
    return this.isServing;
  }

  /** The view since which this master has been master without a break. */
  get since(): number {
    return this.place.since;
  }

  /** At the master: whether one that is being filled has everything. */
  hasFilled(peer: NodeId): boolean {
    return this.isMaster && this.acknowledged.all.has(peer);
  }

  /** Those that are being filled and have everything. */
  get filledPeers(): readonly NodeId[] {
    const { line, fullCount } = this.place;
    return line.slice(fullCount).filter((peer) => this.hasFilled(peer));
  }

  why(): readonly Wait[] {
    if (!this.isMaster) return [];
    const { place, isServing, segment } = this;
    const heard = new Set(this.positions.keys());
    const { name, log, context } = segment;
    const about = { node: context.shell.id, name: describeSegment(name), segment: name.begin };
    const known = { acknowledged: this.acknowledged.all, heard, index: log.token.index };
    return this.times.waits({ ...about, place, isServing, ...known });
  }

  /** Takes its place in a new view, also right after it was made. True: it was master and is not any more. */
  adopt(place: Place): boolean {
    const wasMaster = this.isServing;
    const isSameMaster = wasMaster && place.at === 0 && place.since === this.place.since;
    this.place = place;
    this.times.placed(place, this.segment.context.shell.now);
    this.leave();
    this.asked = undefined;
    this.isFetching = false;
    this.isGapTold = false;
    this.acknowledged.clear();
    this.positions.clear();
    if (place.at >= place.fullCount && this.copy.isFull) this.copy.startOver();
    if (this.retained.last.index !== this.segment.log.token.index) {
      this.retained.reset(this.segment.log.token);
    }
    this.isServing = isSameMaster;
    if (!this.isMaster) this.tellPosition();
    else if (isSameMaster) this.sealed();
    else this.seal();
    return wasMaster && !isSameMaster;
  }

  /** No view that this one knows of lists it any more. */
  leave(): void {
    this.feed?.end();
    this.feed = undefined;
  }

  received(from: NodeId, message: ChainMessage): void {
    switch (message.type) {
      case "position":
        return this.positionTold(from, message);
      case "entry":
        return this.entryCame(from, message);
      case "snapshot":
        return this.rowsCame(from, message);
      case "part":
        return this.partCame(from, message.push);
      default:
        return this.stored(from, message.token);
    }
  }

  /** The master has applied an entry. */
  appended(applied: Applied): void {
    const { line } = this.place;
    if (line.length > 1) {
      const entry = entryOf(this.segment, applied);
      this.retained.append(entry);
      this.feed?.add(entry);
    }
    this.commit();
  }

  /** Naive replication: it goes down the chain before its entry is made. */
  partHeld(part: HeldPart): void {
    this.feed?.addPart(part);
  }

  private partCame(from: NodeId, push: PushMessage): void {
    const { line, at } = this.place;
    if (!this.copy.isFull || at === 0 || from !== line[at - 1]) return;
    const kept = keepPart(this.segment, push);
    if (kept !== undefined) this.feed?.addPart(kept);
  }

  /** A new master: it serves when it has what each full holder has. */
  private seal(): void {
    const { line, fullCount } = this.place;
    if (!this.isMaster || this.isServing || !this.copy.isFull) return;
    const { log, context, name } = this.segment;
    const sealing = sealingOf(line.slice(1, fullCount), this.positions, log);
    if (sealing.type === "unheard") return;
    if (sealing.type === "behind") {
      if (!this.isFetching) this.send(sealing.holder, this.position());
      this.isFetching = true;
      return;
    }
    if (sealing.type === "differs") {
      const { digest, node } = sealing;
      return context.shell.fail(
        `${describeSegment(name)} has digest ${digest} at ${node} and ${log.digest} here, both at index ${log.token.index}`,
      );
    }
    this.isServing = true;
    this.sealed();
    this.host.serves();
  }

  private sealed(): void {
    const { context, name, log } = this.segment;
    const { parameter, begin: segment } = name;
    const { token, digest } = log;
    const { view } = this.place;
    context.shell.observe({ type: "segment-sealed", parameter, segment, view, token, digest });
    this.commit();
    for (const [node, index] of this.acknowledged.takeEarly()) this.hasUpTo(node, index);
  }

  private tellPosition(): void {
    const { line, at } = this.place;
    const position = this.position();
    this.send(line[at - 1], position);
    if (at > 1) this.send(line[0], position);
  }

  private position(): Position {
    return { type: "position", ...this.id, isGap: this.isGapTold, ...this.copy.position };
  }

  private positionTold(from: NodeId, position: Position): void {
    const { line, at, fullCount } = this.place;
    const place = line.indexOf(from);
    if (this.isMaster && place > 0 && position.isFull) this.heardOf(from, position);
    if (place === at + 1) {
      if (this.feed !== undefined) this.feed.answered(position);
      else this.openFeed(position);
    } else if (place === 0 && at < fullCount && this.copy.isFull) {
      // The new master lacks entries that this one has.
      for (const entry of this.retained.after(position.token.index)) this.sendEntry(from, entry);
    }
    if (this.isMaster) this.seal();
  }

  private heardOf(from: NodeId, position: Position): void {
    if (this.place.line.indexOf(from) < this.place.fullCount) this.positions.set(from, position);
    this.hasUpTo(from, position.token.index);
    this.commit();
  }

  private hasUpTo(node: NodeId, index: number): void {
    const { place, isServing } = this;
    const { committedIndex } = this.segment.log;
    if (this.acknowledged.heard(node, index, { place, isServing, committedIndex })) this.host.isFilled(node);
  }

  private openFeed(position: Position): void {
    const { segment, retained, place } = this;
    if (!this.copy.isFull) this.asked = position;
    else this.feed = new Feed(segment, retained, place, position);
  }

  private stored(from: NodeId, { index }: Token): void {
    if (!this.isMaster) return;
    const { line, fullCount } = this.place;
    // What the last full holder has came to it by way of all before it.
    const told = line[fullCount - 1] === from ? line.slice(1, fullCount) : [from];
    for (const node of told) this.hasUpTo(node, index);
    this.commit();
  }

  private commit(): void {
    if (!this.isServing) return;
    const { log, context, name } = this.segment;
    const index = this.acknowledged.common(this.place, log.token.index);
    this.times.stored(index, log.token.index, context.shell.now);
    if (index <= log.committedIndex) return;
    const token = index === log.token.index ? log.token : this.retained.tokenAt(index);
    if (token !== undefined) {
      context.shell.observe({ type: "committed", parameter: name.parameter, segment: name.begin, token });
    }
    log.commit(index);
    this.forget();
  }

  /** Entries are kept until they are committed, and until one that is being filled has said that it has them. */
  private forget(): void {
    const { log } = this.segment;
    if (this.place.line.length === 1) this.retained.reset(log.token);
    else this.retained.drop(Math.min(log.committedIndex, this.feed?.needed ?? Number.POSITIVE_INFINITY));
  }

  private entryCame(from: NodeId, message: Extract<ChainMessage, { type: "entry" }>): void {
    const { entry, committed, floor } = message;
    const { line, at } = this.place;
    const isFetched = this.isMaster && !this.isServing && line.includes(from);
    if (!isFetched && (at === 0 || from !== line[at - 1])) return;
    const kept = this.copy.takeEntry(entry);
    if (kept === undefined) return;
    if ("type" in kept) return kept.type === "gap" ? this.askAgain() : this.refuse(from, kept.reason);
    this.isGapTold = false;
    if (!this.copy.isFull) return;
    const { segment } = this;
    this.observeStored(false);
    this.retained.append(kept);
    if (!this.isMaster) {
      segment.clock.raiseFloor(floor);
      segment.closed.raise(floor);
      segment.log.commit(Math.max(segment.log.committedIndex, Math.min(committed, entry.token.index)));
      this.forget();
    }
    this.feed?.add(kept);
    this.acknowledge();
    this.seal();
  }

  /** The last full holder says what it has, and so does one behind it. */
  private acknowledge(): void {
    const { line, at, fullCount, view } = this.place;
    if (at === 0 || at < fullCount - 1) return;
    const { log, name } = this.segment;
    const { token, digest } = log;
    const { parameter, begin: segment } = name;
    this.send(line[0], { type: "stored", parameter, segment, view, token, digest });
  }

  private rowsCame(from: NodeId, message: Extract<ChainMessage, { type: "snapshot" }>): void {
    const { line, at } = this.place;
    if (this.copy.isFull || at === 0 || from !== line[at - 1]) return;
    const taken = this.copy.takeRows(message);
    if (taken.type === "gap") return this.askAgain();
    if (taken.type === "refused") return this.refuse(from, taken.reason);
    this.isGapTold = false;
    if (taken.type === "part") return this.send(from, this.position());
    this.retained.reset(this.segment.log.token);
    this.observeStored(true);
    this.tellPosition();
    if (this.asked !== undefined) this.openFeed(this.asked);
    this.asked = undefined;
  }

  /** Something between went by in an older view: whoever sends goes on from what is here. */
  private askAgain(): void {
    const { line, at } = this.place;
    if (this.isGapTold || at === 0) return;
    this.isGapTold = true;
    this.send(line[at - 1], this.position());
  }

  private refuse(from: NodeId, refusal: string): void {
    const { context, name } = this.segment;
    context.shell.fail(`${from} sent ${describeSegment(name)} what does not fit: ${refusal}`);
  }

  private observeStored(isSnapshot: boolean): void {
    const { context, name, log } = this.segment;
    const { parameter, begin: segment } = name;
    const { token, digest } = log;
    context.shell.observe({ type: "entry-stored", parameter, segment, token, digest, isSnapshot });
  }

  private sendEntry(to: NodeId, entry: LogEntry): void {
    const { log, clock } = this.segment;
    const { committedIndex: committed } = log;
    this.send(to, { type: "entry", ...this.id, entry, committed, floor: clock.floor });
  }

  private send(to: NodeId, message: ChainMessage): void {
    this.segment.context.shell.send(to, "data", message);
  }

  private get id(): { readonly parameter: number; readonly segment: number; readonly view: number } {
    const { parameter, begin } = this.segment.name;
    return { parameter, segment: begin, view: this.place.view };
  }
}
