/** C5 and C6: what a slot reads follows what it wrote and what it read before (docs/guarantees.md G5). */
import type { Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { compareTokens, pushName, segmentName, tokenName } from "./identity.ts";

interface Seen {
  readonly token: Token;
  readonly because: string;
}

/** What a slot has seen of one segment: by earlier tasks, and by the newest one after each of its ops. */
interface History {
  time: number;
  before: Seen | undefined;
  readonly ops: Map<number, Seen>;
}

interface Pull {
  readonly parameter: number;
  readonly slot: number;
  readonly time: number;
  readonly op: number;
}

/** Per slot, the newest state of each segment that it must see again, as it stood when each of its open pulls began. */
class Bounds {
  private readonly histories = new Map<number, Map<string, History>>();
  private readonly open = new Map<string, Map<string, ReadonlyMap<string, Seen>>>();

  /** The slot has seen this of the segment, in its task at `time`, after that task's `op`. */
  raise(slot: number, segment: string, at: { readonly time: number; readonly op: number }, seen: Seen): void {
    const segments = this.histories.get(slot) ?? new Map<string, History>();
    this.histories.set(slot, segments);
    const history = segments.get(segment) ?? {
      time: at.time,
      before: undefined,
      ops: new Map<number, Seen>(),
    };
    segments.set(segment, history);
    if (at.time > history.time) {
      history.before = newestOf(history, null);
      history.time = at.time;
      history.ops.clear();
    }
    if (at.time < history.time) history.before = newer(history.before, seen);
    else history.ops.set(at.op, newer(history.ops.get(at.op), seen));
  }

  /** `asOf`: only what earlier tasks saw counts, and its own task up to that op; null: everything. */
  begin(pull: Pull, asOf: number | null): void {
    const bounds = new Map<string, Seen>();
    for (const [segment, history] of this.histories.get(pull.slot) ?? []) {
      const seen = newestOf(history, history.time === pull.time ? asOf : null);
      if (seen !== undefined) bounds.set(segment, seen);
    }
    const task = `${pull.slot} ${pull.time}`;
    const pulls = this.open.get(task) ?? new Map<string, ReadonlyMap<string, Seen>>();
    this.open.set(task, pulls);
    pulls.set(`${pull.parameter} ${pull.op}`, bounds);
  }

  of(pull: Pull, segment: string): Seen | undefined {
    return this.open.get(`${pull.slot} ${pull.time}`)?.get(`${pull.parameter} ${pull.op}`)?.get(segment);
  }

  end(slot: number, time: number): void {
    this.open.delete(`${slot} ${time}`);
  }
}

function newestOf({ before, ops }: History, asOf: number | null): Seen | undefined {
  let newest = before;
  for (const [op, seen] of ops) if (asOf === null || op <= asOf) newest = newer(newest, seen);
  return newest;
}

function newer(a: Seen | undefined, b: Seen): Seen {
  return a === undefined || compareTokens(a.token, b.token) < 0 ? b : a;
}

/** C5: a pull that was invoked after the slot's own push finished contains it, unless it names an earlier state of its own task. */
export class ReadMyWrites implements Checker {
  readonly id = "C5";
  readonly promise = "a slot reads its own finished pushes";
  private readonly appliedAt = new Map<string, Map<number, Token>>();
  private readonly bounds = new Bounds();

  observe({ fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "applied":
        for (const slot of fact.slots) {
          const name = pushName({ parameter: fact.parameter, slot, time: fact.time, op: fact.op });
          const tokens = this.appliedAt.get(name) ?? new Map<number, Token>();
          tokens.set(fact.segment, fact.token);
          this.appliedAt.set(name, tokens);
        }
        return;
      case "push-finished": {
        const { push } = fact;
        const name = pushName(push);
        for (const [segment, token] of this.appliedAt.get(name) ?? []) {
          this.bounds.raise(push.slot, segmentName(push.parameter, segment), push, { token, because: name });
        }
        this.appliedAt.delete(name);
        return;
      }
      case "pull-invoked":
        return this.bounds.begin(fact, fact.asOf);
      case "task-finished":
        return this.bounds.end(fact.slot, fact.time);
      case "part-pulled": {
        const segment = segmentName(fact.parameter, fact.segment);
        const bound = this.bounds.of(fact, segment);
        if (bound === undefined) return;
        report.evaluated();
        if (compareTokens(fact.token, bound.token) >= 0) return;
        report.violated(
          `slot ${fact.slot} pulled state ${tokenName(fact.token)} of ${segment}, without its own finished push ` +
            `${bound.because}, which was applied at ${tokenName(bound.token)}`,
        );
        return;
      }
    }
  }

  finish(): void {}
}

/** C6: a pull that was invoked after another of the slot had been answered never shows an older state. */
export class MonotonicReads implements Checker {
  readonly id = "C6";
  readonly promise = "a slot never reads an older state of a segment than it read before";
  private readonly bounds = new Bounds();
  private readonly asOf = new Map<string, number>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "pull-invoked") {
      if (fact.asOf !== null)
        this.asOf.set(`${fact.slot} ${fact.parameter} ${fact.time} ${fact.op}`, fact.asOf);
      return this.bounds.begin(fact, fact.asOf);
    }
    if (fact.type === "task-finished") return this.bounds.end(fact.slot, fact.time);
    if (fact.type !== "part-pulled") return;
    const segment = segmentName(fact.parameter, fact.segment);
    const bound = this.bounds.of(fact, segment);
    if (bound !== undefined) {
      report.evaluated();
      if (compareTokens(fact.token, bound.token) < 0) {
        report.violated(
          `slot ${fact.slot} pulled state ${tokenName(fact.token)} of ${segment} at ${fact.time}/${fact.op}, after ` +
            `${bound.because} had shown ${tokenName(bound.token)}`,
        );
      }
    }
    const { slot, parameter, time, op: pull, token } = fact;
    const op = this.asOf.get(`${slot} ${parameter} ${time} ${pull}`) ?? Number.POSITIVE_INFINITY;
    this.bounds.raise(slot, segment, { time, op }, { token, because: `the pull at ${time}/${pull}` });
  }

  finish(): void {}
}
