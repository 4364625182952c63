/** M5: who is told to leave (docs/guarantees.md G8). */
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import type { World } from "./world.ts";

interface Notice {
  readonly at: number;
  readonly deadline: number | undefined;
}

/** M5: who is told to leave in good time leaves in time. */
export class LeavesInTime implements Checker {
  readonly id = "M5";
  readonly promise =
    "a node that is asked to leave at least leaveMaxMs of calm before its deadline has left by then";
  readonly reads: Checker["reads"] = [
    "leave-requested",
    "node-asked-to-leave",
    "node-stopped",
    "node-evicted",
    "node-crashed",
    "node-paused",
    "node-resumed",
    "node-slowed",
    "link-cut",
    "link-healed",
  ];
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly world: World;
  private readonly leaveMaxMs: number;
  private readonly notices = new Map<string, Notice>();
  /** The newest fault before the fact that is being judged. */
  private faultBefore = 0;
  private longestMs = 0;

  constructor(world: World, leaveMaxMs: number) {
    this.follows = [world];
    this.world = world;
    this.leaveMaxMs = leaveMaxMs;
  }

  observe({ at, node, fact }: Fact, report: Report): void {
    const before = this.faultBefore;
    this.faultBefore = this.world.lastFaultAt;
    if (fact.type === "node-asked-to-leave") this.notices.set(fact.peer, { at, deadline: fact.killAt });
    else if (fact.type === "leave-requested" && fact.drains) {
      this.notices.set(node, { at, deadline: this.notices.get(node)?.deadline });
    } else if (fact.type === "node-stopped") this.left(node, at, report);
    else if (fact.type === "node-crashed") this.killed(fact.peer, at, { before, report });
  }

  finish(): void {}

  measured(): Readonly<Record<string, number>> {
    return { longestMs: this.longestMs };
  }

  private left(node: string, at: number, report: Report): void {
    const notice = this.notices.get(node);
    if (notice === undefined || !this.notices.delete(node)) return;
    report.evaluated();
    this.longestMs = Math.max(this.longestMs, (at - notice.at) / 1000);
  }

  private killed(
    node: string,
    at: number,
    { before, report }: { readonly before: number; readonly report: Report },
  ): void {
    const notice = this.notices.get(node);
    if (notice === undefined || !this.notices.delete(node) || notice.deadline !== at) return;
    report.evaluated();
    const calmMs = (at - Math.max(notice.at, before)) / 1000;
    if (this.world.isJobOver || calmMs < this.leaveMaxMs) return;
    report.violated(
      `${node} was asked to leave, and after ${calmMs} ms of calm it was still there; leaveMaxMs is ${this.leaveMaxMs}`,
    );
  }
}
