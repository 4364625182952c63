/** X8, V2 and V5: the job goes on, and nothing is left when it has ended (docs/guarantees.md G9, P3). */
import type { Fact } from "../fact.ts";
import type { Checker, Report, RunEnd } from "./checker.ts";
import type { Tasks } from "./delay.ts";
import { LedgerChecker, type Ledgers } from "./exactly-once.ts";
import { pushName } from "./identity.ts";
import type { Lives } from "./lives.ts";

/** X8: with tau = 0, when the job has ended, every slot has done its part of every task. */
export class NothingLeftOut implements Checker {
  readonly id = "X8";
  readonly promise =
    "with tau 0 every task that was issued has finished at each of its slots when the job ends";
  readonly reads = ["task-finished"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly tasks: Tasks;

  constructor(lives: Lives, tasks: Tasks) {
    this.follows = [lives, tasks];
    this.lives = lives;
    this.tasks = tasks;
  }

  observe(_fact: Fact, report: Report): void {
    if (this.tasks.news?.tau === 0) report.evaluated();
  }

  finish({ isComplete }: RunEnd, report: Report): void {
    if (!isComplete || this.lives.hasLostWords("worker")) return;
    this.tasks.forEachUnfinished((time, { tau, left }) => {
      if (tau !== 0) return;
      report.violated(
        `the job ended without task ${time} of ${left.size === 1 ? "slot" : "slots"} ${[...left].join(", ")}`,
      );
    });
  }
}

/** V2: the job goes on, and ends. */
export class JobGoesOn implements Checker {
  readonly id = "V2";
  readonly promise =
    "the frontier rises at least each frontierGapMaxMs until the job ends, which it does once faults are over, and in time where a core is left";
  readonly reads = ["task-issued", "frontier-rose", "job-ended", "job-failed", "core-chosen"] as const;
  /** Who is left must go on by then. */
  private core: Core | undefined = undefined;
  private readonly gapMaxMs: number;
  private since: number | undefined = undefined;
  private longestMs = 0;
  private hasEnded = false;

  constructor(frontierGapMaxMs: number) {
    this.gapMaxMs = frontierGapMaxMs;
  }

  observe({ at, fact }: Fact, report: Report): void {
    if (fact.type === "job-ended" || fact.type === "job-failed") this.hasEnded = true;
    if (fact.type === "core-chosen") {
      const { nodes, withinMs } = fact;
      this.core = { nodes, withinMs, since: at };
      return;
    }
    if (fact.type !== "task-issued") this.judgeCore(at, true, report);
    if (fact.type === "frontier-rose" && this.since !== undefined) {
      report.evaluated();
      const gapMs = (at - this.since) / 1000;
      this.longestMs = Math.max(this.longestMs, gapMs);
      if (gapMs > this.gapMaxMs) {
        report.violated(
          `the frontier rose to ${fact.floor} after ${gapMs} ms; frontierGapMaxMs is ${this.gapMaxMs}`,
        );
      }
    }
    if (fact.type === "frontier-rose" || this.since === undefined) this.since = at;
  }

  finish({ isComplete, isSettled, at }: RunEnd, report: Report): void {
    if (!this.hasEnded) this.judgeCore(at, false, report);
    if (!isSettled || this.since === undefined) return;
    report.evaluated();
    if (!isComplete && !this.hasEnded) report.violated("faults are over, and the job does not end");
  }

  measured(): Readonly<Record<string, number>> {
    return { longestMs: this.longestMs };
  }

  /** Once: when they go on, or when the run ends and they have not. */
  private judgeCore(at: number, goesOn: boolean, report: Report): void {
    const { core } = this;
    if (core === undefined) return;
    const ms = (at - core.since) / 1000;
    this.core = undefined;
    report.evaluated();
    if (ms <= core.withinMs) return;
    const said = goesOn ? `went on after ${ms} ms` : `did not go on in ${ms} ms`;
    report.violated(`${core.nodes.join(", ")} were left, and ${said}; they had ${core.withinMs}`);
  }
}

interface Core {
  readonly nodes: readonly string[];
  readonly withinMs: number;
  readonly since: number;
}

/** V5: nobody is left waiting. */
export class NothingLeftOpen extends LedgerChecker {
  readonly id = "V5";
  readonly promise = "when the job has ended, every push of a task that has finished was finished";
  readonly reads = ["push-finished"] as const;
  private readonly tasks: Tasks;

  constructor(ledgers: Ledgers, tasks: Tasks) {
    super(ledgers, [tasks]);
    this.tasks = tasks;
  }

  observe(_fact: Fact, report: Report): void {
    report.evaluated();
  }

  override finish({ isComplete }: RunEnd, report: Report): void {
    if (!isComplete || this.lives.hasLostWords("worker")) return;
    this.ledger.forEach(({ push, attempts, isFinished }) => {
      if (attempts === 0 || isFinished || !this.tasks.has(push.time)) return;
      report.violated(`the job ended, task ${push.time} finished, and ${pushName(push)} did not`);
    });
  }
}
