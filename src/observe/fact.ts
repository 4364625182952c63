/** An observation with where and when it was made: what traces hold and checkers read. */
import type { Observation } from "../core/index.ts";

/** Who says what happens to nodes without their knowing. */
export const worldName = "world";

export interface Fact {
  /** Microseconds: virtual time in the simulator, the machine's monotonic clock in production. */
  readonly at: number;
  readonly node: string;
  readonly fact: Observation;
}

export type FactType = Observation["type"];
