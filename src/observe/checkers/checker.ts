/**
 * A checker reads facts and nothing else, in one pass. It holds one promise of docs/guarantees.md, and counts how often
 * it had something to decide: a check that was evaluated zero times has shown nothing.
 */
import type { Fact, FactType } from "../fact.ts";

export interface Violation {
  readonly check: string;
  readonly at: number;
  readonly node: string;
  readonly message: string;
}

/** Keeps what several checkers ask for; it is shown each fact before any of them. */
export interface Tracker {
  readonly reads: readonly FactType[];
  observe(fact: Fact): void;
}

export interface Checker {
  /** Its name in docs/checkers.md: X1, C5. */
  readonly id: string;
  readonly promise: string;
  /** What it asks, in the order in which they are shown a fact. */
  readonly follows?: readonly Tracker[];
  /** What it decides by: it is shown no other facts. */
  readonly reads: readonly FactType[];
  observe(fact: Fact, report: Report): void;
  finish(end: RunEnd, report: Report): void;
  /** After all have finished: how often each check decided something. */
  judgeOthers?(end: RunEnd, evaluated: ReadonlyMap<string, number>, report: Report): void;
  /** What it measured beside deciding, such as the longest gap. */
  measured?(): Readonly<Record<string, number>> | undefined;
}

/** How the run ended. */
export interface RunEnd {
  /** In microseconds; by default when the last fact was said. */
  readonly at: number;
  /** The job ended well, so that nothing may be left open. */
  readonly isComplete: boolean;
  /** Long enough without a fault that whatever was lost must be repaired. */
  readonly isSettled: boolean;
}

/** What a checker says: that it decided a case, or that one broke its promise. */
export interface Report {
  evaluated(): void;
  violated(message: string): void;
}

export interface CheckCount {
  readonly evaluated: number;
  readonly violations: number;
  readonly measured?: Readonly<Record<string, number>>;
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
  /** Who reads facts of a type, trackers first, in the order of the checkers. */
  private readonly readers = new Map<FactType, Readers>();
  private last: Fact = { at: 0, node: "", fact: { type: "node-stopped", reason: undefined } };

  constructor(checkers: readonly Checker[]) {
    this.entries = checkers.map(
      (checker) =>
        new CheckEntry(checker, (message) => {
          this.violations.push({ check: checker.id, at: this.last.at, node: this.last.node, message });
        }),
    );
    for (const tracker of new Set(checkers.flatMap(({ follows = [] }) => follows))) {
      for (const type of tracker.reads) this.readersOf(type).trackers.push(tracker);
    }
    for (const entry of this.entries) {
      for (const type of entry.checker.reads) this.readersOf(type).entries.push(entry);
    }
  }

  observe(fact: Fact): void {
    const readers = this.readers.get(fact.fact.type);
    if (readers === undefined) return;
    this.last = fact;
    const { trackers, entries } = readers;
    for (let i = 0; i < trackers.length; i++) trackers[i].observe(fact);
    for (let i = 0; i < entries.length; i++) entries[i].checker.observe(fact, entries[i]);
  }

  /** `isSettled`: long enough without a fault that whatever was lost must be repaired. */
  finish(isComplete: boolean, isSettled = false, at: number = this.last.at): void {
    const end: RunEnd = { at, isComplete, isSettled };
    for (const entry of this.entries) entry.checker.finish(end, entry);
    const evaluated = new Map(
      this.entries.map(({ checker, evaluatedCount }) => [checker.id, evaluatedCount]),
    );
    for (const entry of this.entries) entry.checker.judgeOthers?.(end, evaluated, entry);
  }

  get counts(): Readonly<Record<string, CheckCount>> {
    return Object.fromEntries(
      this.entries.map(({ checker, evaluatedCount, violationCount }) => {
        const count = { evaluated: evaluatedCount, violations: violationCount };
        const measured = checker.measured?.();
        return [checker.id, measured === undefined ? count : { ...count, measured }];
      }),
    );
  }

  private readersOf(type: FactType): Readers {
    const known = this.readers.get(type);
    if (known !== undefined) return known;
    const readers: Readers = { trackers: [], entries: [] };
    this.readers.set(type, readers);
    return readers;
  }
}

interface Readers {
  readonly trackers: Tracker[];
  readonly entries: CheckEntry[];
}
