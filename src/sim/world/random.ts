/**
 * Randomness is an argument, and forks by name: one more draw in the network does not change the workload. Streams are
 * seedrandom's alea, seeded with the run's seed and the stream's path.
 */
import seedrandom from "seedrandom";

export class Random {
  /** Made at the first draw: a pair of nodes has links for both channels, and most draw on one. */
  private stream: (() => number) | undefined = undefined;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  fork(name: string): Random {
    return new Random(`${this.path}/${name}`);
  }

  /** Uniform in [0, 1). */
  unit(): number {
    this.stream ??= seedrandom.alea(this.path);
    return this.stream();
  }

  /** Uniform in 0 .. count - 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** Whether an event of this probability happens; one that cannot happen, or must, draws nothing. */
  happens(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.unit() < probability;
  }
}
