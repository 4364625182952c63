/** T2 and T3: a task that is issued, or done, once more has its effect once (docs/guarantees.md G1, G9). */
import type { Dependency, Observation, TaskTime } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import type { Tasks } from "./delay.ts";
import { LedgerChecker } from "./exactly-once.ts";
import { madeAt, pushName, placeName, taskKey } from "./identity.ts";
import { type Life, lifeName, type Lives } from "./lives.ts";

type Issued = Extract<Observation, { readonly type: "task-issued" }>;
type Finished = Extract<Observation, { readonly type: "task-finished" }>;

/** T2: of a push that two attempts made, one has an effect. */
export class OneEffectiveAttempt extends LedgerChecker {
  readonly id = "T2";
  readonly promise =
    "a push that was made again has the same parts, and changes each segment once all the same";
  readonly reads = ["push-invoked", "applied"] as const;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "push-invoked") {
      const record = this.ledger.get(fact.push);
      if (record === undefined || record.attempts < 2) return;
      report.evaluated();
      if (record.segments.join() === fact.segments.join()) return;
      report.violated(
        `${pushName(fact.push)} was made again for segments ${fact.segments.join(", ")}; it was for ${record.segments.join(", ")}`,
      );
    } else if (fact.type === "applied") {
      for (const { push, record, wasApplied, isVoid } of this.ledger.applications) {
        if (record.attempts < 2 || isVoid) continue;
        report.evaluated();
        if (wasApplied) {
          report.violated(
            `two attempts of ${pushName(push)} were applied to ${placeName(fact.parameter, fact.segment)}`,
          );
        }
      }
    }
  }
}

/** T3: a time is one task's, whoever issues it; and what a worker finishes it has started, each time anew. */
export class OneTaskATime implements Checker {
  readonly id = "T3";
  readonly promise =
    "a time names one task, a scheduler issues times in order, and a worker finishes what it started";
  readonly reads = ["task-issued", "task-started", "task-finished", "frontier-rose"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly tasks: Tasks;
  /** By time. */
  private readonly contents = new Map<number, Issued>();
  private readonly issuedLast = new Map<Life, number>();
  /** Under way at each worker: how often each task was started there and not finished. */
  private readonly started = new Map<Life, Map<number, number>>();

  constructor(lives: Lives, tasks: Tasks) {
    this.follows = [lives, tasks];
    this.lives = lives;
    this.tasks = tasks;
  }

  observe({ node, fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "task-issued":
        return this.issued(this.lives.of(node), fact, report);
      case "task-started": {
        const started = madeAt(this.started, this.lives.of(node), newCounts);
        started.set(taskKey(fact), (started.get(taskKey(fact)) ?? 0) + 1);
        return;
      }
      case "task-finished":
        return this.finished(this.lives.of(node), fact, report);
      case "frontier-rose":
        for (const time of this.contents.keys()) if (time < fact.floor) this.contents.delete(time);
        return;
    }
  }

  finish(): void {}

  private issued(life: Life, fact: Issued, report: Report): void {
    report.evaluated();
    const { time } = fact;
    const known = this.contents.get(time);
    if (known === undefined) this.contents.set(time, fact);
    else if (!this.areAlike(known, fact)) {
      report.violated(
        `task ${time} was issued as "${contentName(fact)}", and before as "${contentName(known)}"`,
      );
    }
    const last = this.issuedLast.get(life);
    this.issuedLast.set(life, time);
    if (last === undefined || time === last + 1) return;
    report.violated(`${lifeName(life)} issued task ${time} after task ${last}`);
  }

  /** A scheduler that took over need not name dependencies that have finished. */
  private areAlike(one: Issued, other: Issued): boolean {
    if (one.name !== other.name || one.tau !== other.tau || one.slots.join() !== other.slots.join()) {
      return false;
    }
    if (this.lives.hasLostWords("worker")) return true;
    const { tasks } = this;
    const [a, b] = [one.after, other.after];
    if (a.below !== b.below && Math.max(a.below, b.below) > tasks.lowest) return false;
    const isLeftOut = (time: TaskTime, others: Dependency): boolean =>
      time >= others.below && !others.tasks.includes(time) && !tasks.has(time);
    return !a.tasks.some((time) => isLeftOut(time, b)) && !b.tasks.some((time) => isLeftOut(time, a));
  }

  private finished(life: Life, fact: Finished, report: Report): void {
    report.evaluated();
    const started = this.started.get(life);
    const count = started?.get(taskKey(fact)) ?? 0;
    if (count === 0) {
      return report.violated(
        `${lifeName(life)} finished task ${fact.time} at slot ${fact.slot} more often than it had started it`,
      );
    }
    if (count === 1) started?.delete(taskKey(fact));
    else started?.set(taskKey(fact), count - 1);
  }
}

function contentName({ name, slots, tau, after }: Issued): string {
  return `${name} at ${slots.join()} tau ${tau} after ${after.below} and ${after.tasks.join()}`;
}

function newCounts(): Map<number, number> {
  return new Map();
}
