/** C9: a check that decided nothing has shown nothing. */
import type { Fact, FactType } from "../fact.ts";
import type { Checker, Report, RunEnd } from "./checker.ts";
import type { Lines } from "./lines.ts";
import type { Lives } from "./lives.ts";

/** Facts that, together, give the check something to decide in any run. */
const dueAfter: Readonly<Record<string, readonly FactType[]>> = {
  X1: ["applied"],
  X2: ["push-finished"],
  X9: ["slot-assigned"],
  T1: ["task-started"],
  T3: ["task-started"],
  V1: ["push-finished"],
  V3: ["buffers-measured"],
  R2: ["applied"],
  R4: ["read-answered"],
  R6: ["applied"],
  R8: ["buffers-measured"],
  O1: ["applied"],
  O2: ["view-published"],
  O3: ["view-published"],
  E1: ["leader-elected"],
  E2: ["view-published"],
  E3: ["record-written"],
  M3: ["view-published"],
  M6: ["view-published"],
  K2: ["checkpoint-saved", "view-published", "job-submitted"],
};

export class NothingVacuous implements Checker {
  readonly id = "C9";
  readonly promise = "in a run that ended well every check whose facts were there has decided something";
  readonly reads: Checker["reads"] = [
    ...new Set(Object.values(dueAfter).flat()),
    "slot-waited",
    "part-received",
    "part-pulled",
  ];
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly lines: Lines;
  private readonly seen = new Set<FactType>();
  private readonly marks = { blockedTasks: 0, repeats: 0, stalePulls: 0 };

  constructor(lives: Lives, lines: Lines) {
    this.follows = [lives, lines];
    this.lives = lives;
    this.lines = lines;
  }

  observe({ fact }: Fact): void {
    this.seen.add(fact.type);
    if (fact.type === "slot-waited" && fact.edge.kind === "task") this.marks.blockedTasks++;
    else if (fact.type === "part-received" && fact.isDuplicate) this.marks.repeats++;
    else if (fact.type === "part-pulled") {
      const { committed } = this.lines.of(fact.parameter, fact.segment);
      if (committed !== undefined && fact.token.index < committed.index) this.marks.stalePulls++;
    }
  }

  finish(): void {}

  /** Once every other check has finished. */
  judgeOthers({ isComplete }: RunEnd, evaluated: ReadonlyMap<string, number>, report: Report): void {
    if (!isComplete || this.lives.hasLostWords("server") || this.lives.hasLostWords("worker")) return;
    for (const [id, facts] of Object.entries(dueAfter)) {
      if (!facts.every((fact) => this.seen.has(fact))) continue;
      report.evaluated();
      if ((evaluated.get(id) ?? 0) > 0) continue;
      report.violated(`${id} is vacuous: ${facts.join(" and ")} was told, and it decided nothing`);
    }
  }

  /** How often the run came to what it is to be checked in. */
  measured(): Readonly<Record<string, number>> {
    return this.marks;
  }
}
