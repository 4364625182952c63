/**
 * What a segment's chain waits for, at its master: the other holders to say how far they are, an entry to be stored, a
 * newcomer to be filled.
 */
import type { Micros, NodeId } from "../../ids.ts";
import type { Wait, WaitEdge } from "../../node.ts";
import type { Place } from "./place.ts";

export interface MasterState {
  readonly node: NodeId;
  /** The segment in words. */
  readonly name: string;
  readonly segment: number;
  readonly place: Place;
  readonly isServing: boolean;
  /** Newest entry that each other holder is known to have; none of one that is being filled, until it has everything. */
  readonly acknowledged: ReadonlyMap<NodeId, number>;
  /** Full holders that have said how far they are. */
  readonly heard: ReadonlySet<NodeId>;
  /** Of the newest entry. */
  readonly index: number;
}

/** Since when, of what `masterWaits` tells. */
export class ChainTimes {
  private placedAt: Micros;
  private storedIndex: number = 0;
  private behindSince: Micros | undefined;
  private readonly filling: Map<NodeId, Micros> = new Map();

  constructor(now: Micros) {
    this.placedAt = now;
  }

  /** In a new view; one that went on being filled has waited since an older one. */
  placed({ line, fullCount }: Place, now: Micros): void {
    this.placedAt = now;
    const filling = line.slice(fullCount);
    for (const node of this.filling.keys()) if (!filling.includes(node)) this.filling.delete(node);
    for (const node of filling) if (!this.filling.has(node)) this.filling.set(node, now);
  }

  /** All full holders have entries up to `index`. */
  stored(index: number, newest: number, now: Micros): void {
    if (index >= newest) this.behindSince = undefined;
    else if (this.behindSince === undefined || index > this.storedIndex) this.behindSince = now;
    this.storedIndex = index;
  }

  waits(state: MasterState): readonly Wait[] {
    const { place, acknowledged, isServing, heard, index, name } = state;
    const full = place.line.slice(1, place.fullCount);
    const waits: Wait[] = [];
    if (!isServing) {
      const silent = full.filter((node) => !heard.has(node));
      const waitsFor =
        silent.length === 0
          ? "the entries that another holder has and its new master lacks"
          : `${silent.join(", ")} to say how far they are`;
      waits.push(waitOf(state, { since: this.placedAt, blocked: `${name} to be served`, waitsFor }, silent));
    } else if (this.behindSince !== undefined) {
      const behind = place.line.slice(1).filter((node, i) => {
        const has = acknowledged.get(node);
        return (i + 1 < place.fullCount || has !== undefined) && (has ?? 0) < index;
      });
      const waitsFor = `${behind.join(", ")} to store it`;
      const blocked = `commit of entry ${this.storedIndex + 1} of ${name}`;
      waits.push(waitOf(state, { since: this.behindSince, blocked, waitsFor }, behind));
    }
    for (const [node, since] of this.filling) {
      if (acknowledged.has(node)) continue;
      const from = place.line[place.line.indexOf(node) - 1];
      const about = { since, blocked: `${node} to hold ${name}`, waitsFor: `its rows from ${from}` };
      waits.push(waitOf(state, about, [node]));
    }
    return waits;
  }
}

function waitOf(
  { node, segment, place }: MasterState,
  about: Pick<Wait, "since" | "blocked" | "waitsFor">,
  holders: readonly NodeId[],
): Wait {
  const edge: WaitEdge = { kind: "chain", segment, view: place.view, holders };
  return { node, ...about, edge };
}
