/** What the simulated registry may do to those who use it; what it promises holds all the same. */
import { type Distribution, sample } from "./distribution.ts";
import type { Random } from "./random.ts";

/** Shares are probabilities, times are virtual microseconds. */
export interface RegistryFaults {
  /** Of requests: they never arrive, and are answered `unavailable` after `timeoutMicros`. */
  readonly requestLoss: number;
  /** Of requests: they are done, and answered `unavailable` after `timeoutMicros`. */
  readonly answerLoss: number;
  readonly timeoutMicros: number;
  /** Of writes: watchers, whoever wrote among them, are told before the writer is answered. */
  readonly toldFirst: number;
  /** Of what a watcher is told at once: it comes `lateBy` later, and what is told after it no earlier. */
  readonly late: number;
  readonly lateBy: Distribution;
  /** Of what a watcher is told at once: it is lost, and all after it, until the watch goes on with the difference. */
  readonly watchLoss: number;
  readonly rewatchMicros: number;
  /** While most of its members are away: it does nothing, tells nothing, and no lease ends. Ascending. */
  readonly minority: readonly { readonly from: number; readonly to: number }[];
}

export const noRegistryFaults: RegistryFaults = {
  requestLoss: 0,
  answerLoss: 0,
  timeoutMicros: 2_000_000,
  toldFirst: 0,
  late: 0,
  lateBy: { kind: "constant", value: 0 },
  watchLoss: 0,
  rewatchMicros: 100_000,
  minority: [],
};

export function lateness({ late, lateBy }: RegistryFaults, random: Random): number {
  return random.happens(late) ? Math.max(0, Math.ceil(sample(lateBy, random))) : 0;
}

/** When the registry can do something again: now, or at the end of the minority. */
export function ableAt({ minority }: RegistryFaults, now: number): number {
  return minority.find(({ from, to }) => from <= now && now < to)?.to ?? now;
}
