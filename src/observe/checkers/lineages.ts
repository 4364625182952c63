/**
 * Checkers of what one lineage promises. Where a job is rolled back another set of them begins with nothing, as in a run that goes on
 * from a checkpoint, and each is shown the facts of its own lineage: a node is in that of the view that it adopted last, so that one
 * which has not heard of the rollback is still held to the old one.
 */
import type { Fact, FactType } from "../fact.ts";
import type { Checker, Report, RunEnd, Tracker } from "./checker.ts";

/** What nodes outside of any lineage say, or say of others: the newest lineage's to judge by. */
const common: ReadonlySet<FactType> = new Set<FactType>([
  "view-published",
  "node-evicted",
  "node-started",
  "node-stopped",
]);

interface Judges {
  readonly checkers: readonly Checker[];
  /** Beside those that are the same in every lineage. */
  readonly trackers: ReadonlyMap<FactType, readonly Tracker[]>;
}

/** `make` makes all checkers of a lineage anew, each time the same ones; `shared` are what they ask that outlives lineages. */
export class Lineages implements Tracker {
  readonly reads: Tracker["reads"];
  readonly checkers: readonly InItsLineage[];
  private readonly make: () => readonly Checker[];
  private readonly shared: readonly Tracker[];
  private readonly judges: Map<number, Judges> = new Map();
  private readonly lineageOf: Map<string, number> = new Map();
  private newest = 1;
  private present: Judges;

  constructor(make: () => readonly Checker[], shared: readonly Tracker[]) {
    this.make = make;
    this.shared = shared;
    this.present = this.begin(1);
    const own: FactType[] = [...this.present.trackers.keys(), "view-adopted", "view-published"];
    // Whatever a checker reads is judged in a lineage, so that it is to be known which.
    for (const { reads } of this.present.checkers) own.push(...reads);
    this.reads = [...new Set(own)];
    this.checkers = this.present.checkers.map((one, nth) => new InItsLineage(this, one, nth));
  }

  observe(fact: Fact): void {
    const { type } = fact.fact;
    if (type === "view-adopted" || type === "view-published") this.learn(fact);
    // Nobody can be in another while there is one.
    if (this.newest > 1) this.change(this.lineage(fact));
    const trackers = this.present.trackers.get(type);
    if (trackers !== undefined) for (const tracker of trackers) tracker.observe(fact);
  }

  /** Promises about the end are of the newest lineage: all others were undone. */
  last(nth: number): Checker {
    return (this.judges.get(this.newest) ?? this.present).checkers[nth];
  }

  all(nth: number): readonly Checker[] {
    return [...this.judges.values()].map(({ checkers }) => checkers[nth]);
  }

  /** Of the first lineage its own trackers are: those that it asks and does not share. */
  private begin(lineage: number): Judges {
    const checkers = this.make();
    const trackers = new Map<FactType, Tracker[]>();
    const own = new Set(checkers.flatMap(({ follows = [] }) => follows));
    for (const tracker of this.shared) own.delete(tracker);
    for (const tracker of own) {
      for (const type of tracker.reads) trackers.set(type, [...(trackers.get(type) ?? []), tracker]);
    }
    const judges = { checkers, trackers };
    this.judges.set(lineage, judges);
    return judges;
  }

  private learn({ node, fact }: Fact): void {
    if (fact.type === "view-adopted") this.moved(node, fact.lineage);
    else if (fact.type === "view-published") this.newest = Math.max(this.newest, fact.view.lineage);
  }

  private lineage({ node, fact }: Fact): number {
    return common.has(fact.type) ? this.newest : (this.lineageOf.get(node) ?? this.newest);
  }

  /** The fact that is observed is of this one. */
  private change(lineage: number): void {
    const judges = this.judges.get(lineage) ?? this.begin(lineage);
    if (judges === this.present) return;
    this.present = judges;
    for (let nth = 0; nth < this.checkers.length; nth++) this.checkers[nth].present = judges.checkers[nth];
  }

  private moved(node: string, lineage: number): void {
    this.lineageOf.set(node, lineage);
    this.newest = Math.max(this.newest, lineage);
  }

  get follows(): readonly Tracker[] {
    return [...this.shared, this];
  }
}

/** One checker, in whichever lineage. */
class InItsLineage implements Checker {
  readonly id: string;
  readonly promise: string;
  readonly reads: Checker["reads"];
  readonly follows: NonNullable<Checker["follows"]>;
  /** That of the lineage which the newest fact is of. */
  present: Checker;
  private readonly lineages: Lineages;
  private readonly nth: number;

  constructor(lineages: Lineages, one: Checker, nth: number) {
    this.lineages = lineages;
    this.nth = nth;
    this.present = one;
    this.id = one.id;
    this.promise = one.promise;
    this.reads = one.reads;
    this.follows = lineages.follows;
  }

  observe(fact: Fact, report: Report): void {
    this.present.observe(fact, report);
  }

  finish(end: RunEnd, report: Report): void {
    this.lineages.last(this.nth).finish(end, report);
  }

  judgeOthers(end: RunEnd, evaluated: ReadonlyMap<string, number>, report: Report): void {
    this.lineages.last(this.nth).judgeOthers?.(end, evaluated, report);
  }

  /** The most of any lineage. */
  measured(): Readonly<Record<string, number>> | undefined {
    if (this.present.measured === undefined) return undefined;
    const most: Record<string, number> = {};
    for (const one of this.lineages.all(this.nth)) {
      for (const [name, value] of Object.entries(one.measured?.() ?? {})) {
        most[name] = Math.max(most[name] ?? value, value);
      }
    }
    return most;
  }
}
