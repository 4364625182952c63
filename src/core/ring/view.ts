/**
 * A view is one numbered assignment of the ring's segments to servers (docs/protocol.md 3). Positions are fractions of
 * a parameter's key span in units of 2^-32, so that one view serves every parameter; `segmentRange` rounds them
 * to a parameter's key blocks.
 */
import type { NodeId } from "../ids.ts";

export interface View {
  /** Grows by one with each change. */
  readonly number: number;
  /** Grows when a job is rolled back. */
  readonly lineage: number;
  /** Where it was rolled back: what the lineage began with, in which view. Nothing that names an older view is of it. */
  readonly begins?: LineageBegin | undefined;
  /** Of every server that the view names: a later one of the same name has nothing of what it held. */
  readonly incarnations: Readonly<Record<string, number>>;
  /** Tile the ring [0, 2^32): ascending, the first at 0. */
  readonly segments: readonly ViewSegment[];
}

/** A segment as people read it everywhere: eight hexadecimal digits of where it begins on the ring. */
export function segmentName(begin: number): string {
  return begin.toString(16).padStart(8, "0");
}

export interface LineageBegin {
  readonly view: number;
  readonly checkpoint: string;
}

export interface ViewSegment {
  /** Where the segment begins; also its name. It ends where the next begins. */
  readonly begin: number;
  /** Full holders in chain order, the master first. */
  readonly holders: readonly NodeId[];
  /** The view since which the first holder is master without a break: what it was asked before may be lost. */
  readonly since: number;
  /** Holders that are still being filled. */
  readonly filling: readonly NodeId[];
}
