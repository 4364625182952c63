/**
 * A checker reads facts and nothing else, in one pass. It holds one promise of docs/guarantees.md, and counts how often
 * it had something to decide: a check that was evaluated zero times has shown nothing.
 */
import type { Observation } from "../../core/index.ts";
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
  /** What it decides by: it is shown no other facts. */
  readonly reads: readonly Observation["type"][];
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

/** One checker of a run, with what it has said. */
class CheckEntry implements Report {
  readonly checker: Checker;
  evaluatedCount = 0;
  violationCount = 0;
  private readonly violationFound: (message: string) => void;

  constructor(checker: Checker, violationFound: (message: string) => void) {
    this.checker = checker;
    this.violationFound = violationFound;
  }

  evaluated(): void {
    this.evaluatedCount++;
  }

  violated(message: string): void {
    this.violationCount++;
    if (this.violationCount <= violationsKeptMax) this.violationFound(message);
  }
}

export class CheckRun {
  readonly violations: Violation[] = [];
  private readonly entries: readonly CheckEntry[];
  /** Who reads facts of a type, in the order of the checkers. */
  private readonly readers = new Map<Observation["type"], CheckEntry[]>();
  private last: Fact = { at: 0, node: "", fact: { type: "node-stopped", reason: undefined } };

  constructor(checkers: readonly Checker[]) {
    this.entries = checkers.map(
      (checker) =>
        new CheckEntry(checker, (message) => {
          this.violations.push({ check: checker.id, at: this.last.at, node: this.last.node, message });
        }),
    );
    for (const entry of this.entries) {
      for (const type of entry.checker.reads) {
        const readers = this.readers.get(type);
        if (readers === undefined) this.readers.set(type, [entry]);
        else readers.push(entry);
      }
    }
  }

  observe(fact: Fact): void {
    const readers = this.readers.get(fact.fact.type);
    if (readers === undefined) return;
    this.last = fact;
    for (let i = 0; i < readers.length; i++) readers[i].checker.observe(fact, readers[i]);
  }

  finish(isComplete: boolean): void {
    for (const entry of this.entries) entry.checker.finish(isComplete, entry);
  }

  get counts(): Readonly<Record<string, CheckCount>> {
    return Object.fromEntries(
      this.entries.map(({ checker, evaluatedCount, violationCount }) => [
        checker.id,
        { evaluated: evaluatedCount, violations: violationCount },
      ]),
    );
  }
}
