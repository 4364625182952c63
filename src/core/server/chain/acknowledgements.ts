/** What a master knows of the other holders of its segment: up to which entry each has it, and so what all have. */
import type { NodeId } from "../../ids.ts";
import type { Place } from "./place.ts";

/** The master as it is when it hears of another holder. */
export interface Hearing {
  readonly place: Place;
  readonly isServing: boolean;
  readonly committedIndex: number;
}

export class Acknowledgements {
  /** The newest index of each. One that is being filled is there once it has everything. */
  private readonly newest: Map<NodeId, number> = new Map();
  /** What those that are being filled said to a master that did not serve yet. */
  private readonly early: Map<NodeId, number> = new Map();

  /** Another view has come: whatever was said is said again. */
  clear(): void {
    this.newest.clear();
    this.early.clear();
  }

  get all(): ReadonlyMap<NodeId, number> {
    return this.newest;
  }

  /** What was said before the master served, which it can judge now. */
  takeEarly(): readonly (readonly [NodeId, number])[] {
    const early = [...this.early];
    this.early.clear();
    return early;
  }

  /**
   * It has entries up to this index. One that is being filled counts once the master serves, which may lack what that has,
   * and it has all that was committed without it. True: it counts from now on, and did not before.
   */
  heard(node: NodeId, index: number, { place, isServing, committedIndex }: Hearing): boolean {
    const at = place.line.indexOf(node);
    if (at < 0) return false;
    const known = this.newest.get(node);
    const isNew = known === undefined && at >= place.fullCount;
    if (isNew) {
      if (!isServing) {
        this.early.set(node, index);
        return false;
      }
      if (index < committedIndex) return false;
    }
    this.newest.set(node, Math.max(index, known ?? 0));
    return isNew;
  }

  /** Up to where all have it that count, of a history that goes up to `newest`. */
  common({ line, fullCount }: Place, newest: number): number {
    let index = newest;
    for (let i = 1; i < line.length; i++) {
      const has = this.newest.get(line[i]);
      if (i < fullCount || has !== undefined) index = Math.min(index, has ?? 0);
    }
    return index;
  }
}
