/** Moments as a screen names them: virtual ones as they are, those of a machine's clock since the cluster began. */
import type { ClusterView } from "../../observe/index.ts";
import { moment } from "./units.ts";

/** A clock that says more as the first node starts is no virtual one. */
const virtualStartMax = 10_000_000;

/** The moment that is shown as 0. */
export function originOf({ header: { startedAt } }: ClusterView): number {
  return startedAt !== null && startedAt > virtualStartMax ? startedAt : 0;
}

export function momentIn(view: ClusterView, atMicros: number): string {
  return moment(atMicros - originOf(view));
}
