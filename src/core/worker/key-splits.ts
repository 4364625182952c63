/**
 * Key lists cut at the ends of a view's segments. Programs name the same lists again and again: each is cut and its
 * pieces hashed once a view.
 */
import { assert } from "../assert.ts";
import { type KeyList, lowerBound, sliceKeys } from "../keys/key-list.ts";
import type { ParameterSpec } from "../parameter.ts";
import { segmentRange } from "../ring/ring.ts";
import type { View } from "../ring/view.ts";

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

/** Invariant: the bytes of the lists that are kept are at most `bytesMax`, one list apart; the least used go first. */
export class KeySplits {
  private readonly bytesMax: number;
  private bytes: number = 0;
  private viewNumber: number = -1;
  private readonly splits: Map<string, Split> = new Map();

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** The segments that have keys of the list, in key order. */
  pieces(parameter: number, spec: ParameterSpec, view: View, list: KeyList): readonly KeyPiece[] {
    if (view.number !== this.viewNumber) this.clear(view.number);
    const name = `${parameter}/${list.hash}`;
    const known = this.splits.get(name);
    if (known !== undefined) {
      // Last in the map's order is most recently used.
      this.splits.delete(name);
      this.splits.set(name, known);
      return known.pieces;
    }
    const split = { bytes: list.pairs.byteLength, pieces: cut(spec, view, list) };
    this.splits.set(name, split);
    this.bytes += split.bytes;
    this.evict();
    return split.pieces;
  }

  private evict(): void {
    for (const [name, { bytes }] of this.splits) {
      if (this.bytes <= this.bytesMax || this.splits.size === 1) return;
      this.splits.delete(name);
      this.bytes -= bytes;
    }
  }

  private clear(viewNumber: number): void {
    this.splits.clear();
    this.bytes = 0;
    this.viewNumber = viewNumber;
  }
}

function cut(spec: ParameterSpec, view: View, list: KeyList): readonly KeyPiece[] {
  const pieces: KeyPiece[] = [];
  const count = list.pairs.length / 2;
  let from = lowerBound(list.pairs, spec.span.begin);
  assert(from === 0, () => `the keys of ${spec.name} are at least ${spec.span.begin}`);
  for (let index = 0; index < view.segments.length && from < count; index++) {
    const to = lowerBound(list.pairs, segmentRange(spec, view, index).end);
    if (to > from) pieces.push({ index, from, to, keys: sliceKeys(list, from, to) });
    from = to;
  }
  assert(from === count, () => `the keys of ${spec.name} are below ${spec.span.end}`);
  return pieces;
}
