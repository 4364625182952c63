/**
 * Where a screen has its cluster from: a live one, a recorded one, a simulated one. The screen asks for the view and
 * passes keys on; what a source cannot do, it says in `can`, and answers with a reason. Nothing here waits: a source
 * moves when `tick` tells it that wall time has passed, so whoever owns the terminal owns the only timer.
 */
import type { Observation } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { ClusterView } from "../view/cluster-view.ts";

export interface Source {
  readonly kind: "sim" | "trace" | "live";
  /** `scenarios/basics/crash.yaml`, `10.0.0.1:7070`. */
  readonly title: string;
  readonly can: Capabilities;
  /** Where `can.break`: the kinds of harm that it can do; absent: every kind. */
  readonly breakages?: readonly Breakage["kind"][] | undefined;

  /** What is to be shown now: the same object until something changed. */
  view(): ClusterView;
  playhead(): Playhead;
  /** Called after a change, by `tick` and by the commands; returns how to end it. */
  subscribe(changed: () => void): () => void;
  /** Wall time has passed: plays on, as far as it is not paused. */
  tick(elapsedMs: number): void;

  setPaused(isPaused: boolean): void;
  /** Simulated or recorded seconds a wall second, a power of two from 1/64 to 64. */
  setSpeed(speed: number): Done;
  /** So many facts on, or back where negative; pauses. */
  stepFacts(count: number): Done;
  /** To the next (1) or previous (-1) fact that meets the filter; pauses. */
  stepTo(direction: 1 | -1, filter: FactFilter): Done;
  /** So many microseconds on, or back; pauses. */
  stepMicros(delta: number): Done;
  /** The last moment that is not later; beyond the end: the end. Pauses. */
  goTo(atMicros: number): Done;
  goToFirstViolation(): Done;
  readonly bookmarks: readonly Bookmark[];
  /** Without a name: the next free number. */
  bookmark(name?: string): Done;
  goToBookmark(name: string): Done;

  /** Messages that were under way between two moments, by time of sending; of many, those nearest to now. */
  messages(fromMicros: number, toMicros: number, max: number): readonly MessageView[];
  /** The newest facts not later than now, oldest first. */
  recentFacts(max: number): readonly Fact[];

  /** Does harm at the moment that is shown; only where `can.break`. In a past moment what follows is given up. */
  break(breakage: Breakage): Done;
  /** Gives up what follows now; everything random is drawn from another seed from here on. Only where `can.branch`. */
  branch(seed: string): Done;
  /**
   * Writes a scenario file that repeats what was done by hand; `job`: the file of its job, where the source does not know
   * it. Only where `can.save`.
   */
  save(path: string, job?: string): Done;
  close(): void;
}

export interface Capabilities {
  /** Steps, going back, bookmarks. A live source goes back over the last minutes only. */
  readonly rewind: boolean;
  readonly speed: boolean;
  readonly break: boolean;
  /** The operator has to confirm: it is a real cluster. */
  readonly confirmBreak: boolean;
  readonly branch: boolean;
  readonly save: boolean;
  readonly messages: boolean;
}

/** Where it stands. */
export interface Playhead {
  readonly atMicros: number;
  readonly beginMicros: number;
  /** The end of what is recorded so far. */
  readonly endMicros: number;
  /** Nothing comes after `endMicros`. */
  readonly isComplete: boolean;
  readonly isPaused: boolean;
  readonly speed: number;
  /** Facts up to now, and in all that is recorded; 0 where a source has none, as a live one. */
  readonly factIndex: number;
  readonly factCount: number;
}

export type Done =
  /** `text` says what was done, for the line of messages; empty where the screen shows it anyway. */
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** All that is given must hold. */
export interface FactFilter {
  readonly types?: readonly Observation["type"][];
  readonly node?: string;
  /** Only facts that give a line of the events panel. */
  readonly isEvent?: boolean;
}

export interface Bookmark {
  readonly name: string;
  readonly atMicros: number;
  readonly factIndex: number;
}

/** An arrow of the space-time diagram. */
export interface MessageView {
  readonly from: string;
  readonly to: string;
  /** `push`, `pull`, `answer`, `entry`, `task`, `view`, … */
  readonly kind: string;
  readonly sentAt: number;
  /** Null: it has not arrived so far, or never. */
  readonly arrivedAt: number | null;
  readonly text: string;
}

export type Breakage =
  /** `restartAfterMicros` null: for good. */
  | { readonly kind: "kill"; readonly node: string; readonly restartAfterMicros: number | null }
  | { readonly kind: "pause"; readonly node: string; readonly forMicros: number }
  /** Asked to leave, and gone after the notice. */
  | { readonly kind: "preempt"; readonly node: string; readonly noticeMicros: number }
  /** Nodes, or `registry`. Until `heal`, where `forMicros` is null. */
  | {
      readonly kind: "cut";
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly forMicros: number | null;
    }
  /** Ends every cut. */
  | { readonly kind: "heal" }
  | { readonly kind: "slow"; readonly node: string; readonly factor: number; readonly forMicros: number }
  | { readonly kind: "join"; readonly role: "server" | "worker" | "manager" | "scheduler" }
  /** Asked to leave, with all the time that it needs. */
  | { readonly kind: "drain"; readonly node: string };
