/** A job as it is submitted: plain data, kept in the registry as JSON. */
import type { Replication } from "./parameter.ts";
import type { FilterSpec } from "./filters/filter-spec.ts";

/**
 * What becomes of the slots of a worker that is lost. `replace`: a worker without slots takes them, one that comes within
 * `replaceAfterMs` if there is none; after that, and with `redistribute` at once, those with the fewest. `continue`: as with
 * `redistribute`, until the pass is over; later ones go on without these slots, and without their data.
 */
export type LostPolicy = "replace" | "redistribute" | "continue";
export const lostPolicies: readonly LostPolicy[] = ["replace", "redistribute", "continue"];

/** What becomes of slots at which a task is late, by `afterMs`, that half of its slots have finished. */
export interface SlowestPolicy {
  readonly afterMs: number;
  /** `move`: another worker takes them. `drop`: it does, until the pass is over, and later ones go on without them. */
  readonly action: "move" | "drop";
}

/**
 * What becomes of the job when all holders of a range are lost. `rollback`: it goes on from its newest checkpoint that is whole,
 * and fails where there is none. `fail`: it fails by the range's name.
 */
export type LostRangePolicy = "rollback" | "fail";
export const lostRangePolicies: readonly LostRangePolicy[] = ["rollback", "fail"];

export interface JobPolicy {
  /** `replace` where there is no policy. */
  readonly lost: LostPolicy;
  /** `rollback` where nothing is said. */
  readonly lostRange?: LostRangePolicy | undefined;
  /** Of every parameter of the job; undefined: after aggregation. */
  readonly replication?: Replication | undefined;
  /** Undefined: the slowest is waited for. */
  readonly slowest?: SlowestPolicy | undefined;
}

export interface JobSpec {
  readonly schema: "tauring.job/1";
  readonly name: string;
  /** Which application runs: `linear`. */
  readonly application: string;
  /** Every draw of the job is made from this. */
  readonly seed: string;
  /** Logical workers: the number of shares that the data is split into. */
  readonly slotCount: number;
  /** Maximal delay: 0 sequential, a positive number bounded, `Infinity` (null in JSON) eventual. */
  readonly tau: number | null;
  readonly pushFilters: readonly FilterSpec[];
  readonly pullFilters: readonly FilterSpec[];
  /** The application's own options, checked by it. */
  readonly options: Readonly<Record<string, number | string | boolean | null>>;
  /** Where the data is: the loader of the driver understands it. */
  readonly source: unknown;
  /** Every key of the data is in [0, keyMax], a decimal text; 2^64 - 1 for hashed features. */
  readonly keyMax: string;
  readonly policy?: JobPolicy | undefined;
  /** Undefined: it is saved only when somebody asks. */
  readonly checkpoint?: CheckpointPolicy;
  /** The checkpoint that it goes on from, by name. */
  readonly resume?: string;
}

/** When a job is saved: as the next pass begins after so many passes, or so many seconds, whichever comes first. */
export interface CheckpointPolicy {
  readonly everyPasses?: number;
  readonly everySeconds?: number;
  /** Older ones of the same run are removed. Undefined: `checkpointsKeptDefault`. */
  readonly checkpointsKept?: number;
}

export const checkpointsKeptDefault = 2;
