/**
 * What a shared parameter is: a named vector of keys, each with columns (OSDI'14 section 3.1).
 * The store has no state that is not a declared column or a declared scalar of the segment.
 */
import type { FilterSpec } from "./filters/filter-spec.ts";
import type { KeyRange } from "./keys/key-range.ts";

export type Element = "float32" | "float64";
/** Values of one parameter, row by row: `width` values a key. */
export type Values = Float32Array | Float64Array;

export interface ColumnSpec {
  readonly name: string;
  /** What a key holds before anything was pushed to it. */
  readonly initial: number;
}

export interface ParameterSpec {
  readonly name: string;
  /** Every key that may occur. */
  readonly span: KeyRange;
  /** Fixed blocks that sums over keys are taken in, and that segment ends are rounded to. */
  readonly keyBlockCount: number;
  /** `dense` keeps a row for each key of the span, `sparse` for each key that was pushed or declared. */
  readonly layout: "dense" | "sparse";
  readonly element: Element;
  readonly columns: readonly ColumnSpec[];
  /** Scalars of a segment, all 0 at first. */
  readonly scalars: readonly string[];
  /** Values per key that a push carries. */
  readonly pushWidth: number;
  /** Indices of the columns that a pull brings, in this order. */
  readonly pulled: readonly number[];
  /** How a push changes the columns. */
  readonly update: UpdateSpec;
  /** Undefined: after aggregation. */
  readonly replication?: Replication;
  /** Undefined: to all that its task declares. */
  readonly pushParts?: PushParts;
  readonly pushFilters: readonly FilterSpec[];
  readonly pullFilters: readonly FilterSpec[];
  /** In checking runs the values of pulls become facts, so that a checker can say which pushes they contain. */
  readonly isProvenance: boolean;
}

/**
 * What goes down a chain (OSDI'14 section 4.3). `after-aggregation`: the rows that all slots' pushes of a task have
 * changed, once. `naive`: each push, as it comes. Where nothing is aggregated both send the rows of each push.
 */
export type Replication = "after-aggregation" | "naive";
export const replications: readonly Replication[] = ["after-aggregation", "naive"];

/**
 * The segments that a push goes to. `declared`: all that its task says it writes, with nothing where it has no key.
 * `keyed`: those that have a key of it, and no other. That is right where a push without rows changes nothing, and where a
 * task that is done again names the very keys that it named before: else a segment that was not asked the first time would
 * take the second for new. An aggregate, and with `tau = 0` everything, waits for the empty parts too: there all are sent.
 */
export type PushParts = "declared" | "keyed";

/**
 * `add` and `assign` are built in and change column 0 up to `pushWidth - 1`, at once (with `tau = 0`: when all
 * slots' parts of the time are in, in slot order). `simple` runs the application's update on each push in the same
 * way; `aggregated` runs it once on the sums over all slots of the task, taken in slot order.
 */
export type UpdateSpec =
  | { readonly kind: "add" }
  | { readonly kind: "assign" }
  | { readonly kind: "simple"; readonly name: string }
  | { readonly kind: "aggregated"; readonly name: string };
