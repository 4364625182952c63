/** What the simulated world did to the cluster, so that what follows from a fault is told from what follows from a bug. */
import type { Fact, FactType } from "../fact.ts";
import type { RunEnd, Tracker } from "./checker.ts";

/** By what ends them: faults that last. */
const lasting: Readonly<Partial<Record<FactType, FactType>>> = {
  "node-paused": "node-resumed",
  "link-cut": "link-healed",
  "disk-troubled": "disk-well",
};
const endings = new Set(Object.values(lasting));

export class World implements Tracker {
  readonly reads = [
    "node-crashed",
    "node-launched",
    "node-evicted",
    "node-paused",
    "node-resumed",
    "node-asked-to-leave",
    "node-decommissioned",
    "node-slowed",
    "clock-changed",
    "link-cut",
    "link-healed",
    "disk-troubled",
    "disk-well",
    "all-healed",
    "core-chosen",
    "job-ended",
    "job-failed",
  ] as const;
  /** When something last began, went on or ended, or somebody who lives was evicted. */
  lastFaultAt = 0;
  isJobOver = false;
  /** Nodes whose clocks are not the true one. */
  readonly oddClocks: Set<string> = new Set();
  /** How many faults have begun and not ended, by what ends them. */
  private readonly open = new Map<string, number>();
  /** Crashed, or asked to leave: who evicts them is right. */
  private readonly gone = new Set<string>();
  /** Undefined: whoever says that a run is settled is believed. */
  private readonly repairMaxMs: number | undefined;
  private lastEvictionAt = Number.NEGATIVE_INFINITY;

  constructor(repairMaxMs: number | undefined) {
    this.repairMaxMs = repairMaxMs;
  }

  observe({ at, fact }: Fact): void {
    if (fact.type === "job-ended" || fact.type === "job-failed") {
      this.isJobOver = true;
      return;
    }
    if (fact.type === "node-evicted") {
      if (!this.gone.has(fact.peer)) this.lastEvictionAt = this.lastFaultAt = at;
      return;
    }
    this.lastFaultAt = at;
    if (fact.type === "node-crashed" || fact.type === "node-asked-to-leave") this.gone.add(fact.peer);
    else if (fact.type === "node-launched") this.gone.delete(fact.peer);
    const where = "from" in fact ? [...fact.from, ">", ...fact.to].join() : "peer" in fact ? fact.peer : "";
    if (fact.type === "clock-changed") this.oddClocks.add(where);
    const end = lasting[fact.type];
    if (end !== undefined) this.count(`${end} ${where}`, 1);
    else if (endings.has(fact.type)) this.count(`${fact.type} ${where}`, -1);
    // A node that dies while it is paused does not go on.
    else if (fact.type === "node-crashed") this.open.delete(`node-resumed ${where}`);
  }

  /** For how long nothing has been done to the cluster, in milliseconds, of the time since `since`. */
  calmMs(since: number, now: number): number {
    return this.open.size > 0 ? 0 : (now - Math.max(since, this.lastFaultAt)) / 1000;
  }

  /** Nothing that the weather broke is still to be repaired: a network that is bad enough makes nodes silent that live. */
  isSettled({ at, isSettled }: RunEnd): boolean {
    return isSettled && (at - this.lastEvictionAt) / 1000 >= (this.repairMaxMs ?? 0);
  }

  private count(name: string, by: number): void {
    const count = (this.open.get(name) ?? 0) + by;
    if (count > 0) this.open.set(name, count);
    else this.open.delete(name);
  }
}
