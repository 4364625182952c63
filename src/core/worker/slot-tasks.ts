/**
 * The tasks of one slot on this worker: which are queued, which are under way, and which computes next. Programs of a
 * slot interleave, but compute one at a time; where several could go on, the one with the lowest time does.
 */
import { assert } from "../assert.ts";
import type { Micros, Slot, TaskTime } from "../ids.ts";
import type { ShareSummary } from "../share.ts";
import type { FinishedFrontier } from "../tasks/frontier.ts";
import type { TaskSpec } from "../tasks/task.ts";
import { SlotClock } from "./slot-clock.ts";
import type { TaskRun } from "./task-run.ts";

export interface QueuedTask {
  readonly task: TaskSpec;
  readonly since: Micros;
}

/** What computes next: a task that goes on, or one that starts. */
export type Next =
  | { readonly type: "resume"; readonly run: TaskRun }
  | { readonly type: "start"; readonly task: TaskSpec };

/**
 * Invariants:
 *   - queued tasks ascend by time, and none of them is under way or finished;
 *   - a task that finished here is remembered until the frontier passes it, so that a repeat starts nothing.
 */
export class SlotTasks {
  readonly slot: Slot;
  readonly epoch: number;
  readonly clock: SlotClock = new SlotClock();
  /** Undefined while the share is loading. */
  share: ShareSummary | undefined;
  readonly loadingSince: Micros;
  computing: TaskRun | undefined;
  private readonly runs: Map<TaskTime, TaskRun> = new Map();
  private readonly queue: QueuedTask[] = [];
  private readonly finished: Set<TaskTime> = new Set();
  /** The first `blockedCount` queued tasks cannot start while the frontier's `newsCount` is this. */
  private blockedAt: number = 0;
  private blockedCount: number = 0;

  constructor(slot: Slot, epoch: number, now: Micros) {
    this.slot = slot;
    this.epoch = epoch;
    this.loadingSince = now;
  }

  get underWay(): IterableIterator<TaskRun> {
    return this.runs.values();
  }

  /** Ascending by time. */
  get queued(): readonly QueuedTask[] {
    return this.queue;
  }

  get hasTasks(): boolean {
    return this.runs.size > 0 || this.queue.length > 0;
  }

  hasUnfinished(time: TaskTime): boolean {
    return this.runs.has(time) || this.queue[this.indexOf(time)]?.task.time === time;
  }

  run(time: TaskTime): TaskRun | undefined {
    return this.runs.get(time);
  }

  /** Under way with the lowest time. */
  get lowest(): TaskRun | undefined {
    let lowest: TaskRun | undefined;
    for (const run of this.runs.values()) {
      if (lowest === undefined || run.task.time < lowest.task.time) lowest = run;
    }
    return lowest;
  }

  add(task: TaskSpec, now: Micros): void {
    if (this.hasUnfinished(task.time) || this.finished.has(task.time)) return;
    const at = this.indexOf(task.time);
    this.queue.splice(at, 0, { task, since: now });
    this.blockedCount = Math.min(this.blockedCount, at);
  }

  /** What the slot should compute now; undefined: nothing can go on. */
  next(frontier: FinishedFrontier, tasksAtOnceMax: number): Next | undefined {
    if (this.computing !== undefined || this.share === undefined) return undefined;
    let ready: TaskRun | undefined;
    for (const run of this.runs.values()) {
      if (run.input !== undefined && (ready === undefined || run.task.time < ready.task.time)) ready = run;
    }
    const task = this.runs.size < tasksAtOnceMax ? this.startable(frontier) : undefined;
    if (ready !== undefined && (task === undefined || ready.task.time < task.time))
      return { type: "resume", run: ready };
    return task === undefined ? undefined : { type: "start", task };
  }

  start(task: TaskSpec, now: Micros): TaskRun {
    const at = this.indexOf(task.time);
    assert(this.queue[at]?.task === task, () => `task ${task.time} is queued at slot ${this.slot}`);
    this.queue.splice(at, 1);
    this.blockedCount = Math.min(this.blockedCount, at);
    const run: TaskRun = {
      slot: this.slot,
      epoch: this.epoch,
      task,
      since: now,
      busyMicros: 0,
      input: { type: "begin", task },
      writesOf: [],
      pullCount: 0,
    };
    this.runs.set(task.time, run);
    return run;
  }

  /** The task is over here: it returned, or another has taken its place. */
  finish(run: TaskRun): void {
    this.runs.delete(run.task.time);
    this.finished.add(run.task.time);
  }

  /** The frontier has passed these times. */
  forgetBelow(floor: TaskTime): void {
    for (const time of this.finished) if (time < floor) this.finished.delete(time);
  }

  private startable(frontier: FinishedFrontier): TaskSpec | undefined {
    if (this.blockedAt !== frontier.newsCount) this.blockedCount = 0;
    this.blockedAt = frontier.newsCount;
    for (; this.blockedCount < this.queue.length; this.blockedCount++) {
      const { task } = this.queue[this.blockedCount];
      if (frontier.canStart(task.after)) return task;
    }
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
