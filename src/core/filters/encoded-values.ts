/**
 * The rows of a push or of a pull's answer after its filters: what travels. The lossy filters of a push run once per
 * identity, before it is split by segment (docs/protocol.md 4); the result is kept, so that a repeat is the same bits.
 */
import type { Element } from "../parameter.ts";

export interface EncodedValues {
  readonly element: Element;
  /** Values a key. */
  readonly width: number;
  /** Keys of the list that these rows belong to. */
  readonly count: number;
  /** Bit `j & 7` of byte `j >> 3` says that key `j` has a row; undefined: every key has one. */
  readonly mask: Uint8Array | undefined;
  /** Kept rows in key order: `element` values, or with `fixed` little-endian integers of `fixed.bytes` each. */
  readonly data: Float32Array | Float64Array | Uint8Array;
  readonly fixed: FixedPoint | undefined;
  /** Decoded values are multiplied by this (1 / probability of the random skip). */
  readonly scale: number;
  /**
   * Answers of pulls, significantly modified: the digest (below 2^53) of the receiver's copy that rows without a bit in
   * `mask` are read from. 0: none, they read as initial (a pull) or as not sent (a push).
   */
  readonly base: number;
  /** With `base`: rows that read as initial all the same; bits as in `mask`, none of them in both. */
  readonly cleared: Uint8Array | undefined;
}

/** Fixed point between the extremes of each key block and column: value = min + integer * (max - min) / (2^(8 bytes) - 1), max exact. */
export interface FixedPoint {
  readonly bytes: 1 | 2 | 3;
  /** For each key block met, in order: its number. */
  readonly blocks: Uint32Array;
  /** For each block met, then each of the `width` columns: (min, max). */
  readonly extremes: Float64Array;
  /** For each block met: how many kept rows are in it. */
  readonly rows: Uint32Array;
}

/** Encoded rows at their sender, who also knows who left which row out. */
export interface FilteredValues extends EncodedValues {
  /** For each key 1 + the index in `filterKinds` of the filter that left it out, or 0. Never sent. */
  readonly leftOutBy?: Uint8Array | undefined;
}
