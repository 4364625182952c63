/** When a job ends, decided after each pass. */
import type { PassFields } from "../../core/index.ts";
import type { LinearOptions } from "./options.ts";

export interface Decision {
  /** How much the objective rose. */
  readonly change: number;
  /** It moved by no more than a share `epsilon`. */
  readonly isSteady: boolean;
  /** Why the job ends; undefined: it goes on. */
  readonly endedBy: "gap" | "epsilon" | "passesMax" | undefined;
}

export class Stopping {
  private readonly options: LinearOptions;
  private previous: number;
  private epsilon: number;

  /** @param from of the pass that is gone on with */
  constructor(options: LinearOptions, objectiveAtZero: number, from: PassFields = {}) {
    this.options = options;
    this.previous = Number(from.previous ?? objectiveAtZero);
    this.epsilon = Number(from.epsilon ?? options.epsilon);
  }

  /** For the record of a pass. */
  get fields(): PassFields {
    const { previous, epsilon } = this;
    return { previous, epsilon };
  }

  /** `isComplete`: every key was active, so that being steady may end the job. */
  after(pass: number, objective: number, isComplete: boolean): Decision {
    const { gap, reference, passesMax } = this.options;
    const change = objective - this.previous;
    const isSteady = Math.abs(change) <= this.epsilon * objective;
    this.previous = objective;
    const decided = (endedBy: Decision["endedBy"]): Decision => ({ change, isSteady, endedBy });
    if (gap !== undefined && reference !== undefined && objective - reference <= gap * reference) {
      return decided("gap");
    }
    if (isSteady && isComplete && gap === undefined) return decided("epsilon");
    // With a gap to reach, being steady is not enough: look closer.
    if (isSteady && isComplete) this.epsilon /= 10;
    return decided(pass >= passesMax ? "passesMax" : undefined);
  }
}
