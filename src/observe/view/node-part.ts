/**
 * What one node has said, boiled down: bounded in size, plain enough for JSON, and a function of that node's facts alone.
 * So the parts of a live cluster, each reduced where its facts are, put together are what one reader of the merged
 * stream would have. Whatever takes several nodes to know is left to the projection.
 */
import type { Holding, View, WaitEdge } from "../../core/index.ts";
import type { EventView, ParameterView, ProgressPoint } from "./cluster-view.ts";

/** Records within are replaced, not changed, except slots and segments, which are flat. */
export interface NodePart {
  readonly node: string;
  /** Of its newest fact. */
  at: number;
  incarnation: number | null;
  startedAt: number | null;
  stopped: { readonly at: number; readonly reason: string | null } | null;
  view: number | null;
  resent: number;
  dropped: number;
  counted: Counted | null;
  countedBefore: Counted | null;
  /** Bytes sent in the seconds up to `second`, oldest first. */
  second: number;
  sentBySecond: number[];
  events: EventView[];
  /** Newest by role and term. */
  led: readonly Led[];
  suspicions: readonly Suspicion[];
  /** Of a manager. */
  published: Published | null;
  losses: readonly Loss[];
  /** Of a scheduler. */
  job: JobPart | null;
  assignments: (Assignment | null)[];
  newestTask: { readonly time: number; readonly name: string } | null;
  frontier: number;
  progress: ProgressPoint[];
  ended: { readonly at: number; readonly reason: string; readonly isFailure: boolean } | null;
  /** Of a worker. */
  slots: SlotPart[];
  /** Of a server. */
  segments: SegmentPart[];
  /** What it said last that it holds. */
  holdings: readonly Holding[];
  /** By slot: the newest task whose push arrived; -1: none. */
  clocks: number[];
  /** Of the world. */
  peers: readonly PeerPart[];
}

export interface Counted {
  readonly at: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly unfilteredBytes: number;
  readonly savedBytes: readonly number[];
}

export interface Led {
  readonly role: "manager" | "scheduler";
  readonly term: number;
  readonly at: number;
}

export interface Suspicion {
  readonly peer: string;
  readonly at: number;
  readonly silentMs: number;
}

export interface Published {
  readonly at: number;
  readonly view: View;
  /** Holders that are being filled, with when a view first wanted it. */
  readonly moves: readonly { readonly segment: number; readonly to: string; readonly at: number }[];
}

/** A node that the manager has given up. */
export interface Loss {
  readonly peer: string;
  readonly incarnation: number;
  readonly at: number;
  readonly reason: string;
  readonly suspectedAt: number | null;
  readonly silentMs: number;
  /** Segments that it mastered then. */
  readonly taken: readonly number[];
  /** The first view without it, and the segments of that view in which `taken` lie. */
  readonly view: number | null;
  readonly needs: readonly number[];
}

export interface JobPart {
  readonly at: number;
  readonly name: string;
  readonly slotCount: number;
  readonly tau: number | null;
  readonly reference: number | null;
  readonly parameters: readonly ParameterView[];
}

export interface Assignment {
  readonly worker: string;
  readonly epoch: number;
  readonly at: number;
  /** Whose it was. */
  readonly before: string | null;
}

export interface SlotPart {
  readonly slot: number;
  state: "computing" | "waiting" | "idle";
  since: number;
  taskTime: number;
  taskName: string;
  /** Times of tasks under way, ascending. */
  running: readonly number[];
  finished: number;
  finishedMax: number;
  busyMicros: number;
  waitMicros: number;
  /** The same, of about the last two seconds that were counted. */
  busyRecent: number;
  waitRecent: number;
  edge: WaitEdge | null;
}

export interface SegmentPart {
  readonly segment: number;
  pushes: number;
  pulls: number;
  /** The second that requests are counted in. */
  second: number;
  pushesNow: number;
  pushesBefore: number;
  pullsNow: number;
  pullsBefore: number;
  appliedTime: number;
  /** When it sealed the segment, in the newest views. */
  seals: readonly { readonly view: number; readonly at: number }[];
}

export interface PeerPart {
  readonly peer: string;
  /** The newest. */
  readonly crashes: readonly number[];
  /** It crashed and was not launched again. */
  readonly isDown: boolean;
  readonly pausedAt: number | null;
  readonly launchedAt: number | null;
  readonly slowness: number;
}

export const microsPerSecond = 1e6;

export function newPart(node: string): NodePart {
  return {
    node,
    at: 0,
    incarnation: null,
    startedAt: null,
    stopped: null,
    view: null,
    resent: 0,
    dropped: 0,
    counted: null,
    countedBefore: null,
    second: 0,
    sentBySecond: [],
    events: [],
    led: [],
    suspicions: [],
    published: null,
    losses: [],
    job: null,
    assignments: [],
    newestTask: null,
    frontier: 0,
    progress: [],
    ended: null,
    slots: [],
    segments: [],
    holdings: [],
    clocks: [],
    peers: [],
  };
}

/** Shares with the original what is never changed in place. */
export function copyPart(part: NodePart): NodePart {
  return {
    ...part,
    sentBySecond: part.sentBySecond.slice(),
    events: part.events.slice(),
    assignments: part.assignments.slice(),
    progress: part.progress.slice(),
    slots: part.slots.map((slot) => ({ ...slot })),
    segments: part.segments.map((segment) => ({ ...segment })),
    clocks: part.clocks.slice(),
  };
}
