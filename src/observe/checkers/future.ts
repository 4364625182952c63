/** C4: nothing of a task comes back before the task could have begun (docs/guarantees.md G4). */
import type { Observation } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import type { Tasks } from "./delay.ts";
import { SegmentMap, placeName, tokenName } from "./identity.ts";
import type { Lines } from "./lines.ts";
import type { Lives } from "./lives.ts";

type Applied = Extract<Observation, { readonly type: "applied" }>;
type PartPulled = Extract<Observation, { readonly type: "part-pulled" }>;

/** From this entry on a state holds a push of a task that waits for all below `bound`. */
interface Rise {
  readonly index: number;
  readonly bound: number;
  readonly time: number;
}

/**
 * A push of task u is there only once every task up to u - tau - 1 has finished at every slot: so a slot whose task t has
 * not finished never reads one with u - tau > t. A torn or doubled clock would show here first.
 */
export class NothingOfTheFuture implements Checker {
  readonly id = "C4";
  readonly promise = "a pull of an unfinished task t contains no push of a task later than t + tau";
  readonly reads = ["applied", "segment-sealed", "part-pulled", "frontier-rose"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lines: Lines;
  private readonly lives: Lives;
  private readonly tasks: Tasks;
  /** By segment: bounds ascend with the indices. */
  private readonly rises = new SegmentMap<Rise[]>();

  constructor(lives: Lives, lines: Lines, tasks: Tasks) {
    this.follows = [lives, lines, tasks];
    this.lives = lives;
    this.lines = lines;
    this.tasks = tasks;
  }

  observe({ fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "applied":
        return this.applied(fact);
      case "segment-sealed": {
        if (this.lines.of(fact.parameter, fact.segment).view !== fact.view) return;
        const rises = this.rises.of(fact.parameter, fact.segment, newList);
        while ((rises.at(-1)?.index ?? 0) > fact.token.index) rises.pop();
        return;
      }
      case "frontier-rose":
        this.rises.forEach((rises) => {
          if (rises.length === 0 || rises[0].bound > fact.floor) return;
          const kept = rises.findIndex(({ bound }) => bound > fact.floor);
          rises.splice(0, kept < 0 ? rises.length : kept);
        });
        return;
      case "part-pulled":
        return this.pulled(fact, report);
    }
  }

  finish(): void {}

  private applied({ parameter, segment, time, token }: Applied): void {
    const tau = this.tasks.of(time)?.tau ?? null;
    if (tau === null || this.lines.of(parameter, segment).isVoid(token)) return;
    const rises = this.rises.of(parameter, segment, newList);
    const bound = time - tau;
    const highest = rises.length === 0 ? 0 : rises[rises.length - 1].bound;
    if (bound > highest) rises.push({ index: token.index, bound, time });
  }

  private pulled({ parameter, segment, slot, time, token }: PartPulled, report: Report): void {
    if (this.tasks.of(time)?.left.has(slot) !== true || this.lives.hasLostWords("worker")) return;
    report.evaluated();
    const rises = this.rises.of(parameter, segment, newList);
    let last = rises.length - 1;
    while (last >= 0 && rises[last].index > token.index) last--;
    const newest = rises[last];
    if (newest === undefined || newest.bound <= time) return;
    report.violated(
      `slot ${slot} pulled ${tokenName(token)} of ${placeName(parameter, segment)} at task ${time}, which has not ` +
        `finished, and got a push of task ${newest.time}, which waits for all below ${newest.bound}`,
    );
  }
}

function newList(): Rise[] {
  return [];
}
