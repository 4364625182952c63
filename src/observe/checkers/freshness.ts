/** C2: what a pull contains of the tasks before its own (docs/guarantees.md G4). */
import type { Observation, TaskTime } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { madeAt, SegmentMap, segmentName, tokenName } from "./identity.ts";

type Applied = Extract<Observation, { readonly type: "applied" }>;
type PartPulled = Extract<Observation, { readonly type: "part-pulled" }>;

/** A push that all slots made: of this op of the task. */
interface Mark {
  readonly time: number;
  readonly op: number;
}

/** What was applied to a segment, by the index of its log less 1, with the newest mark up to there. */
interface History {
  readonly marks: Mark[];
  readonly newest: Mark[];
  /** The newest mark that some pull had to contain: nothing up to it may be applied any more. */
  bound: Mark;
}

const nothing: Mark = { time: -1, op: Number.POSITIVE_INFINITY };

/**
 * A pull contains every push of the tasks that its own task comes after; and where it names an exact state, as with
 * tau = 0, nothing past that.
 */
export class Freshness implements Checker {
  readonly id = "C2";
  readonly promise =
    "a pull contains every push of the tasks before its own's bound, and with tau 0 nothing newer";
  readonly reads = ["task-issued", "task-finished", "pull-invoked", "part-pulled", "applied"] as const;
  private readonly below = new Map<TaskTime, number>();
  /** Of each slot's tasks under way: the exact state that each pull named, or null. */
  private readonly asOf = new Map<number, (number | null)[]>();
  private readonly histories = new SegmentMap<History>();

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
      case "applied":
        return this.applied(fact, report);
      case "part-pulled":
        return this.pulled(fact, report);
    }
  }

  finish(): void {}

  private applied({ parameter, segment, time, op, token }: Applied, report: Report): void {
    const history = this.history(parameter, segment);
    const { marks, newest, bound } = history;
    const mark: Mark = { time, op };
    const before = newest.at(-1) ?? nothing;
    marks.push(mark);
    newest.push(isPast(mark, before) ? mark : before);
    if (isPast(mark, bound)) return;
    report.violated(
      `${time}/${op} was applied to ${segmentName(parameter, segment)} at ${tokenName(token)}, after a pull that had to ` +
        "contain it",
    );
  }

  private pulled(fact: PartPulled, report: Report): void {
    const { parameter, segment, slot, time, op, token } = fact;
    const asOf = this.asOf.get(taskKey(fact))?.[op] ?? null;
    const bound = this.bound(time, asOf);
    report.evaluated();
    const history = this.history(parameter, segment);
    const { marks, newest } = history;
    if (isPast(bound, history.bound)) history.bound = bound;
    const what = (): string =>
      `slot ${slot} at ${time}/${op} pulled ${tokenName(token)} of ${segmentName(parameter, segment)}`;
    for (let index = token.index; index < marks.length; index++) {
      const mark = marks[index];
      if (!isPast(mark, bound)) report.violated(`${what()}, which lacks ${mark.time}/${mark.op}`);
    }
    const last = newest[token.index - 1];
    if (asOf === null || last === undefined || !isPast(last, bound)) return;
    report.violated(`${what()}, which contains ${last.time}/${last.op}; it named the state of ${asOf}`);
  }

  /** The newest push that the pull contains: of its own task up to an op, or of the last task before its bound. */
  private bound(time: TaskTime, asOf: number | null): Mark {
    if (asOf !== null && asOf >= 0) return { time, op: asOf };
    const below = asOf === null ? (this.below.get(time) ?? 0) : time;
    return { time: below - 1, op: Number.POSITIVE_INFINITY };
  }

  private history(parameter: number, segment: number): History {
    const known = this.histories.get(parameter, segment);
    if (known !== undefined) return known;
    const history: History = { marks: [], newest: [], bound: nothing };
    this.histories.set(parameter, segment, history);
    return history;
  }
}

function isPast(a: Mark, b: Mark): boolean {
  return a.time > b.time || (a.time === b.time && a.op > b.op);
}

/** Slots are below 2^20, and times below 2^33. */
function taskKey({ slot, time }: { readonly slot: number; readonly time: number }): number {
  return time * 2 ** 20 + slot;
}

function newList(): (number | null)[] {
  return [];
}
