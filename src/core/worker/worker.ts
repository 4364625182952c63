/**
 * A worker node (OSDI'14 section 3.4): holds slots, each with a share of the training data, and runs the tasks that the
 * scheduler issues. A task starts when what it depends on has finished; its program's requests go to the servers.
 */
import type { Application, NodeStatistics } from "../application.ts";
import { assert } from "../assert.ts";
import { type Micros, type NodeId, type Slot, slot as slotOf } from "../ids.ts";
import { mix32 } from "../keys/mix.ts";
import type { Message } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import { lineageSince } from "../registry/lineage-record.ts";
import { parseSlotsRecord, recordKeys } from "../registry/records.ts";
import type { RegistryRecord } from "../registry/registry.ts";
import type { KeptMessage, RoleLogic, Shell } from "../shell.ts";
import type { TaskResult, TaskSpec } from "../tasks/task.ts";
import { KnownTasks } from "./known-tasks.ts";
import type { ProgramStep } from "./program.ts";
import { Requests, requestsTimer } from "./requests.ts";
import { SchedulerWord } from "./scheduler-word.ts";
import { SlotTasks } from "./slot-tasks.ts";
import { type TaskRun, taskName } from "./task-run.ts";
import { edgeOfSlot, type WorkerState, workerWaits } from "./waits.ts";

export class Worker implements RoleLogic {
  private readonly shell: Shell;
  private readonly applications: (name: string) => Application | undefined;
  private readonly slots: Map<Slot, SlotTasks> = new Map();
  /** The same, in the same order. */
  private held: readonly SlotTasks[] = [];
  /** From the scheduler, who knows of a newer view than this node. */
  private ahead: KeptMessage[] = [];
  private readonly tasks: KnownTasks = new KnownTasks();
  /** Made when the first slot is assigned: the job is known then. */
  private requests: Requests | undefined;
  private readonly scheduler: SchedulerWord;
  /** The newest scheduler that knows what is held here. */
  private toldTerm: number = 0;
  private tasksFinished: number = 0;

  constructor(shell: Shell, applications: (name: string) => Application | undefined) {
    this.shell = shell;
    this.applications = applications;
    this.scheduler = new SchedulerWord(shell);
  }

  started(): void {
    const record = this.shell.record(recordKeys.slots);
    if (record !== undefined) this.slotsChanged(record);
  }

  recordChanged(key: string, record: RegistryRecord | undefined): void {
    if (key === recordKeys.slots && record !== undefined) this.slotsChanged(record);
    if (key === recordKeys.view) this.viewChanged();
    if (key === recordKeys.result) for (const { clock } of this.slots.values()) clock.end(this.shell.now);
    this.advance();
  }

  timerFired(timer: string): void {
    if (timer === requestsTimer) this.requests?.timerFired();
  }

  handle(event: Event): void {
    switch (event.type) {
      case "computed":
        this.computed(event.slot, event.time, event.step);
        return this.advance();
      case "share-loaded":
        this.shareLoaded(event);
        return this.advance();
      case "share-failed":
        return this.shell.fail(`the share of slot ${event.slot} could not be loaded: ${event.reason}`);
      case "stop-requested":
        return this.shell.effect({ type: "stopped", reason: event.reason });
      default:
        return;
    }
  }

  received(from: NodeId, message: Message): void {
    if ((message.type === "issue" || message.type === "frontier") && message.view > this.viewNumber) {
      // What has finished would be asked of servers that may be masters no more.
      this.ahead.push({ from, message });
      return;
    }
    switch (message.type) {
      case "issue":
        if (!this.scheduler.accepts(from, message.term)) break;
        // It has heard of every slot, or it would issue nothing.
        this.toldTerm = message.term;
        this.issue(message);
        break;
      case "frontier":
        if (!this.scheduler.accepts(from, message.term)) break;
        this.tasks.absorb(message.frontier, message.term);
        if (message.term > this.toldTerm) this.introduce(message.term);
        break;
      case "pushed":
      case "pulled":
      case "called":
      case "refused":
        this.requests?.received(from, message);
        break;
      default:
        // Addressed to another role: nothing that a peer says may stop the job.
        return;
    }
    this.advance();
  }

  statistics(): Pick<NodeStatistics, "slots" | "tasksFinished"> {
    const slots = [...this.slots.values()].map(({ clock, slot }) => clock.statistics(slot, this.shell.now));
    return { slots: slots.sort((a, b) => a.slot - b.slot), tasksFinished: this.tasksFinished };
  }

  kept(): readonly KeptMessage[] {
    return this.ahead;
  }

  why(_now: Micros): readonly Wait[] {
    return workerWaits(this.shell.id, this.waiting);
  }

  digest(): number {
    let digest = mix32(this.tasks.frontier.floor, this.tasksFinished);
    for (const { slot, queued, underWay, computing } of this.slots.values()) {
      digest = mix32(digest, mix32(slot, queued.length));
      for (const { task, writesOf, pullCount } of underWay) {
        digest = mix32(digest, mix32(task.time, writesOf.length * 1024 + pullCount));
      }
      digest = mix32(digest, computing === undefined ? 0 : computing.task.time + 1);
    }
    return digest;
  }

  private get waiting(): WorkerState {
    return { slots: this.held, requests: this.requests, frontier: this.tasks.frontier };
  }

  /** A scheduler that took over does not know what is loaded here. */
  private introduce(term: number): void {
    this.toldTerm = term;
    for (const held of this.held) this.tellReady(held);
  }

  private slotsChanged(record: RegistryRecord): void {
    // Of the lineage before: in this one slots are given out anew.
    if (record.modified < lineageSince(this.shell)) return;
    const parsed = parseSlotsRecord(record.value);
    if (typeof parsed === "string") return this.shell.fail(`${record.key} in the registry: ${parsed}`);
    const { id, incarnation: own } = this.shell;
    for (const { slot: number, worker, incarnation, epoch } of parsed.slots) {
      const slot = slotOf(number);
      const held = this.slots.get(slot);
      const isOwn = worker === id && incarnation === own;
      if (held !== undefined && (!isOwn || epoch > held.epoch)) this.release(held);
      if (isOwn && !this.slots.has(slot)) this.hold(slot, epoch);
    }
  }

  private hold(slot: Slot, epoch: number): void {
    const { job, now } = this.shell;
    assert(job !== undefined, "slots are assigned after a job was submitted");
    if (!this.prepare()) return;
    this.slots.set(slot, new SlotTasks(slot, epoch, now));
    this.held = [...this.slots.values()];
    const { slotCount, source } = job;
    this.shell.effect({ type: "load-share", slot, share: { slot, slotCount, source } });
  }

  /** The slot is another's now: what it had under way here is superseded. */
  private release(held: SlotTasks): void {
    for (const run of held.underWay) this.requests?.drop(run);
    this.slots.delete(held.slot);
    this.held = [...this.slots.values()];
  }

  private prepare(): boolean {
    const { job } = this.shell;
    if (this.requests !== undefined || job === undefined) return this.requests !== undefined;
    const application = this.applications(job.application);
    if (application === undefined) {
      this.shell.fail(`application "${job.application}" of job ${job.name} is not known here`);
      return false;
    }
    try {
      const specs = application.parameters(job);
      this.requests = new Requests(this.shell, {
        job,
        specs,
        frontier: this.tasks.spread,
        superseded: (run) => this.slots.get(run.slot)?.finish(run, undefined),
      });
      return true;
    } catch (error) {
      this.shell.fail(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  private shareLoaded({ slot, summary }: Extract<Event, { type: "share-loaded" }>): void {
    const held = this.slots.get(slot);
    if (held === undefined) return;
    held.share = summary;
    this.tellReady(held);
  }

  private tellReady({ slot, epoch, share }: SlotTasks): void {
    const { floor } = this.tasks.frontier;
    if (share !== undefined) this.scheduler.tell({ type: "slot-ready", slot, epoch, floor, summary: share });
  }

  private get viewNumber(): number {
    return this.shell.view?.number ?? 0;
  }

  private viewChanged(): void {
    this.requests?.viewChanged();
    const { ahead } = this;
    this.ahead = [];
    for (const { from, message } of ahead) this.received(from, message);
  }

  private issue({ tasks, frontier, term }: Extract<Message, { readonly type: "issue" }>): void {
    for (const task of tasks) {
      // With tau = 0 the scheduler has to know of it first: a next life begins where that one knows of, at a state that is kept.
      const isLocal = this.shell.job?.tau !== 0 && task.slots.every((slot) => this.slots.has(slot));
      const kind = this.tasks.issue(task, isLocal);
      if (kind === "conflicting") {
        return this.shell.fail(
          `task ${task.time} was issued twice, and not from one record (${task.recordHash})`,
        );
      }
      for (const held of this.held) held.keepPass(this.tasks.pass);
      for (const slot of task.slots) this.issueAt(slot, task);
    }
    this.tasks.absorb(frontier, term);
  }

  /** A task that was finished before is issued again where the scheduler was not told, as when another took over. */
  private issueAt(slot: Slot, task: TaskSpec): void {
    const held = this.slots.get(slot);
    const result = held?.resultOf(task.time);
    if (held === undefined || result === undefined) return held?.add(task, this.shell.now);
    this.scheduler.tell({
      type: "finished",
      slot,
      epoch: held.epoch,
      view: this.viewNumber,
      time: task.time,
      result,
    });
  }

  /** Every slot that can compute does. */
  private advance(): void {
    for (const held of this.held) this.advanceSlot(held);
  }

  private advanceSlot(held: SlotTasks): void {
    const { shell } = this;
    if (held.computing !== undefined || shell.view === undefined) return;
    const next = held.next(this.tasks.frontier, shell.options.tasksAtOnceMax);
    if (next === undefined) return this.rest(held);
    const run = next.type === "resume" ? next.run : this.start(held, next.task);
    const { input } = run;
    assert(input !== undefined, "a task that goes on has something to go on with");
    const waited = held.clock.begin(shell.now);
    if (waited !== undefined) {
      const { waitMicros, edge } = waited;
      shell.observe({ type: "slot-waited", slot: held.slot, waitMicros, edge });
    }
    run.input = undefined;
    run.since = shell.now;
    held.computing = run;
    shell.effect({ type: "compute", slot: held.slot, time: run.task.time, input });
  }

  /** Nothing can compute: the slot waits for what its lowest task waits for, or has no task. */
  private rest(held: SlotTasks): void {
    if (!held.hasTasks || held.share === undefined) held.clock.rest(this.shell.now);
    else if (!held.clock.isWaiting) {
      const edge = edgeOfSlot(this.waiting, held);
      held.clock.wait(this.shell.now, edge);
      this.shell.observe({ type: "slot-blocked", slot: held.slot, edge });
    }
  }

  private start(held: SlotTasks, task: TaskSpec): TaskRun {
    const { slot } = held;
    const { time, name, after } = task;
    const frontierFloor = this.tasks.frontier.floor;
    this.shell.observe({ type: "task-started", slot, time, name, after, frontierFloor });
    return held.start(task, this.shell.now);
  }

  private computed(slot: Slot, time: TaskSpec["time"], step: ProgramStep): void {
    const held = this.slots.get(slot);
    const run = held?.computing;
    // Another holds the slot now: what it computed here counts no more.
    if (held === undefined || run === undefined || run.task.time !== time) return;
    held.computing = undefined;
    run.busyMicros += held.clock.finish(this.shell.now);
    if (step.type === "failed") this.shell.fail(`${taskName(run)}: ${step.reason}`);
    else if (step.type === "returned") this.finish(held, run, step.result);
    else this.requests?.start(run, step.request);
  }

  /** The program returned: each push and pull of it is finished, for it was resumed with their replies. */
  private finish(held: SlotTasks, run: TaskRun, result: TaskResult): void {
    const { slot, epoch, busyMicros } = run;
    const { time } = run.task;
    held.finish(run, result);
    this.tasksFinished += 1;
    this.shell.observe({ type: "task-finished", slot, time, busyMicros });
    this.scheduler.tell({ type: "finished", slot, epoch, view: this.viewNumber, time, result });
    this.tasks.finish(time, slot);
  }
}
