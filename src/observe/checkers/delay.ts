/** C1 and T1: bounded delay, and execute after finished (docs/guarantees.md G4). */
import type { Dependency, TaskTime } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";

/** Which tasks have finished at every slot, as the facts of the workers say. */
class Finished {
  private readonly unfinished = new Map<TaskTime, Set<number>>();
  /** Every issued time below has finished. */
  lowest = 0;
  private issuedEnd = 0;

  observe({ fact }: Fact): void {
    if (fact.type === "task-issued") {
      this.unfinished.set(fact.time, new Set(fact.slots));
      this.issuedEnd = Math.max(this.issuedEnd, fact.time + 1);
    } else if (fact.type === "task-finished") {
      const slots = this.unfinished.get(fact.time);
      slots?.delete(fact.slot);
      if (slots?.size === 0) this.unfinished.delete(fact.time);
      while (this.lowest < this.issuedEnd && !this.unfinished.has(this.lowest as TaskTime)) this.lowest++;
    }
  }

  has(time: TaskTime): boolean {
    return time < this.lowest || (time < this.issuedEnd && !this.unfinished.has(time));
  }
}

/** C1: a task at time t starts only when every task up to t - tau - 1 has finished at every slot. */
export class BoundedDelay implements Checker {
  readonly id = "C1";
  readonly promise = "a task starts only when every task up to t - tau - 1 has finished at every slot";
  readonly reads = ["task-issued", "task-started", "task-finished"] as const;
  private readonly finished = new Finished();
  /** Of each task, as the schedule asked for it: not what the edges made of it, which are to be checked. */
  private readonly allowed = new Map<TaskTime, number>();

  observe(record: Fact, report: Report): void {
    this.finished.observe(record);
    const { fact } = record;
    if (fact.type === "task-issued" && fact.tau !== null) this.allowed.set(fact.time, fact.tau);
    if (fact.type !== "task-started") return;
    const tau = this.allowed.get(fact.time);
    if (tau === undefined) return;
    report.evaluated();
    const { lowest } = this.finished;
    if (lowest >= fact.time - tau) return;
    report.violated(
      `task ${fact.time} started at slot ${fact.slot} with tau ${tau} while task ${lowest} is unfinished`,
    );
  }

  finish(): void {}
}

/** T1: a task starts only after each of its dependencies has finished. */
export class ExecuteAfterFinished implements Checker {
  readonly id = "T1";
  readonly promise = "a task starts only after every task that it depends on has finished";
  readonly reads = ["task-issued", "task-started", "task-finished"] as const;
  private readonly finished = new Finished();
  private readonly issued = new Map<TaskTime, Dependency>();

  observe(record: Fact, report: Report): void {
    this.finished.observe(record);
    const { fact } = record;
    if (fact.type === "task-issued") this.issued.set(fact.time, fact.after);
    if (fact.type !== "task-started") return;
    report.evaluated();
    const after = this.issued.get(fact.time);
    if (after === undefined)
      return report.violated(`task ${fact.time} started at slot ${fact.slot} but was not issued`);
    if (this.finished.lowest < after.below) {
      report.violated(
        `task ${fact.time} started at slot ${fact.slot}; it waits for all below ${after.below}, and ${this.finished.lowest} is unfinished`,
      );
    }
    for (const time of after.tasks) {
      if (!this.finished.has(time)) {
        report.violated(
          `task ${fact.time} started at slot ${fact.slot} before task ${time}, which it depends on, finished`,
        );
      }
    }
  }

  finish(): void {}
}
