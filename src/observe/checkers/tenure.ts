/** E3 and X10: what a leader may do in its time, and what it takes over (docs/guarantees.md G9, G10). */
import { recordKeys, slotsName } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report, RunEnd } from "./checker.ts";
import type { Tasks } from "./delay.ts";
import type { Lives } from "./lives.ts";

type ControlRole = "manager" | "scheduler";

/** Whose each record is, beside a node's own. */
const owners: Readonly<Record<string, ControlRole>> = {
  [recordKeys.view]: "manager",
  [recordKeys.slots]: "scheduler",
  [recordKeys.pass]: "scheduler",
  [recordKeys.progress]: "scheduler",
  [recordKeys.checkpointFailed]: "scheduler",
  [recordKeys.result]: "scheduler",
};

interface Tenure {
  readonly leader: string;
  readonly term: number;
}

/**
 * E3: by the registry's own time, terms follow each other without overlap, and a role's records are written by whoever has
 * its term then. A leader that is paused and goes on unaware would write in the next one's time.
 */
export class OneTenureAtATime implements Checker {
  readonly id = "E3";
  readonly promise =
    "in true time the tenures of a role do not overlap, and its records are written by whom they belong to";
  readonly reads = ["record-written"] as const;
  private readonly tenures = new Map<ControlRole, Tenure>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "record-written") return;
    const { key, by, term } = fact;
    if (term !== undefined) {
      const role = key === recordKeys.term("manager") ? "manager" : "scheduler";
      const before = this.tenures.get(role);
      report.evaluated();
      if (before !== undefined && term <= before.term) {
        report.violated(
          `${by} began term ${term} as ${role} while term ${before.term} is ${before.leader}'s`,
        );
      }
      this.tenures.set(role, { leader: by, term });
      return;
    }
    const isNode = key.startsWith(recordKeys.nodesPrefix);
    const owner = isNode && key !== recordKeys.node(by) ? "manager" : owners[key];
    if (owner === undefined) return;
    report.evaluated();
    const tenure = this.tenures.get(owner);
    if (tenure?.leader === by) return;
    report.violated(
      `${by} wrote ${key} in ${tenure === undefined ? "nobody's time" : `term ${tenure.term}, which is ${tenure.leader}'s`}`,
    );
  }

  finish(): void {}
}

/** X10: a scheduler that takes over counts as done what has been done, and loses nothing else. */
export class NothingLostAtTakeOver implements Checker {
  readonly id = "X10";
  readonly promise =
    "after a scheduler took over the frontier passes no task that a slot has not finished, and each one it found open is finished";
  readonly reads = ["leader-elected", "frontier-rose"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly tasks: Tasks;
  private hasTakenOver = false;
  private floor = 0;
  /** Tasks that were open when a scheduler took over last. */
  private open: number[] = [];

  constructor(lives: Lives, tasks: Tasks) {
    this.follows = [lives, tasks];
    this.lives = lives;
    this.tasks = tasks;
  }

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "leader-elected" && fact.role === "scheduler" && fact.term > 1) {
      this.hasTakenOver = true;
      report.evaluated();
      this.open = [];
      this.tasks.forEachUnfinished((time) => this.open.push(time));
    }
    if (fact.type !== "frontier-rose") return;
    this.floor = Math.max(this.floor, fact.floor);
    if (!this.hasTakenOver || this.lives.hasLostWords("worker") || this.lives.hasLostWords("scheduler"))
      return;
    report.evaluated();
    if (fact.floor <= this.tasks.lowest) return;
    report.violated(`the frontier rose to ${fact.floor}, and task ${this.tasks.lowest} is unfinished`);
  }

  finish({ isComplete }: RunEnd, report: Report): void {
    if (!isComplete || this.lives.hasLostWords("worker")) return;
    for (const time of this.open) {
      const left = this.tasks.of(time as never)?.left;
      if (time >= this.floor || left === undefined || left.size === 0) continue;
      report.violated(
        `task ${time} was open when a scheduler took over, and ${slotsName([...left])} never did it`,
      );
    }
  }
}
