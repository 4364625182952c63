/**
 * The task scheduler (OSDI'14 section 3.4): gives each slot to a worker, runs the application's schedule, and spreads
 * what has finished. It is disposable: what must outlive it is in the registry.
 */
import type { Application, JobOutcome, JobResult, NodeStatistics, Progress } from "../application.ts";
import { validateFilters } from "../filters/validate-filters.ts";
import { type Micros, type NodeId, roleOf, type Slot, slot as slotOf } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import { mix32 } from "../keys/mix.ts";
import type { Message } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import { recordKeys, type SlotsRecord } from "../registry/records.ts";
import type { ShareSummary } from "../share.ts";
import type { RoleLogic, Shell } from "../shell.ts";
import type { TaskSpec } from "../tasks/task.ts";
import { byRoleAndNumber, Census } from "./census.ts";
import { Leadership, registryTimer } from "./leadership.ts";
import { type ScheduleHost, ScheduleRun } from "./schedule-run.ts";
import { TaskBoard } from "./task-board.ts";
import { type Phase, schedulerWaits } from "./waits.ts";

/** The slot's first holder. */
const firstEpoch = 1;

/** Far more than come between two looks of a watcher that was cut off for a while; each is some 150 bytes. */
const progressLinesMax = 100;

export class Scheduler implements RoleLogic {
  outcome: JobResult | undefined;
  private readonly shell: Shell;
  private readonly applications: (name: string) => Application | undefined;
  private readonly leadership: Leadership;
  private readonly census: Census;
  private phase: Phase = "gathering";
  private phaseSince: Micros;
  private application: Application | undefined;
  /** Slot `i` is at worker `workers[i]`. */
  private workers: readonly NodeId[] = [];
  private readonly shares: Map<Slot, ShareSummary> = new Map();
  private board: TaskBoard | undefined;
  private run: ScheduleRun | undefined;
  private floorSince: Micros;
  /** When the job was first seen here, and when its first task was issued. */
  private seenAt: Micros | undefined;
  private begunAt: Micros;
  private tasksFinished: number = 0;
  /** The newest lines of progress: the record that holds them stays small however long the job goes on. */
  private history: readonly Progress[] = [];

  constructor(shell: Shell, applications: (name: string) => Application | undefined) {
    this.shell = shell;
    this.applications = applications;
    this.leadership = new Leadership(shell, () => this.gather());
    this.census = new Census(shell);
    this.phaseSince = shell.now;
    this.floorSince = shell.now;
    this.begunAt = shell.now;
  }

  started(): void {
    this.enter("gathering");
    this.leadership.campaign();
  }

  recordChanged(key: string): void {
    if (this.shell.job !== undefined) this.seenAt ??= this.shell.now;
    if (key === recordKeys.term("scheduler")) this.leadership.termChanged();
    // Everyone has been told, this node too: it is about to stop.
    if (key === recordKeys.result && this.outcome !== undefined) {
      const { endedBy, objective } = this.outcome;
      this.shell.observe({ type: "job-ended", endedBy, objective });
    }
    this.gather();
  }

  timerFired(timer: string): void {
    if (timer === registryTimer) this.leadership.timerFired();
  }

  handle(event: Event): void {
    if (event.type === "stop-requested") this.shell.effect({ type: "stopped", reason: event.reason });
  }

  received(from: NodeId, message: Message): void {
    switch (message.type) {
      case "slot-ready":
        return this.slotReady(from, message);
      case "finished":
        return this.finished(from, message);
      case "reported":
        return this.reported(from, message.id, message.statistics);
      default:
        // Addressed to another role: nothing that a peer says may stop the job.
        return;
    }
  }

  statistics(): Pick<NodeStatistics, "slots" | "tasksFinished"> {
    return { slots: [], tasksFinished: this.tasksFinished };
  }

  why(now: Micros): readonly Wait[] {
    return schedulerWaits({
      shell: this.shell,
      now,
      phase: this.phase,
      phaseSince: this.phaseSince,
      floorSince: this.floorSince,
      workers: this.workers,
      isReady: (slot) => this.shares.has(slot),
      board: this.board,
      awaited: this.run?.awaited ?? { type: "nothing" },
      unanswered: this.census.unanswered,
      leadership: this.leadership,
    });
  }

  digest(): number {
    const floor = this.board?.frontier.floor ?? 0;
    return mix32(
      mix32(this.leadership.term ?? 0, floor),
      mix32(this.tasksFinished, this.board?.issuedEnd ?? 0),
    );
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    this.phaseSince = this.shell.now;
  }

  /** Assigns the slots once there is a term, a job, a view, and as many workers as are waited for. */
  private gather(): void {
    const { job, view, options } = this.shell;
    if (this.phase !== "gathering" || this.leadership.term === undefined) return;
    const workers = this.workersPresent();
    if (job === undefined || view === undefined || workers.length < options.workerCount) return;
    if (this.shell.record(recordKeys.slots) !== undefined) {
      this.enter("over");
      return this.shell.fail(
        `job ${job.name} was begun under an earlier scheduler, and cannot be gone on with`,
      );
    }
    if (!this.accept(job)) return this.enter("over");
    this.assign(job, workers.slice(0, options.workerCount));
  }

  private workersPresent(): readonly NodeId[] {
    return [...this.shell.members.keys()].filter((node) => roleOf(node) === "worker").sort(byRoleAndNumber);
  }

  /** Checks what the job says of itself; the application names a bad option. */
  private accept(job: JobSpec): boolean {
    this.application = this.applications(job.application);
    if (this.application === undefined) {
      this.shell.fail(`application "${job.application}" of job ${job.name} is not known here`);
      return false;
    }
    try {
      const { name, slotCount, tau } = job;
      const specs = this.application.parameters(job);
      for (const spec of specs) {
        const refusal = validateFilters(spec, tau);
        if (refusal !== undefined) throw new Error(refusal);
      }
      const parameters = specs.map((spec) => {
        const { isProvenance, update } = spec;
        return { name: spec.name, update: update.kind, isProvenance };
      });
      this.shell.observe({ type: "job-submitted", name, slotCount, tau, parameters });
      return true;
    } catch (error) {
      this.shell.fail(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** Slots go round the workers, in order. */
  private assign(job: JobSpec, workers: readonly NodeId[]): void {
    this.workers = Array.from({ length: job.slotCount }, (_, slot) => workers[slot % workers.length]);
    const slots = this.workers.map((worker, slot) => ({ slot, worker, epoch: firstEpoch }));
    this.enter("assigning");
    this.leadership.write(recordKeys.slots, { slots } satisfies SlotsRecord, () => {
      for (const { slot, worker, epoch } of slots) {
        this.shell.observe({ type: "slot-assigned", slot: slotOf(slot), worker, epoch });
      }
    });
  }

  private slotReady(from: NodeId, message: Extract<Message, { type: "slot-ready" }>): void {
    const { slot, epoch, summary } = message;
    if (this.phase !== "assigning" || !this.holds(from, slot, epoch)) return;
    this.shares.set(slot, summary);
    if (this.shares.size === this.workers.length) this.begin();
  }

  private holds(from: NodeId, slot: Slot, epoch: number): boolean {
    return this.workers[slot] === from && epoch === firstEpoch;
  }

  /** Every share is loaded: the schedule runs. */
  private begin(): void {
    const { job, options } = this.shell;
    if (job === undefined || this.application === undefined) return;
    this.enter("running");
    this.floorSince = this.shell.now;
    this.begunAt = this.shell.now;
    const slots = this.workers.map((_, slot) => slotOf(slot));
    const shares = slots.map((slot) => this.shares.get(slot) as ShareSummary);
    this.board = new TaskBoard(slots, options.tasksAheadMax, job.tau);
    const { application } = this;
    try {
      this.run = new ScheduleRun(application.schedule(job, shares), this.board, this.host());
    } catch (error) {
      return this.failed(error instanceof Error ? error.message : String(error));
    }
    this.run.start();
    this.spread(false);
  }

  /** What the schedule asks of the cluster. */
  private host(): ScheduleHost {
    const { shell, leadership } = this;
    return {
      get now() {
        return shell.now;
      },
      issued: ({ time, name, slots, after }, tau) =>
        shell.observe({ type: "task-issued", time, name, slots, tau, after }),
      record: (hash, record) =>
        leadership.write(recordKeys.pass, { hash, record }, () => {
          this.run?.recorded();
          this.spread(false);
        }),
      count: () => this.census.begin(),
      progress: (report) => {
        const progress = { ...report, elapsedMicros: shell.now - this.begunAt };
        this.history = [...this.history, progress].slice(-progressLinesMax);
        shell.observe({ type: "progress-reported", progress });
        leadership.write(recordKeys.progress, this.history, () => {});
      },
      ended: (outcome) => this.ended(outcome),
      failed: (reason) => this.failed(reason),
    };
  }

  private finished(from: NodeId, message: Extract<Message, { type: "finished" }>): void {
    const { board, run } = this;
    if (board === undefined || run === undefined || !this.holds(from, message.slot, message.epoch)) return;
    const before = board.frontier.floor;
    const isFinished = () => board.frontier.isFinished(message.time);
    const wasFinished = isFinished();
    const isNews = board.finish(message.slot, message.time, message.result);
    if (wasFinished || !isFinished()) return;
    this.tasksFinished += 1;
    if (board.frontier.floor > before) {
      this.floorSince = this.shell.now;
      this.shell.observe({ type: "frontier-rose", floor: board.frontier.floor });
    }
    run.taskFinished();
    this.spread(isNews);
  }

  private reported(from: NodeId, id: number, statistics: NodeStatistics): void {
    const all = this.census.reported(from, id, statistics);
    if (all === undefined) return;
    this.run?.counted(all);
    this.spread(false);
  }

  /** Sends workers the tasks that may go out, and the frontier with them, or alone where it is news. */
  private spread(isNews: boolean): void {
    const { board, leadership } = this;
    if (board === undefined || leadership.term === undefined || this.phase !== "running") return;
    const tasks: readonly TaskSpec[] = board.takeSendable();
    if (tasks.length === 0 && !isNews) return;
    const { term } = leadership;
    const frontier = board.frontier.toFrontier();
    const message: Message =
      tasks.length > 0 ? { type: "issue", term, tasks, frontier } : { type: "frontier", term, frontier };
    for (const worker of new Set(this.workers)) this.shell.send(worker, "control", message);
  }

  private ended(returned: JobOutcome): void {
    this.enter("over");
    const { now } = this.shell;
    const outcome: JobResult = {
      ...returned,
      loadMicros: this.begunAt - (this.seenAt ?? this.begunAt),
      trainMicros: now - this.begunAt,
      badLines: [...this.shares.values()].reduce((sum, { badLines }) => sum + badLines, 0),
    };
    this.outcome = outcome;
    this.shell.effect({ type: "outcome", outcome });
    const { model: _, ...published } = outcome;
    this.leadership.write(recordKeys.result, published, () => {});
  }

  private failed(reason: string): void {
    this.enter("over");
    this.shell.fail(reason);
  }
}
