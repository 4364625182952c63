/** A node's processor: numeric work runs at once and is charged to virtual time, one piece after the other. */
import { lognormal } from "./distribution.ts";
import type { Random } from "./random.ts";

export interface CostModel {
  /** Non-zeros of the data touched in a second. */
  readonly nonzerosPerSecond: number;
  /** What each resumption of a program costs besides. */
  readonly stepMicros: number;
  /** Sigma of the lognormal noise on each piece of work; 0: none. */
  readonly noiseSigma: number;
}

export class Computer {
  /** Work takes so many times as long. */
  slowness = 1;
  private freeAt = 0;
  private readonly cost: CostModel;
  private random: Random;

  constructor(cost: CostModel, random: Random) {
    this.cost = cost;
    this.random = random;
  }

  /** When work of this many non-zeros, given at `now`, is done. */
  compute(nonzeros: number, now: number): number {
    const micros = this.cost.stepMicros + (nonzeros / this.cost.nonzerosPerSecond) * 1e6;
    const noisy = lognormal(micros, this.cost.noiseSigma, this.random) * this.slowness;
    this.freeAt = Math.max(this.freeAt, now) + Math.max(1, Math.ceil(noisy));
    return this.freeAt;
  }

  reseed(random: Random): void {
    this.random = random;
  }

  /** The work in hand is given up. */
  clear(): void {
    this.freeAt = 0;
  }
}
