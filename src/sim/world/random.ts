/**
 * Randomness is an argument, and forks by name: one more draw in the network does not change the workload. Streams are
 * seedrandom's alea, seeded with the run's seed and the stream's path.
 */
import seedrandom from "seedrandom";

export class Random {
  private readonly draw: () => number;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.draw = seedrandom.alea(path);
  }

  fork(name: string): Random {
    return new Random(`${this.path}/${name}`);
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.draw();
  }

  /** Uniform in 0 .. count - 1. */
  below(count: number): number {
    return Math.floor(this.draw() * count);
  }

  /** Whether an event of this probability happens; one that cannot happen, or must, draws nothing. */
  happens(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.draw() < probability;
  }
}
