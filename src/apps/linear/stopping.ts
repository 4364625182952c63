/** When a job ends, decided after each pass. */
import type { LinearOptions } from "./options.ts";

export class Stopping {
  private previous: number;
  private epsilon: number;
  private readonly options: LinearOptions;

  constructor(options: LinearOptions, objectiveAtZero: number) {
    this.options = options;
    this.previous = objectiveAtZero;
    this.epsilon = options.epsilon;
  }

  /** F_prev / F - 1 is within epsilon. */
  isSteady(objective: number): boolean {
    return Math.abs(this.previous / objective - 1) <= this.epsilon;
  }

  /** Why the job ends after this pass; undefined: it goes on. Only a pass with every key active may end it by epsilon. */
  after(pass: number, objective: number, isComplete: boolean): string | undefined {
    const { gap, reference, passesMax } = this.options;
    const isSteady = this.isSteady(objective);
    this.previous = objective;
    if (gap !== undefined && reference !== undefined && objective - reference <= gap * reference)
      return "gap";
    if (isSteady && isComplete && gap === undefined) return "epsilon";
    // With a gap to reach, being steady is not enough: look closer.
    if (isSteady && isComplete) this.epsilon /= 10;
    return pass === passesMax ? "passesMax" : undefined;
  }
}
