/**
 * Key lists cut at the ends of a view's segments. Programs name the same lists again and again: each is cut and its
 * pieces hashed once a view.
 */
import { assert } from "../assert.ts";
import { keyCount, type KeyList, lowerBound, lowerBoundWords, sliceKeys } from "../keys/key-list.ts";
import type { ParameterSpec } from "../parameter.ts";
import type { SegmentRanges } from "../ring/segment-ranges.ts";

/** The keys of a list that one segment holds: those at indices [from, to). */
export interface KeyPiece {
  /** Of the segment, in the view. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly keys: KeyList;
}

interface Split {
  readonly bytes: number;
  readonly pieces: readonly KeyPiece[];
}

/** What a piece is charged beside its keys. */
const overheadBytes: number = 256;

/** Invariant: the bytes that are charged for what is kept are at most `bytesMax`, one list apart; the least used go first. */
export class KeySplits {
  private readonly ranges: SegmentRanges;
  private readonly bytesMax: number;
  private bytes: number = 0;
  private readonly splits: Map<string, Split> = new Map();

  constructor(ranges: SegmentRanges, bytesMax: number) {
    this.ranges = ranges;
    this.bytesMax = bytesMax;
  }

  /** The segments that have keys of the list, in key order. */
  pieces(parameter: number, spec: ParameterSpec, list: KeyList): readonly KeyPiece[] {
    const name = `${parameter}/${list.hash}`;
    const known = this.splits.get(name);
    if (known !== undefined) {
      // Last in the map's order is most recently used.
      this.splits.delete(name);
      this.splits.set(name, known);
      return known.pieces;
    }
    const pieces = this.cut(parameter, spec, list);
    const split = { bytes: list.pairs.byteLength + overheadBytes * pieces.length, pieces };
    this.splits.set(name, split);
    this.bytes += split.bytes;
    this.evict();
    return pieces;
  }

  private evict(): void {
    for (const [name, { bytes }] of this.splits) {
      if (this.bytes <= this.bytesMax || this.splits.size === 1) return;
      this.splits.delete(name);
      this.bytes -= bytes;
    }
  }

  private cut(parameter: number, spec: ParameterSpec, list: KeyList): readonly KeyPiece[] {
    const { pairs } = list;
    const count = keyCount(list);
    const pieces: KeyPiece[] = [];
    let from = lowerBound(pairs, spec.span.begin);
    assert(from === 0, () => `the keys of ${spec.name} are at least ${spec.span.begin}`);
    const ends = this.ranges.ends(parameter);
    for (let index = 0; 2 * index < ends.length && from < count; index++) {
      const to = lowerBoundWords(pairs, from, ends[2 * index], ends[2 * index + 1]);
      if (to > from) pieces.push({ index, from, to, keys: sliceKeys(list, from, to) });
      from = to;
    }
    assert(from === count, () => `the keys of ${spec.name} are below ${spec.span.end}`);
    return pieces;
  }
}
