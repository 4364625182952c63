/**
 * A checker reads facts and nothing else, in one pass. It holds one promise of docs/guarantees.md, and counts how often
 * it had something to decide: a check that was evaluated zero times has shown nothing.
 */
import type { Fact } from "../fact.ts";

export interface Violation {
  readonly check: string;
  readonly at: number;
  readonly node: string;
  readonly message: string;
}

export interface Checker {
  /** Its name in docs/checkers.md: X1, C5. */
  readonly id: string;
  readonly promise: string;
  observe(fact: Fact, report: Report): void;
  /** The run is over; `isComplete` where the job ended well, so that nothing may be left open. */
  finish(isComplete: boolean, report: Report): void;
}

/** What a checker says: that it decided a case, or that one broke its promise. */
export interface Report {
  evaluated(): void;
  violated(message: string): void;
}

export interface CheckCount {
  readonly evaluated: number;
  readonly violations: number;
}

/** Violations of one check that are kept in full; the rest is counted. */
const violationsKeptMax = 20;

export class CheckRun {
  readonly violations: Violation[] = [];
  private readonly entries: { checker: Checker; evaluated: number; violations: number }[];
  private last: Fact = { at: 0, node: "", fact: { type: "node-stopped", reason: undefined } };

  constructor(checkers: readonly Checker[]) {
    this.entries = checkers.map((checker) => ({ checker, evaluated: 0, violations: 0 }));
  }

  observe(fact: Fact): void {
    this.last = fact;
    for (const entry of this.entries) entry.checker.observe(fact, this.reportOf(entry));
  }

  finish(isComplete: boolean): void {
    for (const entry of this.entries) entry.checker.finish(isComplete, this.reportOf(entry));
  }

  get counts(): Readonly<Record<string, CheckCount>> {
    return Object.fromEntries(
      this.entries.map(({ checker, evaluated, violations }) => [checker.id, { evaluated, violations }]),
    );
  }

  private reportOf(entry: { checker: Checker; evaluated: number; violations: number }): Report {
    return {
      evaluated: () => {
        entry.evaluated++;
      },
      violated: (message) => {
        entry.violations++;
        if (entry.violations > violationsKeptMax) return;
        this.violations.push({ check: entry.checker.id, at: this.last.at, node: this.last.node, message });
      },
    };
  }
}
