/** A slot's share of the training data: what is loaded, and what came of it. The rows themselves never enter core. */
import type { KeyList } from "./keys/key-list.ts";
import type { Slot } from "./ids.ts";

/** Share `slot` of `slotCount`: row `i` of the concatenated sources belongs to slot `i % slotCount`. */
export interface ShareSpec {
  readonly slot: Slot;
  readonly slotCount: number;
  /** The job's data section, opaque to core: the driver's loader understands it. */
  readonly source: unknown;
}

export interface ShareSummary {
  readonly rows: number;
  readonly nonzeros: number;
  /** Bad lines that were skipped. */
  readonly badLines: number;
  readonly loadMicros: number;
}

/**
 * Labelled examples by row, as a loader makes them. Keys are renumbered: entry `e` of row `i`, for
 * `rowStarts[i] <= e < rowStarts[i + 1]`, is `values[e]` at key `columns[e]` of `keys`.
 */
export interface Examples {
  readonly rows: number;
  /** +1 or -1. */
  readonly labels: Int8Array;
  readonly rowStarts: Uint32Array;
  /** Indices into `keys`, ascending within a row. */
  readonly columns: Uint32Array;
  /** Undefined: all ones. */
  readonly values: Float64Array | undefined;
  /** The distinct keys that occur. */
  readonly keys: KeyList;
}
