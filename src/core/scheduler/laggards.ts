/**
 * Slots that keep the others waiting (OSDI'14 section 3.4: some workers are slow, and nobody knows why): a task that at
 * least half of its slots have finished is late at the others, and after `afterMs` those are given up by their holder.
 */
import { type Micros, milliseconds, type Slot, type TaskTime } from "../ids.ts";
import type { JobSpec, SlowestPolicy } from "../job.ts";
import type { Shell } from "../shell.ts";
import type { SlotHolders } from "./slot-holders.ts";
import type { TaskBoard } from "./task-board.ts";

export const slowTimer = "slow";

/** Invariant: while a task is late, the timer is set. */
export class Laggards {
  private readonly shell: Pick<Shell, "now" | "setTimer">;
  private readonly policy: SlowestPolicy;
  private readonly afterMicros: number;
  private readonly board: TaskBoard;
  /** Of tasks that half of their slots have finished, and not all. */
  private readonly lateSince: Map<TaskTime, Micros> = new Map();
  /** When the slot's holder had its share. */
  private readonly readySince: Map<Slot, Micros> = new Map();

  /** Undefined: the job waits for the slowest. */
  static of(shell: Laggards["shell"], { policy }: JobSpec, board: TaskBoard): Laggards | undefined {
    return policy?.slowest === undefined ? undefined : new Laggards(shell, policy.slowest, board);
  }

  private constructor(shell: Laggards["shell"], policy: SlowestPolicy, board: TaskBoard) {
    this.shell = shell;
    this.policy = policy;
    this.afterMicros = milliseconds(policy.afterMs);
    this.board = board;
  }

  ready(slot: Slot): void {
    this.readySince.set(slot, this.shell.now);
  }

  /** Some slot has finished the task. */
  finished(time: TaskTime): void {
    const missing = this.board.missing(time).length;
    if (missing === 0) this.lateSince.delete(time);
    else if (2 * missing <= this.board.slotsOf(time).length && !this.lateSince.has(time)) {
      this.lateSince.set(time, this.shell.now);
      if (this.lateSince.size === 1) this.arm(this.shell.now);
    }
  }

  /** Slots that are late for too long at the holder that they have now. */
  private due(ready: ReadonlySet<Slot>): readonly Slot[] {
    const { now } = this.shell;
    const late = new Set<Slot>();
    for (const [time, since] of this.lateSince) {
      for (const slot of this.board.missing(time)) {
        const heldSince = Math.max(since, this.readySince.get(slot) ?? 0);
        if (ready.has(slot) && now >= heldSince + this.afterMicros) late.add(slot);
      }
    }
    if (this.lateSince.size > 0) this.arm(now);
    return [...late].sort((a, b) => a - b);
  }

  /** At the timer: those that have another holder now. */
  giveUp(holders: SlotHolders, ready: ReadonlySet<Slot>): readonly Slot[] {
    return holders.giveUp(this.due(ready), this.policy.action === "drop");
  }

  private arm(from: Micros): void {
    this.shell.setTimer(slowTimer, (from + this.afterMicros) as Micros);
  }
}
