/**
 * A place in a timeline that plays, steps and jumps: what a trace and a simulation have in common. Where facts are still
 * being made, `Reel` makes more of them as the place moves on.
 */
import type { Fact } from "../fact.ts";
import type { ClusterView } from "../view/cluster-view.ts";
import { severityOf } from "../view/event-line.ts";
import { Bookmarks } from "./bookmarks.ts";
import { messagesBetween } from "./messages.ts";
import type { Bookmark, Done, FactFilter, MessageView, Playhead } from "./source.ts";
import type { Timeline } from "./timeline.ts";

/** Where facts come from. */
export interface Reel {
  readonly timeline: Timeline;
  /** Nothing comes after the last fact. */
  readonly isComplete: boolean;
  /** Up to where facts are known: nothing that is not in the timeline happened before. */
  readonly knownMicros: number;
  /** Makes facts up to that moment, or until one more is there; false where the wall time ran out before. */
  makeUntil(atMicros: number): boolean;
  makeOne(): boolean;
}

export const speedMin: number = 1 / 64;
export const speedMax: number = 64;
const done: Done = { ok: true, text: "" };
/** A search for a fact that has not happened yet makes so many more at most. */
const searchedFactsMax = 1_000_000;

export abstract class Player {
  protected reel: Reel;
  private at: number;
  private count: number = 0;
  private isPaused: boolean = true;
  private speed: number = 1;
  private shown: ClusterView | undefined;
  private readonly marks: Bookmarks = new Bookmarks();
  private readonly listeners: Set<() => void> = new Set();

  constructor(reel: Reel) {
    this.reel = reel;
    this.at = this.begin;
    this.count = reel.timeline.countAt(this.at);
  }

  view(): ClusterView {
    this.shown ??= this.reel.timeline.view(this.count, this.at);
    return this.shown;
  }

  playhead(): Playhead {
    const { reel, at, count, isPaused, speed } = this;
    return {
      atMicros: at,
      beginMicros: this.begin,
      endMicros: Math.max(reel.knownMicros, at),
      isComplete: reel.isComplete,
      isPaused,
      speed,
      factIndex: count,
      factCount: reel.timeline.facts.length,
    };
  }

  get bookmarks(): readonly Bookmark[] {
    return this.marks.list;
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  tick(elapsedMs: number): void {
    if (this.isPaused) return;
    const wanted = this.at + elapsedMs * 1000 * this.speed;
    const isMade = this.reel.makeUntil(wanted);
    const { isComplete, knownMicros } = this.reel;
    // A simulation that is slower than asked shows what there is.
    const reached = isMade && !isComplete ? wanted : Math.min(wanted, knownMicros);
    if (isComplete && wanted >= knownMicros) this.isPaused = true;
    this.place(Math.max(this.at, reached));
  }

  setPaused(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.tell();
  }

  setSpeed(speed: number): Done {
    if (!(speed >= speedMin && speed <= speedMax)) {
      return { ok: false, reason: `speed ${speed}: it is from 1/64 to 64` };
    }
    this.speed = speed;
    this.tell();
    return done;
  }

  stepFacts(count: number): Done {
    this.isPaused = true;
    const wanted = this.count + count;
    while (this.facts.length < wanted && this.reel.makeOne());
    return this.placeAfter(Math.max(0, Math.min(wanted, this.facts.length)));
  }

  stepTo(direction: 1 | -1, filter: FactFilter): Done {
    this.isPaused = true;
    if (direction < 0) {
      for (let i = this.count - 2; i >= 0; i--) {
        if (meets(this.facts[i], filter)) return this.placeAfter(i + 1);
      }
      this.tell();
      return { ok: false, reason: "there is no such fact before" };
    }
    const last = this.count + searchedFactsMax;
    for (let i = this.count; i < last && (i < this.facts.length || this.reel.makeOne()); i++) {
      if (meets(this.facts[i], filter)) return this.placeAfter(i + 1);
    }
    this.tell();
    return { ok: false, reason: "there is no such fact after" };
  }

  stepMicros(delta: number): Done {
    return this.goTo(this.at + delta);
  }

  goTo(atMicros: number): Done {
    this.isPaused = true;
    while (!this.reel.makeUntil(atMicros));
    const end = this.reel.isComplete ? this.reel.knownMicros : atMicros;
    this.place(Math.max(this.begin, Math.min(atMicros, Math.max(end, this.begin))));
    return done;
  }

  goToFirstViolation(): Done {
    const limit = this.facts.length + searchedFactsMax;
    while (this.reel.timeline.firstViolation === undefined && this.facts.length < limit) {
      if (!this.reel.makeOne()) break;
    }
    const { firstViolation } = this.reel.timeline;
    this.isPaused = true;
    if (firstViolation === undefined) {
      this.tell();
      return { ok: false, reason: "no check was violated" };
    }
    const { count, violation } = firstViolation;
    this.placeAfter(count);
    return { ok: true, text: `${violation.check} on ${violation.node}: ${violation.message}` };
  }

  bookmark(name?: string): Done {
    const added = this.marks.add(name, { atMicros: this.at, factIndex: this.count });
    this.tell();
    return added;
  }

  goToBookmark(name: string): Done {
    const mark = this.marks.named(name);
    if (mark === undefined) return this.marks.missing(name);
    this.isPaused = true;
    while (this.facts.length < mark.factIndex && this.reel.makeOne());
    this.count = Math.min(mark.factIndex, this.facts.length);
    this.at = mark.atMicros;
    this.tell();
    return done;
  }

  messages(fromMicros: number, toMicros: number, max: number): readonly MessageView[] {
    const { timeline } = this.reel;
    return messagesBetween(timeline, { fromMicros, toMicros, max, now: this.at, count: this.count });
  }

  recentFacts(max: number): readonly Fact[] {
    return this.facts.slice(Math.max(0, this.count - max), this.count);
  }

  close(): void {
    this.listeners.clear();
  }

  /** Other facts from now on, the same up to here. */
  protected replace(reel: Reel): void {
    this.reel = reel;
    this.shown = undefined;
    this.place(this.at);
  }

  private get facts(): readonly Fact[] {
    return this.reel.timeline.facts;
  }

  private get begin(): number {
    return this.reel.timeline.facts.at(0)?.at ?? 0;
  }

  private place(atMicros: number): void {
    this.at = atMicros;
    this.count = this.reel.timeline.countAt(atMicros);
    this.tell();
  }

  private placeAfter(count: number): Done {
    this.count = count;
    this.at = count === 0 ? this.begin : this.facts[count - 1].at;
    this.tell();
    return done;
  }

  private tell(): void {
    this.shown = undefined;
    for (const changed of this.listeners) changed();
  }
}

function meets({ node, fact }: Fact, filter: FactFilter): boolean {
  if (filter.types !== undefined && !filter.types.includes(fact.type)) return false;
  if (filter.node !== undefined && filter.node !== node) return false;
  return filter.isEvent !== true || severityOf(fact) !== undefined;
}
