/** What somebody who started the processes of a cluster can do to them, beside what any node does when it is asked. */
import type { Breakage, ClusterView, Done } from "../../observe/index.ts";

export interface Hands {
  /** The kinds of harm that can be done; others are not offered. */
  readonly breakages: readonly Breakage["kind"][];
  break(breakage: Breakage, view: ClusterView): Done;
  /** Nodes that do not run, as only their starter knows yet. */
  held(): ReadonlyMap<string, HeldNode>;
  /** Wall time has passed; `view` is the newest. */
  ticked(elapsedMs: number, view: ClusterView): void;
}

export interface HeldNode {
  readonly state: "paused" | "lost";
  readonly ageMs: number;
  readonly reason: string;
}
