/**
 * How long a slot computes and how long it waits, by its node's clock. From the first task on each microsecond is one or
 * the other, until the job ends.
 */
import { assert } from "../assert.ts";
import type { Micros, Slot } from "../ids.ts";
import type { SlotStatistics } from "../application.ts";
import type { WaitEdge } from "../node.ts";

/** A wait that is over, and what it was for. */
export interface SlotWait {
  readonly waitMicros: number;
  readonly edge: WaitEdge;
}

export class SlotClock {
  private firstAt: Micros | undefined;
  private endedAt: Micros | undefined;
  private computingSince: Micros | undefined;
  private busyMicros: number = 0;
  private waiting: { readonly since: Micros; readonly edge: WaitEdge } | undefined;

  get isWaiting(): boolean {
    return this.waiting !== undefined;
  }

  get waitingSince(): Micros | undefined {
    return this.waiting?.since;
  }

  /** Computing begins: the wait before it, if there was one. */
  begin(now: Micros): SlotWait | undefined {
    assert(this.computingSince === undefined, "a slot computes one step at a time");
    this.firstAt ??= now;
    this.computingSince = now;
    return this.rest(now);
  }

  /** Computing ends; says how long it took. */
  finish(now: Micros): number {
    assert(this.computingSince !== undefined, "a slot finishes computing after it began");
    const took = now - this.computingSince;
    this.computingSince = undefined;
    this.busyMicros += took;
    return took;
  }

  /** From now on the slot has tasks and can compute none of them. */
  wait(now: Micros, edge: WaitEdge): void {
    if (this.waiting === undefined && this.computingSince === undefined) this.waiting = { since: now, edge };
  }

  /** The slot waits no more: it computes, or has no task left. */
  rest(now: Micros): SlotWait | undefined {
    const waited = this.waiting;
    this.waiting = undefined;
    if (waited === undefined || now === waited.since) return undefined;
    return { waitMicros: now - waited.since, edge: waited.edge };
  }

  /** The job has ended: what follows is no wait. */
  end(now: Micros): void {
    this.endedAt ??= now;
  }

  statistics(slot: Slot, now: Micros): SlotStatistics {
    const until = this.endedAt ?? now;
    const current = this.computingSince === undefined ? 0 : Math.max(0, until - this.computingSince);
    const busyMicros = this.busyMicros + current;
    const lived = this.firstAt === undefined ? 0 : until - this.firstAt;
    return { slot, busyMicros, waitMicros: Math.max(0, lived - busyMicros) };
  }
}
