/** X9: who holds a slot (docs/guarantees.md G9). */
import type { Fact } from "../fact.ts";
import type { Checker, Report, Tracker } from "./checker.ts";
import { madeAt } from "./identity.ts";

interface Holding {
  readonly worker: string;
  readonly epoch: number;
}

/** Who holds each slot, by its newest epoch. */
export class SlotHolders implements Tracker {
  readonly reads = ["slot-assigned"] as const;
  private readonly holders: Holding[] = [];

  observe({ fact }: Fact): void {
    if (fact.type !== "slot-assigned") return;
    const { slot, worker, epoch } = fact;
    const holding = this.holders[slot];
    if (holding === undefined || holding.epoch < epoch) this.holders[slot] = { worker, epoch };
  }

  /** A worker that lost the slot may not know yet: what it does there has no effect. */
  hasLost(slot: number, worker: string): boolean {
    const holding = this.holders[slot];
    return holding !== undefined && holding.worker !== worker;
  }
}

/** X9: an epoch of a slot is one worker's, and one scheduler gives out growing ones. */
export class OneHolder implements Checker {
  readonly id = "X9";
  readonly promise = "a slot's epoch has one worker, and epochs grow";
  readonly reads = ["slot-assigned"] as const;
  /** By slot, then by epoch. */
  private readonly workers: Map<number, string>[] = [];
  /** The newest epoch that each scheduler gave out, by slot. */
  private readonly newest = new Map<string, number[]>();

  observe({ node, fact }: Fact, report: Report): void {
    if (fact.type !== "slot-assigned") return;
    const { slot, worker, epoch } = fact;
    report.evaluated();
    this.workers[slot] ??= new Map();
    const other = this.workers[slot].get(epoch);
    if (other === undefined) this.workers[slot].set(epoch, worker);
    else if (other !== worker) {
      report.violated(`slot ${slot} was given to ${worker} under epoch ${epoch}, which is ${other}'s`);
    }
    const given = madeAt(this.newest, node, () => []);
    if (epoch < (given[slot] ?? 0)) {
      report.violated(`slot ${slot} was given to ${worker} under epoch ${epoch}, after epoch ${given[slot]}`);
    }
    given[slot] = epoch;
  }

  finish(): void {}
}
