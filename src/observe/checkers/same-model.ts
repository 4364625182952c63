/**
 * C7, schedule invariance: with tau = 0 the final model is bit for bit the one of an undisturbed run on one process,
 * whatever the delays, losses and orders of arrival were (docs/guarantees.md G6).
 */
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";

/** What a slot's next life pulls at once, where the one before pulled it by and by, is rounded or skipped otherwise. */
const drawnPulls: readonly string[] = ["fixed-point", "random-skip"];

export class SameModel implements Checker {
  readonly id = "C7";
  readonly promise = "with tau 0 the model is bit for bit that of an undisturbed run";
  readonly reads = [
    "job-submitted",
    "job-resumed",
    "job-rolled-back",
    "slot-assigned",
    "slot-dropped",
    "model-saved",
  ] as const;
  /** Undefined: there is none, or the job goes on as it may, and cannot leave the same. */
  private reference: string | undefined;
  private hasDrawnPulls = false;
  /** The program of a slot, or of all. */
  private hasBegunAgain = false;

  constructor(reference: string | undefined) {
    this.reference = reference;
  }

  observe({ fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "job-submitted":
        this.hasDrawnPulls ||= (fact.pullFilters ?? []).some((kind) => drawnPulls.includes(kind));
        return;
      case "slot-assigned":
        // Its program begins again, as the job allows (docs/protocol.md 9).
        this.hasBegunAgain ||= fact.epoch > 1;
        return;
      case "job-resumed":
      case "job-rolled-back":
        this.hasBegunAgain = true;
        return;
      case "slot-dropped":
        this.reference = undefined;
        return;
      case "model-saved":
        return this.saved(fact.sha, report);
    }
  }

  finish(): void {}

  private saved(sha: string, report: Report): void {
    if (this.reference === undefined || (this.hasDrawnPulls && this.hasBegunAgain)) return;
    report.evaluated();
    if (sha === this.reference) return;
    report.violated(`the model is ${sha}; the undisturbed run left ${this.reference}`);
  }
}
