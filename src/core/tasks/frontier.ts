/**
 * Which tasks have finished at every slot: a floor, below which all have, and the set of those above it
 * (docs/protocol.md 8). The scheduler makes it from what slots report; workers absorb what it spreads.
 *
 * Invariants:
 *   - every time in `above` is greater than the floor: the floor is the lowest unfinished time;
 *   - the frontier never goes back, but where `keepFloor` says so.
 */
import { type TaskTime, taskTime } from "../ids.ts";
import type { Dependency, Frontier } from "./task.ts";

export class FinishedFrontier {
  private lowestUnfinished: TaskTime = taskTime(0);
  private readonly above: Set<TaskTime> = new Set();
  /** How often something became finished: what was decided by the frontier holds while this stays. */
  newsCount: number = 0;

  get floor(): TaskTime {
    return this.lowestUnfinished;
  }

  get finishedCount(): number {
    return this.lowestUnfinished + this.above.size;
  }

  isFinished(time: TaskTime): boolean {
    return time < this.lowestUnfinished || this.above.has(time);
  }

  /** The task has finished at all its slots. Says whether that was news. */
  finish(time: TaskTime): boolean {
    if (this.isFinished(time)) return false;
    this.above.add(time);
    this.rise();
    this.newsCount++;
    return true;
  }

  /** Takes over what another frontier knows. Says whether there was news. */
  absorb(other: Frontier): boolean {
    let isNews = false;
    if (other.floor > this.lowestUnfinished) {
      this.lowestUnfinished = other.floor;
      for (const time of this.above) if (time < other.floor) this.above.delete(time);
      isNews = true;
    }
    for (const time of other.above) {
      if (this.isFinished(time)) continue;
      this.above.add(time);
      isNews = true;
    }
    this.rise();
    if (isNews) this.newsCount++;
    return isNews;
  }

  /** What was said of tasks above the floor is taken back. */
  keepFloor(): void {
    this.above.clear();
  }

  canStart(after: Dependency): boolean {
    if (this.lowestUnfinished < after.below) return false;
    for (const time of after.tasks) if (!this.isFinished(time)) return false;
    return true;
  }

  /** The lowest time that the dependency still waits for; undefined where nothing is missing. */
  blocking(after: Dependency): TaskTime | undefined {
    let lowest: TaskTime | undefined;
    for (const time of after.tasks) {
      if (!this.isFinished(time) && (lowest === undefined || time < lowest)) lowest = time;
    }
    if (this.lowestUnfinished < after.below && (lowest === undefined || this.lowestUnfinished < lowest)) {
      return this.lowestUnfinished;
    }
    return lowest;
  }

  /** As it travels. */
  toFrontier(): Frontier {
    return { floor: this.lowestUnfinished, above: [...this.above].sort((a, b) => a - b) };
  }

  private rise(): void {
    while (this.above.delete(this.lowestUnfinished)) {
      this.lowestUnfinished = taskTime(this.lowestUnfinished + 1);
    }
  }
}
