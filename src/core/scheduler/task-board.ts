/** Every task of the job as the scheduler knows it: issued, sent, finished at which slots, and with what results. */
import { assert } from "../assert.ts";
import { type Micros, type Slot, type TaskTime, taskTime } from "../ids.ts";
import { type After, dependencyFor } from "../tasks/dependency.ts";
import { FinishedFrontier } from "../tasks/frontier.ts";
import type { Dependency, TaskResult, TaskSpec, TaskWrite } from "../tasks/task.ts";
import { UnfinishedSlots } from "../tasks/unfinished-slots.ts";

/** What a schedule says of a task. */
export interface TaskOrder {
  readonly name: string;
  readonly argument: readonly number[];
  readonly writes: readonly TaskWrite[];
  readonly after: After;
}

/** Where a board begins that goes on with another's pass. */
export interface Resumption {
  /** Every task below has finished, and has left nothing to be waited for. */
  readonly first: TaskTime;
  /** So has every task below this that writes; what others returned may still be asked for. */
  readonly finishedBelow: TaskTime;
  /** The delay as the pass began. */
  readonly tau: number | null;
}

const noResult: TaskResult = { numbers: new Float64Array(0), keys: new Uint32Array(0) };

/**
 * Invariants:
 *   - times are issued without gaps, from 0;
 *   - a task is sent only when its time is less than `tasksAheadMax` beyond the frontier's floor;
 *   - results are kept until they are taken; where a slot returned nothing, none is kept.
 */
export class TaskBoard {
  readonly frontier: FinishedFrontier = new FinishedFrontier();
  /** Of the tasks issued from now on. */
  private slots: readonly Slot[];
  /** Of earlier tasks, where slots were dropped since: those below `end`, ascending. */
  private readonly earlier: { readonly end: TaskTime; readonly slots: readonly Slot[] }[] = [];
  private readonly tasksAheadMax: number;
  private readonly unfinished: UnfinishedSlots = new UnfinishedSlots();
  private readonly unsent: TaskSpec[] = [];
  /** Issued, and not finished at every slot. */
  private readonly tasks: Map<TaskTime, TaskSpec> = new Map();
  private readonly results: Map<TaskTime, Map<Slot, TaskResult>> = new Map();
  private readonly issuedAt: Map<TaskTime, Micros> = new Map();
  /** Times that some task names in its `after`: their finish is news to workers even while the floor stays. */
  private readonly named: Set<TaskTime> = new Set();
  private next: TaskTime = taskTime(0);
  /** The newest task that reads at an exact time: no later one may overtake it, whatever tau is by then. */
  private sequential: TaskTime | undefined;
  private readonly isExact: boolean;
  private delay: number | null;
  private readonly finishedBelow: TaskTime;

  /** A job whose tau is 0 at first reads at exact times: where tau rises later, what is sequential finishes first. */
  constructor(
    slots: readonly Slot[],
    tasksAheadMax: number,
    tau: number | null,
    resumption: Resumption = { first: taskTime(0), finishedBelow: taskTime(0), tau },
  ) {
    this.slots = slots;
    this.tasksAheadMax = tasksAheadMax;
    this.isExact = tau === 0;
    this.delay = resumption.tau;
    this.next = resumption.first;
    this.frontier.absorb({ floor: resumption.first, above: [] });
    this.finishedBelow = resumption.finishedBelow;
  }

  /** For the tasks issued from now on. */
  setSlots(slots: readonly Slot[]): void {
    if (slots.length === this.slots.length) return;
    this.earlier.push({ end: this.next, slots: this.slots });
    this.slots = slots;
  }

  slotsOf(time: TaskTime): readonly Slot[] {
    return this.earlier.find(({ end }) => time < end)?.slots ?? this.slots;
  }

  /** Of the tasks issued from now on. */
  get tau(): number | null {
    return this.delay;
  }

  /** Nothing that was issued is unfinished. */
  get isIdle(): boolean {
    return this.frontier.floor === this.next;
  }

  /** One more than the newest time issued. */
  get issuedEnd(): TaskTime {
    return this.next;
  }

  /** The delay that a task issued now is allowed; null: any, as with a graph of its own. */
  delayOf(after: After): number | null {
    if (after === "all") return 0;
    return after === "tau" ? this.delay : null;
  }

  /** For the tasks issued from now on. */
  setTau(tau: number | null): void {
    dependencyFor(taskTime(0), "tau", tau);
    this.delay = tau;
  }

  issue(order: TaskOrder, recordHash: string, now: Micros): TaskSpec {
    const time = this.next;
    const after = this.dependency(time, order.after);
    const { name, argument, writes } = order;
    const task: TaskSpec = { time, name, argument, slots: this.slots, writes, after, recordHash };
    this.next = taskTime(time + 1);
    if (time < this.finishedBelow && writes.length > 0) {
      this.frontier.finish(time);
      return task;
    }
    this.unfinished.issue(time, this.slots);
    this.issuedAt.set(time, now);
    this.unsent.push(task);
    this.tasks.set(time, task);
    for (const named of after.tasks) if (!this.frontier.isFinished(named)) this.named.add(named);
    return task;
  }

  /** Tasks that may go out now, in order; each is given once. */
  takeSendable(): readonly TaskSpec[] {
    const limit = this.frontier.floor + this.tasksAheadMax;
    let count = 0;
    while (count < this.unsent.length && this.unsent[count].time < limit) count++;
    return this.unsent.splice(0, count);
  }

  /** Tasks that went out and that the slot has not finished, in order: for its next holder. */
  unfinishedAt(slot: Slot): readonly TaskSpec[] {
    const sentEnd = this.unsent[0]?.time ?? this.next;
    return [...this.tasks.values()].filter(({ time }) => time < sentEnd && this.unfinished.has(time, slot));
  }

  /** A slot has finished a task. Says whether workers should hear of it: the floor rose, or a task that others name is over. */
  finish(slot: Slot, time: TaskTime, result: TaskResult): boolean {
    if (!this.unfinished.has(time, slot)) return false;
    if (result.numbers.length > 0 || result.keys.length > 0) this.keep(slot, time, result);
    if (!this.unfinished.finish(time, slot)) return false;
    const before = this.frontier.floor;
    this.frontier.finish(time);
    this.issuedAt.delete(time);
    this.tasks.delete(time);
    return this.named.delete(time) || this.frontier.floor > before;
  }

  /** In slot order, once; undefined while a slot has not finished. */
  takeResults(time: TaskTime): readonly TaskResult[] | undefined {
    assert(time < this.next, `task ${time} was issued; the newest is ${this.next - 1}`);
    if (!this.frontier.isFinished(time)) return undefined;
    const kept = this.results.get(time);
    this.results.delete(time);
    return this.slotsOf(time).map((slot) => kept?.get(slot) ?? noResult);
  }

  /** Slots that have not finished the task, ascending. */
  missing(time: TaskTime): readonly Slot[] {
    return this.unfinished.of(time);
  }

  issueTime(time: TaskTime): Micros | undefined {
    return this.issuedAt.get(time);
  }

  private dependency(time: TaskTime, after: After): Dependency {
    const asked = dependencyFor(time, after, this.delay);
    const { sequential } = this;
    if (this.isExact && asked.below === time) this.sequential = time;
    if (sequential === undefined || asked.below > sequential || this.frontier.isFinished(sequential))
      return asked;
    const tasks = [...new Set([...asked.tasks, sequential])].sort((a, b) => a - b);
    return { below: asked.below, tasks };
  }

  private keep(slot: Slot, time: TaskTime, result: TaskResult): void {
    let kept = this.results.get(time);
    if (kept === undefined) {
      kept = new Map();
      this.results.set(time, kept);
    }
    kept.set(slot, result);
  }
}
