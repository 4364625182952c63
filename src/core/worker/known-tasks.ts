/**
 * What a worker knows of the job's tasks: which record each was made from, and which have finished everywhere, by what
 * the scheduler spreads and, for tasks that run at this worker's slots alone, by what it saw itself.
 */
import type { Slot, TaskTime } from "../ids.ts";
import { FinishedFrontier } from "../tasks/frontier.ts";
import type { Frontier, TaskSpec } from "../tasks/task.ts";
import { UnfinishedSlots } from "../tasks/unfinished-slots.ts";

/** Invariant: nothing is remembered of tasks below the frontier's floor. */
export class KnownTasks {
  readonly frontier: FinishedFrontier = new FinishedFrontier();
  /**
   * What the scheduler has said, which is all that servers may hear of: a worker that dies before it has told what it saw itself has its
   * last tasks done again, and what servers keep for that must still be there. A scheduler that takes over learns of floors alone: what the
   * one before said of tasks above its own it may have done again as well.
   */
  readonly spread: FinishedFrontier = new FinishedFrontier();
  private term: number = 0;
  private readonly hashes: Map<TaskTime, string> = new Map();
  private readonly local: UnfinishedSlots = new UnfinishedSlots();
  /** The record of the newest task: a pass begins when every task before it has finished. */
  pass: string = "";

  /** `finished`: everywhere. `conflicting`: it was made from another record before. `isLocal`: all its slots are here. */
  issue(task: TaskSpec, isLocal: boolean): "taken" | "finished" | "conflicting" {
    const { time, recordHash, slots } = task;
    if (this.frontier.isFinished(time)) return "finished";
    const known = this.hashes.get(time);
    if (known !== undefined) return known === recordHash ? "taken" : "conflicting";
    this.pass = recordHash;
    this.hashes.set(time, recordHash);
    if (isLocal) this.local.issue(time, slots);
    return "taken";
  }

  /** What the scheduler of this term says. */
  absorb(frontier: Frontier, term: number): void {
    if (term > this.term) this.spread.keepFloor();
    this.term = Math.max(term, this.term);
    this.spread.absorb(frontier);
    if (this.frontier.absorb(frontier)) this.forget();
  }

  /** A slot of this worker has finished the task. */
  finish(time: TaskTime, slot: Slot): void {
    if (this.local.finish(time, slot) && this.frontier.finish(time)) this.forget();
  }

  private forget(): void {
    const { floor } = this.frontier;
    // Tasks are issued in ascending order, and maps keep that order.
    for (const time of this.hashes.keys()) {
      if (time >= floor) break;
      this.hashes.delete(time);
    }
    this.local.forgetBelow(floor);
  }
}
