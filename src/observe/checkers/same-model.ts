/**
 * C7, schedule invariance: with tau = 0 the final model is bit for bit the one of an undisturbed run on one process,
 * whatever the delays, losses and orders of arrival were (docs/guarantees.md G6).
 */
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";

export class SameModel implements Checker {
  readonly id = "C7";
  readonly promise = "with tau 0 the model is bit for bit that of an undisturbed run";
  readonly reads = ["model-saved", "slot-dropped"] as const;
  /** Undefined: there is none, or the job goes on without some of its data, as it may. */
  private reference: string | undefined;

  constructor(reference: string | undefined) {
    this.reference = reference;
  }

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "slot-dropped") this.reference = undefined;
    if (fact.type !== "model-saved" || this.reference === undefined) return;
    report.evaluated();
    if (fact.sha !== this.reference) {
      report.violated(`the model is ${fact.sha}; the undisturbed run left ${this.reference}`);
    }
  }

  finish(): void {}
}
