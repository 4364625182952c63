/** What names a push, and what names a state of a segment. */
import type { Slot, TaskTime } from "./ids.ts";

/** (job, parameter, slot, time, op): one job a cluster for now, so the job is implied. */
export interface PushIdentity {
  readonly parameter: number;
  readonly slot: Slot;
  readonly time: TaskTime;
  readonly op: number;
}

/** Where in a segment's history: tokens compare as (lineage, view, index), in that order. */
export interface Token {
  readonly lineage: number;
  readonly view: number;
  readonly index: number;
}
