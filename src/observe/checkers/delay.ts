/** C1, C3 and T1: bounded delay, and execute after finished (docs/guarantees.md G4). */
import type { Dependency, Observation, TaskTime } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report, Tracker } from "./checker.ts";
import type { Lives } from "./lives.ts";

type Started = Extract<Observation, { readonly type: "task-started" }>;

interface IssuedTask {
  readonly slots: readonly number[];
  /** As the schedule asked for it: not what the edges made of it, which are to be checked. */
  readonly tau: number | null;
  readonly after: Dependency;
  /** Slots at which it has not finished. */
  readonly left: Set<number>;
}

/** Which tasks have finished at every slot, as the facts of the workers say. Tasks may be issued and finished again. */
export class Tasks implements Tracker {
  readonly reads = ["task-issued", "task-finished", "frontier-rose", "job-resumed"] as const;
  /** Every issued time below has finished. */
  lowest = 0;
  /** The newest fact is the first finish of a task at its slot. */
  news: IssuedTask | undefined = undefined;
  private readonly lives: Lives;
  private issuedEnd = 0;
  private readonly issued = new Map<number, IssuedTask>();

  constructor(lives: Lives) {
    this.lives = lives;
  }

  observe({ fact }: Fact): void {
    this.news = undefined;
    if (fact.type === "task-issued") {
      if (fact.time < this.issuedEnd && (fact.time < this.lowest || this.issued.has(fact.time))) return;
      const { slots, tau, after } = fact;
      this.issued.set(fact.time, { slots, tau, after, left: new Set(slots) });
      this.issuedEnd = Math.max(this.issuedEnd, fact.time + 1);
    } else if (fact.type === "task-finished") {
      const task = this.issued.get(fact.time);
      if (task?.left.delete(fact.slot) === true) this.news = task;
      this.rise(this.lowest);
    } else if (fact.type === "job-resumed") this.goOn(fact.first);
    else if (fact.type === "frontier-rose" && this.lives.hasLostWords("worker")) this.rise(fact.floor);
  }

  /** Undefined where it was not issued, or every task up to it has finished. */
  of(time: TaskTime): IssuedTask | undefined {
    return this.issued.get(time);
  }

  has(time: TaskTime): boolean {
    if (time < this.lowest) return true;
    const task = this.issued.get(time);
    return task === undefined ? time < this.issuedEnd : task.left.size === 0;
  }

  forEachUnfinished(visit: (time: number, task: IssuedTask) => void): void {
    for (const [time, task] of this.issued) if (task.left.size > 0) visit(time, task);
  }

  /** From a checkpoint: what came before it has finished, and was not seen here. */
  private goOn(first: number): void {
    if (first <= this.issuedEnd) return;
    this.issued.clear();
    this.lowest = first;
    this.issuedEnd = first;
  }

  private rise(floor: number): void {
    while (this.lowest < this.issuedEnd) {
      const left = this.issued.get(this.lowest)?.left;
      if (left !== undefined && left.size > 0 && this.lowest >= floor) return;
      this.issued.delete(this.lowest);
      this.lowest++;
    }
  }
}

abstract class TaskChecker implements Checker {
  abstract readonly id: string;
  abstract readonly promise: string;
  abstract readonly reads: Checker["reads"];
  readonly follows: NonNullable<Checker["follows"]>;
  protected readonly tasks: Tasks;
  protected readonly lives: Lives;

  constructor(lives: Lives, tasks: Tasks) {
    this.follows = [lives, tasks];
    this.lives = lives;
    this.tasks = tasks;
  }

  abstract observe(fact: Fact, report: Report): void;

  finish(): void {}
}

/** C1: a task at time t starts only when every task up to t - tau - 1 has finished at every slot. */
export class BoundedDelay extends TaskChecker {
  readonly id = "C1";
  readonly promise = "a task starts only when every task up to t - tau - 1 has finished at every slot";
  readonly reads = ["task-started"] as const;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "task-started") return;
    const { lowest } = this.tasks;
    if (fact.time < lowest) return report.evaluated();
    const tau = this.tasks.of(fact.time)?.tau ?? null;
    if (tau === null) return;
    const isKept = lowest >= fact.time - tau;
    if (!isKept && this.lives.hasLostWords("worker")) return;
    report.evaluated();
    if (isKept) return;
    report.violated(
      `task ${fact.time} started at slot ${fact.slot} with tau ${tau} while task ${lowest} is unfinished`,
    );
  }
}

/** T1: a task starts only after each of its dependencies has finished. */
export class ExecuteAfterFinished extends TaskChecker {
  readonly id = "T1";
  readonly promise = "a task starts only after every task that it depends on has finished";
  readonly reads = ["task-started"] as const;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "task-started") return;
    // It starts again: all that it depends on has lower times.
    if (fact.time < this.tasks.lowest) return report.evaluated();
    const task = this.tasks.of(fact.time);
    if (this.lives.hasLostWords(task === undefined ? "scheduler" : "worker")) return;
    report.evaluated();
    if (task !== undefined) this.started(fact, task.after, report);
    else report.violated(`task ${fact.time} started at slot ${fact.slot} but was not issued`);
  }

  private started({ time, slot }: Started, after: Dependency, report: Report): void {
    const { lowest } = this.tasks;
    if (lowest < after.below) {
      report.violated(
        `task ${time} started at slot ${slot}; it waits for all below ${after.below}, and ${lowest} is unfinished`,
      );
    }
    for (const other of after.tasks) {
      if (this.tasks.has(other)) continue;
      report.violated(
        `task ${time} started at slot ${slot} before task ${other}, which it depends on, finished`,
      );
    }
  }
}

/** C3: no slot is further ahead of another than the delay allows. */
export class BoundedGap extends TaskChecker {
  readonly id = "C3";
  readonly promise = "no slot has finished more than tau + 1 tasks beyond the first that another has not";
  readonly reads = ["task-finished"] as const;
  private widest = 0;

  observe({ fact }: Fact, report: Report): void {
    const tau = this.tasks.news?.tau ?? null;
    if (fact.type !== "task-finished" || tau === null) return;
    const gap = fact.time + 1 - this.tasks.lowest;
    if (gap > tau + 1 && this.lives.hasLostWords("worker")) return;
    report.evaluated();
    this.widest = Math.max(this.widest, gap);
    if (gap <= tau + 1) return;
    report.violated(
      `slot ${fact.slot} has finished task ${fact.time} with tau ${tau} while task ${this.tasks.lowest} is unfinished`,
    );
  }

  measured(): Readonly<Record<string, number>> {
    return { widestGap: this.widest };
  }
}
