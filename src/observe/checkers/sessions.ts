/** C5 and C6: what a slot reads follows what it wrote and what it read before (docs/guarantees.md G5). */
import type { Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { compareTokens, pushName, segmentName, tokenName } from "./identity.ts";

interface Seen {
  readonly token: Token;
  readonly because: string;
}

/** Per slot, the newest state of each segment that it must see again, as it stood when each of its open pulls began. */
class Bounds {
  private readonly newest = new Map<number, Map<string, Seen>>();
  private readonly open = new Map<string, Map<string, ReadonlyMap<string, Seen>>>();

  raise(slot: number, segment: string, seen: Seen): void {
    const segments = this.newest.get(slot) ?? new Map<string, Seen>();
    this.newest.set(slot, segments);
    const before = segments.get(segment);
    if (before === undefined || compareTokens(before.token, seen.token) < 0) segments.set(segment, seen);
  }

  begin(pull: Pull): void {
    const task = `${pull.slot} ${pull.time}`;
    const pulls = this.open.get(task) ?? new Map<string, ReadonlyMap<string, Seen>>();
    this.open.set(task, pulls);
    pulls.set(`${pull.parameter} ${pull.op}`, new Map(this.newest.get(pull.slot)));
  }

  of(pull: Pull, segment: string): Seen | undefined {
    return this.open.get(`${pull.slot} ${pull.time}`)?.get(`${pull.parameter} ${pull.op}`)?.get(segment);
  }

  end(slot: number, time: number): void {
    this.open.delete(`${slot} ${time}`);
  }
}

interface Pull {
  readonly parameter: number;
  readonly slot: number;
  readonly time: number;
  readonly op: number;
}

/** C5: a pull that was invoked after the slot's own push finished contains it. */
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
          this.bounds.raise(push.slot, segmentName(push.parameter, segment), { token, because: name });
        }
        this.appliedAt.delete(name);
        return;
      }
      case "pull-invoked":
        return this.bounds.begin(fact);
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

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "pull-invoked") return this.bounds.begin(fact);
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
    this.bounds.raise(fact.slot, segment, {
      token: fact.token,
      because: `the pull at ${fact.time}/${fact.op}`,
    });
  }

  finish(): void {}
}
