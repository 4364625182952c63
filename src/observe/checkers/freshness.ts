/** C2: what a pull contains of the tasks before its own (docs/guarantees.md G4). */
import type { Observation, TaskTime } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { madeAt, SegmentMap, placeName, taskKey, tokenName } from "./identity.ts";
import type { Lines } from "./lines.ts";
import type { Lives } from "./lives.ts";

type Applied = Extract<Observation, { readonly type: "applied" }>;
type PartPulled = Extract<Observation, { readonly type: "part-pulled" }>;

/** A push that all slots made: of this op of the task. */
interface Mark {
  readonly time: number;
  readonly op: number;
}

interface Entry {
  readonly index: number;
  readonly mark: Mark;
  /** The newest mark up to here. */
  readonly newest: Mark;
}

const nothing: Mark = { time: -1, op: Number.POSITIVE_INFINITY };
/** Fewer are kept: to move the rest costs more. */
const forgottenMin = 64;

/** What was applied to a segment and is of tasks that have not finished everywhere, and what came after it. */
class History {
  readonly entries: Entry[] = [];
  /** The newest mark of what is not kept any more. */
  newestGone: Mark = nothing;
  /** The newest mark that some pull had to contain: nothing up to it may be applied any more. */
  bound: Mark = nothing;

  append(index: number, mark: Mark): void {
    const before = this.entries.at(-1)?.newest ?? this.newestGone;
    this.entries.push({ index, mark, newest: isPast(mark, before) ? mark : before });
  }

  /** Drops what lies beyond the index. */
  cut(index: number): void {
    while (this.entries.length > 0 && this.entries[this.entries.length - 1].index > index) this.entries.pop();
  }

  /** Forgets what was committed, up to the first mark that is not below the floor. */
  forget(floor: number, committed: number): void {
    const { entries } = this;
    let gone = 0;
    while (gone < entries.length && entries[gone].mark.time < floor && entries[gone].index <= committed)
      gone++;
    if (gone < forgottenMin) return;
    this.newestGone = entries[gone - 1].newest;
    entries.splice(0, gone);
  }

  /** How many of the entries are in the state that it had at the index. */
  countUpTo(index: number): number {
    const { entries } = this;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (entries[middle].index <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * A pull contains every push of the tasks that its own task comes after; and where it names an exact state, as with
 * tau = 0, nothing past that.
 */
export class Freshness implements Checker {
  readonly id = "C2";
  readonly promise =
    "a pull contains every push of the tasks before its own's bound, and with tau 0 nothing newer";
  readonly reads = [
    "task-issued",
    "task-finished",
    "frontier-rose",
    "pull-invoked",
    "part-pulled",
    "applied",
    "segment-sealed",
  ] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lines: Lines;
  private readonly below = new Map<TaskTime, number>();
  /** Of each slot's tasks under way: the exact state that each pull named, or null. */
  private readonly asOf = new Map<number, (number | null)[]>();
  private readonly histories = new SegmentMap<History>();

  constructor(lives: Lives, lines: Lines) {
    this.follows = [lives, lines];
    this.lines = lines;
  }

  observe({ fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "task-issued":
        this.below.set(fact.time, fact.after.below);
        return;
      case "pull-invoked":
        madeAt(this.asOf, taskKey(fact), newList)[fact.op] = fact.asOf;
        return;
      case "task-finished":
        this.asOf.delete(taskKey(fact));
        return;
      case "frontier-rose":
        return this.rose(fact.floor);
      case "applied":
        return this.applied(fact, report);
      case "segment-sealed": {
        const line = this.lines.of(fact.parameter, fact.segment);
        if (line.view === fact.view)
          this.histories.of(fact.parameter, fact.segment, newHistory).cut(fact.token.index);
        return;
      }
      case "part-pulled":
        return this.pulled(fact, report);
    }
  }

  finish(): void {}

  private rose(floor: number): void {
    for (const time of this.below.keys()) if (time < floor) this.below.delete(time);
    const first = taskKey({ slot: 0, time: floor });
    for (const key of this.asOf.keys()) if (key < first) this.asOf.delete(key);
    this.histories.forEach((history, parameter, segment) => {
      history.forget(floor, this.lines.of(parameter, segment).committed?.index ?? 0);
    });
  }

  private applied({ parameter, segment, time, op, token }: Applied, report: Report): void {
    if (this.lines.of(parameter, segment).isVoid(token)) return;
    const history = this.histories.of(parameter, segment, newHistory);
    const mark: Mark = { time, op };
    history.append(token.index, mark);
    if (isPast(mark, history.bound)) return;
    report.violated(
      `${time}/${op} was applied to ${placeName(parameter, segment)} at ${tokenName(token)}, after a pull that had to ` +
        "contain it",
    );
  }

  private pulled(fact: PartPulled, report: Report): void {
    const { parameter, segment, slot, time, op, token } = fact;
    const asOf = this.asOf.get(taskKey(fact))?.[op] ?? null;
    const bound = this.bound(time, asOf);
    report.evaluated();
    const history = this.histories.of(parameter, segment, newHistory);
    const { entries, newestGone } = history;
    if (isPast(bound, history.bound)) history.bound = bound;
    const what = (): string =>
      `slot ${slot} at ${time}/${op} pulled ${tokenName(token)} of ${placeName(parameter, segment)}`;
    const count = history.countUpTo(token.index);
    for (let i = count; i < entries.length; i++) {
      const { mark } = entries[i];
      if (!isPast(mark, bound)) report.violated(`${what()}, which lacks ${mark.time}/${mark.op}`);
    }
    const last = count === 0 ? newestGone : entries[count - 1].newest;
    if (asOf === null || !isPast(last, bound)) return;
    if (count === 0 && isBefore(token.index, entries)) return;
    report.violated(`${what()}, which contains ${last.time}/${last.op}; it named the state of ${asOf}`);
  }

  /** The newest push that the pull contains: of its own task up to an op, or of the last task before its bound. */
  private bound(time: TaskTime, asOf: number | null): Mark {
    if (asOf !== null && asOf >= 0) return { time, op: asOf };
    const below = asOf === null ? (this.below.get(time) ?? 0) : time;
    return { time: below - 1, op: Number.POSITIVE_INFINITY };
  }
}

/** Older than all that is kept: which marks it contains is not known. */
function isBefore(index: number, entries: readonly Entry[]): boolean {
  return entries.length > 0 && index < entries[0].index - 1;
}

function isPast(a: Mark, b: Mark): boolean {
  return a.time > b.time || (a.time === b.time && a.op > b.op);
}

function newList(): (number | null)[] {
  return [];
}

function newHistory(): History {
  return new History();
}
