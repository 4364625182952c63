/**
 * The tasks of one slot on this worker: which are queued, which are under way, and which computes next. Programs of a
 * slot interleave, but compute one at a time; where several could go on, the one with the lowest time does.
 */
import { assert } from "../assert.ts";
import type { Micros, Slot, TaskTime } from "../ids.ts";
import type { ShareSummary } from "../share.ts";
import type { FinishedFrontier } from "../tasks/frontier.ts";
import { firstPullOp } from "../tasks/pull-op.ts";
import type { TaskResult, TaskSpec } from "../tasks/task.ts";
import { SlotClock } from "./slot-clock.ts";
import type { TaskRun } from "./task-run.ts";

export interface QueuedTask {
  readonly task: TaskSpec;
  readonly since: Micros;
  /** It waits for the frontier's floor alone, and for one as high as any before it. */
  readonly isRegular: boolean;
}

/** What computes next: a task that goes on, or one that starts. */
export type Next =
  | { readonly type: "resume"; readonly run: TaskRun }
  | { readonly type: "start"; readonly task: TaskSpec };

interface FinishedTask {
  readonly recordHash: string;
  /** Undefined: another did the task in this slot's place. */
  readonly result: TaskResult | undefined;
}

/**
 * Invariants:
 *   - queued tasks ascend by time, and none of them is under way or finished;
 *   - a task that finished here is remembered until its pass is over, with what it returned: issued again it starts
 *     nothing, and a scheduler that was not told is told then.
 */
export class SlotTasks {
  readonly slot: Slot;
  readonly epoch: number;
  readonly clock: SlotClock = new SlotClock();
  /** Undefined while the share is loading. */
  share: ShareSummary | undefined;
  readonly loadingSince: Micros;
  computing: TaskRun | undefined;
  /** Ascending by time. */
  private readonly runs: TaskRun[] = [];
  private readonly queue: QueuedTask[] = [];
  private readonly finished: Map<TaskTime, FinishedTask> = new Map();
  /** The record of the tasks that are remembered. */
  private pass: string | undefined;
  /** The first `blockedCount` queued tasks cannot start while the frontier's `newsCount` is `blockedAt`. */
  private blockedAt: number = 0;
  private blockedCount: number = 0;
  /** Of all that was ever queued. */
  private highestBelow: number = 0;
  /** Queued tasks that are not regular. */
  private irregularCount: number = 0;

  constructor(slot: Slot, epoch: number, now: Micros) {
    this.slot = slot;
    this.epoch = epoch;
    this.loadingSince = now;
  }

  /** Ascending by time. */
  get underWay(): readonly TaskRun[] {
    return this.runs;
  }

  /** Ascending by time. */
  get queued(): readonly QueuedTask[] {
    return this.queue;
  }

  get hasTasks(): boolean {
    return this.runs.length > 0 || this.queue.length > 0;
  }

  hasUnfinished(time: TaskTime): boolean {
    return this.run(time) !== undefined || this.queue[this.indexOf(time)]?.task.time === time;
  }

  run(time: TaskTime): TaskRun | undefined {
    return this.runs.find((run) => run.task.time === time);
  }

  /** Under way with the lowest time. */
  get lowest(): TaskRun | undefined {
    return this.runs[0];
  }

  add(task: TaskSpec, now: Micros): void {
    if (this.hasUnfinished(task.time) || this.finished.has(task.time)) return;
    const at = this.indexOf(task.time);
    const { below, tasks } = task.after;
    const isRegular = at === this.queue.length && tasks.length === 0 && below >= this.highestBelow;
    this.highestBelow = Math.max(this.highestBelow, below);
    if (!isRegular) this.irregularCount++;
    this.queue.splice(at, 0, { task, since: now, isRegular });
    this.blockedCount = Math.min(this.blockedCount, at);
  }

  /** What the slot should compute now; undefined: nothing can go on. */
  next(frontier: FinishedFrontier, tasksAtOnceMax: number): Next | undefined {
    if (this.computing !== undefined || this.share === undefined) return undefined;
    const ready = this.runs.find(({ input }) => input !== undefined);
    const hasRoom = this.runs.length < tasksAtOnceMax;
    const task = hasRoom ? this.startable(frontier) : this.oldestStartable(frontier);
    if (ready !== undefined && (task === undefined || ready.task.time < task.time))
      return { type: "resume", run: ready };
    return task === undefined ? undefined : { type: "start", task };
  }

  start(task: TaskSpec, now: Micros): TaskRun {
    const at = this.indexOf(task.time);
    assert(this.queue[at]?.task === task, () => `task ${task.time} is queued at slot ${this.slot}`);
    const [{ isRegular }] = this.queue.splice(at, 1);
    if (!isRegular) this.irregularCount--;
    this.blockedCount = Math.min(this.blockedCount, at);
    const run: TaskRun = {
      slot: this.slot,
      epoch: this.epoch,
      task,
      since: now,
      busyMicros: 0,
      input: { type: "begin", task },
      writesOf: [],
      pullCount: firstPullOp(this.epoch),
    };
    let place = this.runs.length;
    while (place > 0 && this.runs[place - 1].task.time > task.time) place--;
    this.runs.splice(place, 0, run);
    return run;
  }

  /** The task is over here: it returned this, or another has taken its place. */
  finish(run: TaskRun, result: TaskResult | undefined): void {
    const at = this.runs.indexOf(run);
    if (at >= 0) this.runs.splice(at, 1);
    const { time, recordHash } = run.task;
    this.finished.set(time, { recordHash, result });
  }

  resultOf(time: TaskTime): TaskResult | undefined {
    return this.finished.get(time)?.result;
  }

  /** Tasks of this record are issued now: those of others are over everywhere. */
  keepPass(recordHash: string): void {
    if (recordHash === this.pass) return;
    this.pass = recordHash;
    for (const [time, task] of this.finished) if (task.recordHash !== recordHash) this.finished.delete(time);
  }

  /**
   * The slot's lowest unfinished task starts whatever the limit: a later one may wait for another slot's part that waits
   * for this one.
   */
  private oldestStartable(frontier: FinishedFrontier): TaskSpec | undefined {
    const oldest = this.queue[0]?.task;
    if (oldest === undefined || oldest.time > this.runs[0].task.time) return undefined;
    return frontier.canStart(oldest.after) ? oldest : undefined;
  }

  private startable(frontier: FinishedFrontier): TaskSpec | undefined {
    if (this.blockedAt !== frontier.newsCount) this.blockedCount = 0;
    this.blockedAt = frontier.newsCount;
    for (; this.blockedCount < this.queue.length; this.blockedCount++) {
      const { task } = this.queue[this.blockedCount];
      if (frontier.canStart(task.after)) return task;
      // Where all are regular, those behind wait for as high a floor.
      if (this.irregularCount === 0) break;
    }
    this.blockedCount = this.queue.length;
    return undefined;
  }

  /** Of the first queued task at or after the time. */
  private indexOf(time: TaskTime): number {
    let low = 0;
    let high = this.queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.queue[middle].task.time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
