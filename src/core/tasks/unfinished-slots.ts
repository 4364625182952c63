/** For each issued task, the slots that have not finished it: what the frontier is counted from. */
import { assert } from "../assert.ts";
import type { Slot, TaskTime } from "../ids.ts";

export class UnfinishedSlots {
  private readonly slotsOf: Map<TaskTime, Set<Slot>> = new Map();

  issue(time: TaskTime, slots: readonly Slot[]): void {
    assert(slots.length > 0, () => `task ${time} runs at one slot or more`);
    assert(!this.slotsOf.has(time), () => `task ${time} is issued once`);
    this.slotsOf.set(time, new Set(slots));
  }

  /** Says whether this was the last slot of the task. A repeat, or a slot that the task does not run at, is not. */
  finish(time: TaskTime, slot: Slot): boolean {
    const slots = this.slotsOf.get(time);
    if (slots === undefined || !slots.delete(slot) || slots.size > 0) return false;
    this.slotsOf.delete(time);
    return true;
  }

  /** The task is known to be finished everywhere. */
  forget(time: TaskTime): void {
    this.slotsOf.delete(time);
  }

  /** Forgets every task below the floor. */
  forgetBelow(floor: TaskTime): void {
    // Tasks are issued in ascending order, and maps keep that order.
    for (const time of this.slotsOf.keys()) {
      if (time >= floor) return;
      this.slotsOf.delete(time);
    }
  }

  /** Slots that have not finished the task, ascending; none for a task that is finished or not issued. */
  of(time: TaskTime): readonly Slot[] {
    return [...(this.slotsOf.get(time) ?? [])].sort((a, b) => a - b);
  }

  has(time: TaskTime, slot: Slot): boolean {
    return this.slotsOf.get(time)?.has(slot) ?? false;
  }
}
