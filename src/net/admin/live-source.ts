/**
 * A live cluster on screen. It shows what its nodes say now; the last minutes are kept, so that the screen can pause and
 * look back while the cluster goes on.
 */
import {
  type Bookmark,
  Bookmarks,
  type Breakage,
  type Capabilities,
  type ClusterView,
  type Done,
  type NodeView,
  type Playhead,
  type Source,
} from "../../observe/index.ts";
import { ClusterWatch, type ClusterWatchOptions } from "./cluster-watch.ts";
import type { Around, Hands } from "./hands.ts";

/** What the screen may look back. */
const keptMs: number = 5 * 60_000;
const keepEveryMs = 500;
/** Ages grow while nothing is heard. */
const refreshMs = 250;

const done: Done = { ok: true, text: "" };
const refused: Done = {
  ok: false,
  reason: "a real cluster is changed by commands: tauring node drain, join, decommission",
};
const noFacts: Done = {
  ok: false,
  reason: "nodes of a live cluster tell their state and not each fact: go back and forth by seconds",
};

export class LiveSource implements Source {
  readonly kind = "live" as const;
  readonly can: Capabilities;
  readonly breakages: Source["breakages"];
  private readonly watch: ClusterWatch;
  private readonly hands: Hands | undefined;
  private readonly address: string;
  private readonly listeners: Set<() => void> = new Set();
  private readonly marks: Bookmarks = new Bookmarks();
  /** By time, the oldest first. */
  private past: ClusterView[] = [];
  private newest: ClusterView;
  /** What is shown instead of the newest. */
  private pinned: ClusterView | undefined = undefined;
  private isHeard = false;
  private sinceKeptMs = 0;
  private sinceShownMs = 0;

  /** `hands`: those of whoever started its processes; without them nothing can be broken from here. */
  constructor(options: ClusterWatchOptions, hands?: Hands) {
    this.watch = new ClusterWatch(options);
    this.hands = hands;
    this.breakages = hands?.breakages ?? [];
    this.can = {
      rewind: true,
      speed: false,
      break: hands !== undefined,
      confirmBreak: true,
      branch: false,
      save: hands?.save !== undefined,
      messages: false,
    };
    this.address = options.addresses.join(",");
    this.newest = this.watch.view();
    this.watch.subscribe(() => {
      this.isHeard = true;
    });
  }

  /** With what a screen must not hide: whom it does not hear. */
  get title(): string {
    const { unreached } = this.watch;
    const contacts = this.watch.contacts();
    const lost = contacts.filter((contact) => contact.lost !== null).length;
    if (contacts.length === 0) return `${this.address} (${unreached?.reason ?? "nobody has answered yet"})`;
    if (this.isGone) return `${this.address} (${this.endWords})`;
    return lost === 0 ? this.address : `${this.address} (${lost} of ${contacts.length} nodes not reached)`;
  }

  /** Nobody of it answers any more. */
  private get isGone(): boolean {
    const contacts = this.watch.contacts();
    return contacts.length > 0 && contacts.every(({ lost }) => lost !== null);
  }

  /** Of a cluster of which nobody answers any more. */
  private get endWords(): string {
    const { job, state, reason } = this.newest.header;
    if (state === "ended") return `${job} has ended, and its cluster with it`;
    if (state === "failed")
      return `${job} has failed, and its cluster with it: ${reason ?? "nobody said why"}`;
    return "nobody answers any more: the cluster has ended, or cannot be reached";
  }

  /** Every node was heard, or could not be: there is something to look at. */
  get isSettled(): boolean {
    return this.watch.isSettled;
  }

  /** Somebody has answered, and has told who there is. */
  get isFound(): boolean {
    return this.watch.contacts().length > 0;
  }

  /** Why nobody has answered; undefined: somebody has. */
  get unreached(): ClusterWatch["unreached"] {
    return this.watch.unreached;
  }

  view(): ClusterView {
    return this.pinned ?? this.newest;
  }

  playhead(): Playhead {
    const end = this.newest.atMicros;
    return {
      atMicros: this.view().atMicros,
      beginMicros: this.past[0]?.atMicros ?? end,
      endMicros: Math.max(end, this.watch.atMicros),
      isComplete: this.isGone,
      isPaused: this.pinned !== undefined,
      speed: 1,
      factIndex: 0,
      factCount: 0,
    };
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  tick(elapsedMs: number): void {
    this.hands?.ticked(elapsedMs, this.around);
    this.sinceShownMs += elapsedMs;
    this.sinceKeptMs += elapsedMs;
    if (!this.isHeard && this.sinceShownMs < refreshMs) return;
    this.isHeard = false;
    this.sinceShownMs = 0;
    this.newest = this.withTold(this.asKnownHere(this.withContacts(this.watch.view())));
    if (this.sinceKeptMs >= keepEveryMs || this.past.length === 0) this.keep();
    this.changed();
  }

  setPaused(isPaused: boolean): void {
    this.pinned = isPaused ? this.view() : undefined;
    this.changed();
  }

  setSpeed(): Done {
    return { ok: false, reason: "a live cluster goes at its own speed" };
  }

  /** By states that are kept. */
  stepFacts(count: number): Done {
    const at = this.past.indexOf(this.lastUpTo(this.view().atMicros));
    const view = this.past[at + Math.sign(count)];
    if (view === undefined) return { ok: false, reason: this.endText(count) };
    return this.pin(view);
  }

  stepTo(): Done {
    return noFacts;
  }

  stepMicros(delta: number): Done {
    return this.goTo(this.view().atMicros + delta);
  }

  goTo(atMicros: number): Done {
    if (this.past.length === 0) return { ok: false, reason: "nothing was heard yet" };
    if (atMicros >= this.newest.atMicros) return this.pin(this.newest);
    return this.pin(this.lastUpTo(atMicros));
  }

  goToFirstViolation(): Done {
    return { ok: false, reason: "no checker reads a live cluster: tauring check reads its traces" };
  }

  get bookmarks(): readonly Bookmark[] {
    return this.marks.list;
  }

  bookmark(name?: string): Done {
    return this.marks.add(name, { atMicros: this.view().atMicros, factIndex: 0 });
  }

  goToBookmark(name: string): Done {
    const mark = this.marks.named(name);
    return mark === undefined ? this.marks.missing(name) : this.goTo(mark.atMicros);
  }

  messages(): readonly never[] {
    return [];
  }

  recentFacts(): readonly never[] {
    return [];
  }

  break(breakage: Breakage): Done {
    return this.hands?.break(breakage, this.around) ?? refused;
  }

  branch(): Done {
    return refused;
  }

  save(path: string, job?: string): Done {
    return this.hands?.save?.(path, job, this.around) ?? refused;
  }

  close(): void {
    this.hands?.close();
    this.watch.close();
    this.listeners.clear();
  }

  private get around(): Around {
    return { view: this.newest, contacts: this.watch.contacts() };
  }

  private pin(view: ClusterView): Done {
    this.pinned = view;
    this.changed();
    return done;
  }

  private keep(): void {
    this.sinceKeptMs = 0;
    this.past.push(this.newest);
    const begin = this.newest.atMicros - keptMs * 1000;
    // Many at once: each removal moves all that are kept.
    const first = this.past.findIndex(({ atMicros }) => atMicros >= begin);
    if (first > 32) this.past = this.past.slice(first);
  }

  private lastUpTo(atMicros: number): ClusterView {
    return this.past.findLast((view) => view.atMicros <= atMicros) ?? this.past[0];
  }

  private endText(count: number): string {
    return count > 0 ? "this is the newest" : `no more than ${keptMs / 60_000} minutes are kept`;
  }

  /** A node that cannot be reached from here may be well, and may not: what is shown of it is old. */
  private withContacts(view: ClusterView): ClusterView {
    const lost = new Map<string, { readonly reason: string; readonly ageMs: number | null }>(
      this.watch.contacts().flatMap(({ node, lost: reason, ageMs }) => {
        return reason === null ? [] : [[node, { reason, ageMs }] as const];
      }),
    );
    if (lost.size === 0) return view;
    const nodes = view.nodes.map((node): NodeView => {
      const contact = lost.get(node.node);
      if (contact === undefined || (node.state !== "alive" && node.state !== "unknown")) return node;
      const { ageMs, reason: why } = contact;
      const stateSince = ageMs === null ? node.stateSince : view.atMicros - ageMs * 1000;
      const age = ageMs === null ? "never heard" : `not heard for ${Math.round(ageMs / 1000)} s`;
      return { ...node, state: "suspected", stateSince, reason: `${age}: ${why}` };
    });
    return { ...view, nodes };
  }

  /** Whoever killed or stopped a process knows it before the cluster does. */
  private asKnownHere(view: ClusterView): ClusterView {
    const held = this.hands?.held();
    if (held === undefined || held.size === 0) return view;
    const nodes = view.nodes.map((node): NodeView => {
      const known = held.get(node.node);
      if (known === undefined || node.state === "lost" || node.state === "stopped") return node;
      const { state, ageMs, reason } = known;
      if (state === "slowed") return { ...node, slowness: known.factor ?? 1 };
      return { ...node, state, stateSince: view.atMicros - Math.round(ageMs * 1000), reason };
    });
    return { ...view, nodes };
  }

  private withTold(view: ClusterView): ClusterView {
    const told = this.hands?.told?.() ?? [];
    if (told.length === 0) return view;
    return { ...view, events: [...view.events, ...told].sort((a, b) => a.at - b.at) };
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
