/** What somebody who started the processes of a cluster can do to them, beside what any node does when it is asked. */
import type { Breakage, ClusterView, Done, EventView } from "../../observe/index.ts";
import type { NodeContact } from "./cluster-watch.ts";

export interface Hands {
  /** The kinds of harm that can be done; others are not offered. */
  readonly breakages: readonly Breakage["kind"][];
  break(breakage: Breakage, around: Around): Done;
  /** Writes what was done so far as a scenario that repeats it; absent: that cannot be done. */
  readonly save?: (path: string, job: string | undefined, around: Around) => Done;
  /** Nodes that do not run, as only their starter knows yet. */
  held(): ReadonlyMap<string, HeldNode>;
  /** What was done from here and no node tells, such as cuts; in order. */
  told?(): readonly EventView[];
  /** Wall time has passed; `view` is the newest. */
  ticked(elapsedMs: number, around: Around): void;
  /** Nothing more happens, and nobody is left standing still. */
  close(): void;
}

/** The cluster as it is known here now. */
export interface Around {
  readonly view: ClusterView;
  readonly contacts: readonly NodeContact[];
}

export interface HeldNode {
  readonly state: "paused" | "lost" | "slowed";
  /** Where it is slowed: so many times. */
  readonly factor?: number;
  readonly ageMs: number;
  readonly reason: string;
}
