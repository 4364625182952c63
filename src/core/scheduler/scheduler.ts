/**
 * The task scheduler (OSDI'14 section 3.4): gives each slot to a worker, runs the application's schedule, and spreads
 * what has finished. It is disposable: what must outlive it is in the registry.
 */
import type { Application, JobOutcome, JobResult, NodeStatistics } from "../application.ts";
import { type Micros, type NodeId, type Slot, taskTime } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import { mix32 } from "../keys/mix.ts";
import type { Message } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import { type PassRecord, recordKeys } from "../registry/records.ts";
import type { ShareSummary } from "../share.ts";
import type { RoleLogic, Shell } from "../shell.ts";
import { acceptJob, observeJob } from "./accept-job.ts";
import { Census } from "./census.ts";
import { Checkpoints, checkpointTimer } from "./checkpoints.ts";
import { HowFar } from "./how-far.ts";
import { type Inheritance, readInheritance, refuseOtherPass } from "./inheritance.ts";
import { Issuing } from "./issuing.ts";
import { JobTimes } from "./job-times.ts";
import { Laggards, slowTimer } from "./laggards.ts";
import { withoutLeaving } from "./leaving.ts";
import { Leadership, registryTimer } from "./leadership.ts";
import { ProgressLog } from "./progress-log.ts";
import { type ScheduleHost, ScheduleRun } from "./schedule-run.ts";
import { SlotHolders, workersIn } from "./slot-holders.ts";
import { TaskBoard } from "./task-board.ts";
import { jobResult } from "./job-result.ts";
import { Origin } from "./origin.ts";
import { type Phase, schedulerWaits } from "./waits.ts";

/** The timer by which slots of a lost worker that wait for a newcomer go to others. */
const replaceTimer = "replace";

export class Scheduler implements RoleLogic {
  outcome: JobResult | undefined;
  private readonly shell: Shell;
  private readonly applications: (name: string) => Application | undefined;
  private readonly leadership: Leadership;
  private readonly census: Census;
  private readonly checkpoints: Checkpoints;
  private readonly issuing: Issuing;
  private readonly origin: Origin;
  private phase: Phase = "gathering";
  private phaseSince: Micros;
  private application: Application | undefined;
  private holders: SlotHolders | undefined;
  private readonly shares: Map<Slot, ShareSummary> = new Map();
  /** Slots whose holder has said that their share is loaded. */
  private readonly ready: Set<Slot> = new Set();
  /** The pass in which another scheduler was when this one took over. */
  private inherited: PassRecord | undefined;
  private readonly howFar: HowFar;
  private board: TaskBoard | undefined;
  private laggards: Laggards | undefined;
  private run: ScheduleRun | undefined;
  private floorSince: Micros;
  private readonly times: JobTimes;
  private readonly history: ProgressLog = new ProgressLog();

  constructor(shell: Shell, applications: (name: string) => Application | undefined) {
    this.shell = shell;
    this.applications = applications;
    this.leadership = new Leadership(shell, () => this.gather());
    this.census = new Census(shell);
    this.checkpoints = new Checkpoints(shell, this.leadership);
    this.origin = new Origin(shell, (manifest) => {
      this.checkpoints.begins(manifest);
      this.gather();
    });
    this.phaseSince = shell.now;
    this.floorSince = shell.now;
    this.issuing = new Issuing(shell, this.leadership);
    this.howFar = new HowFar(shell);
    this.times = new JobTimes(shell.now);
  }

  started(): void {
    this.enter("gathering");
    this.leadership.campaign();
  }

  recordChanged(key: string): void {
    if (this.shell.job !== undefined) this.times.jobSeen(this.shell.now);
    if (key === recordKeys.pass) this.times.passSeen(this.shell.now);
    const isNode = key.startsWith(recordKeys.nodesPrefix);
    if (key === recordKeys.view) this.checkpoints.viewChanged();
    if (isNode || key === recordKeys.term("scheduler")) this.leadership.termChanged();
    if (isNode) this.membersChanged();
    // Everyone has been told, this node too: it is about to stop.
    if (key === recordKeys.result && this.outcome !== undefined) {
      const { endedBy, objective } = this.outcome;
      this.shell.observe({ type: "job-ended", endedBy, objective });
    }
    this.gather();
  }

  timerFired(timer: string): void {
    if (timer === registryTimer) this.leadership.timerFired();
    if (timer === replaceTimer) this.refill();
    if (timer === checkpointTimer) this.checkpoints.timerFired();
    if (timer === slowTimer) this.giveUpSlowest();
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
      case "frontier":
        if (message.term !== this.leadership.term) return;
        if (this.howFar.heard(from, message.frontier.floor)) this.beginIfReady();
        return;
      case "saved":
        return this.checkpoints.saved(from, message);
      case "reported":
        return this.counted(this.census.reported(from, message.id, message.statistics));
      default:
        // Addressed to another role: nothing that a peer says may stop the job.
        return;
    }
  }

  statistics(): Pick<NodeStatistics, "slots" | "tasksFinished"> {
    return { slots: [], tasksFinished: this.board?.frontier.finishedCount ?? 0 };
  }

  why(now: Micros): readonly Wait[] {
    const { shell, phase, phaseSince, floorSince, holders, board, leadership, census } = this;
    const known = { shell, now, phase, phaseSince, floorSince, holders, board, leadership };
    const asked = { unheard: this.howFar.waitsFor, unanswered: census.unanswered };
    const isReady = (slot: Slot): boolean => this.ready.has(slot);
    const awaited = this.run?.awaited ?? { type: "nothing" as const };
    const more = { isReady, awaited, checkpoint: this.checkpoints.waits };
    return schedulerWaits({ ...known, ...asked, ...more });
  }

  digest(): number {
    const { frontier, issuedEnd } = this.board ?? { frontier: undefined, issuedEnd: 0 };
    const floors = mix32(this.leadership.term ?? 0, frontier?.floor ?? 0);
    return mix32(floors, mix32(mix32(frontier?.finishedCount ?? 0, this.ready.size), issuedEnd));
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    this.phaseSince = this.shell.now;
  }

  /** Assigns the slots once there is a term, a job, a view, and as many workers as are waited for. */
  private gather(): void {
    const { job, view, options, members } = this.shell;
    if (this.phase !== "gathering" || this.leadership.term === undefined) return;
    if (job === undefined || view === undefined || !this.origin.isKnown(job, view)) return;
    if (this.shell.record(recordKeys.slots) !== undefined) return this.takeOver(job);
    if (workersIn(members).length < options.workerCount) return;
    if (!this.accept(job)) return this.enter("over");
    observeJob(this.shell, this.application, job);
    this.goesOn(this.origin.resume());
    this.enter("assigning");
    this.holders = SlotHolders.deal(this.shell, job);
    this.assigned(this.holders, this.holders.slots);
  }

  /** Goes on with the job of a scheduler that is gone: from the record of its pass, and with what workers kept. */
  private takeOver(job: JobSpec): void {
    const { shell } = this;
    if (!this.accept(job)) return this.enter("over");
    const inheritance = readInheritance(shell, job);
    if (typeof inheritance === "string") return this.failed(inheritance);
    const { holders } = inheritance;
    this.holders = holders;
    this.goesOn(inheritance.pass === undefined ? this.origin.resume() : inheritance);
    holders.drop(this.inherited?.dropped ?? []);
    this.enter("assigning");
    this.refill();
    if (inheritance.isRenewed) this.assigned(holders, holders.slots);
    // Workers answer the first word of a new term with the slots that they hold, servers with how far the job is.
    const asked = [...holders.workers, ...this.howFar.ask()];
    this.issuing.tell(asked, { floor: this.howFar.finishedBelow, above: [] });
  }

  private goesOn({ pass, progress }: Pick<Inheritance, "pass" | "progress">): void {
    this.inherited = pass;
    this.history.lines = progress;
    this.howFar.finishedBelow = taskTime(pass?.first ?? 0);
  }

  private membersChanged(): void {
    this.counted(this.census.membersChanged());
    this.refill();
    this.howFar.membersChanged();
    this.beginIfReady();
  }

  /** Slots of workers that are lost go to others. */
  private refill(): void {
    const { holders, leadership, phase, shell } = this;
    if (holders === undefined || leadership.term === undefined || phase === "over") return;
    const { moved, retryAt } = holders.refill();
    if (retryAt !== undefined) shell.setTimer(replaceTimer, retryAt);
    if (moved.length > 0) this.assigned(holders, moved);
  }

  private giveUpSlowest(): void {
    if (this.holders === undefined || this.phase === "over") return;
    const moved = this.laggards?.giveUp(this.holders, this.ready) ?? [];
    if (moved.length > 0) this.assigned(this.holders, moved);
  }

  private assigned(holders: SlotHolders, slots: readonly Slot[]): void {
    for (const slot of slots) this.ready.delete(slot);
    const assignments = slots.map((slot) => holders.of(slot));
    this.leadership.write(recordKeys.slots, holders.toRecord(), () => {
      const { term = 0 } = this.leadership;
      for (const [i, { worker, incarnation, epoch }] of assignments.entries()) {
        this.shell.observe({ type: "slot-assigned", slot: slots[i], worker, incarnation, epoch, term });
      }
    });
  }

  private accept(job: JobSpec): boolean {
    this.application = acceptJob(this.shell, this.applications, job);
    this.checkpoints.knows(this.application?.parameters(job) ?? []);
    return this.application !== undefined;
  }

  private slotReady(from: NodeId, message: Extract<Message, { type: "slot-ready" }>): void {
    const { slot, epoch, summary, floor } = message;
    const { holders, board } = this;
    if (holders === undefined || this.phase === "over" || !holders.isHeldBy(from, slot, epoch)) return;
    if (this.ready.has(slot)) return;
    this.shares.set(slot, summary);
    this.ready.add(slot);
    this.laggards?.ready(slot);
    if (this.phase === "assigning") {
      this.howFar.said(floor);
      this.beginIfReady();
    } else if (board !== undefined) {
      const tasks = board.unfinishedAt(slot);
      if (tasks.length > 0) this.issuing.issue([from], tasks, board);
    }
  }

  private beginIfReady(): void {
    const { holders, phase, ready, howFar } = this;
    if (phase !== "assigning" || holders === undefined) return;
    if (holders.slots.every((slot) => ready.has(slot)) && howFar.waitsFor.length === 0) this.begin(holders);
  }

  private begin({ slots }: SlotHolders): void {
    const { application, inherited, shell } = this;
    const { finishedBelow } = this.howFar;
    const { job, options, now } = shell;
    if (job === undefined || application === undefined) return;
    this.enter("running");
    this.floorSince = now;
    this.times.begins(now, inherited !== undefined, this.history.elapsedMicros);
    const shares = slots.map((slot) => this.shares.get(slot) as ShareSummary);
    const resumption = inherited && {
      first: taskTime(inherited.first),
      finishedBelow,
      tau: inherited.tau,
    };
    this.board = new TaskBoard(slots, options.tasksAheadMax, job.tau, resumption);
    this.laggards = Laggards.of(shell, job, this.board);
    try {
      const schedule = application.schedule(job, shares, inherited?.record);
      this.run = new ScheduleRun(schedule, this.board, this.host(this.board));
    } catch (error) {
      return this.failed(error instanceof Error ? error.message : String(error));
    }
    this.run.start();
    this.spread(false);
  }

  private host(board: TaskBoard): ScheduleHost {
    const { shell, leadership } = this;
    return {
      get now() {
        return shell.now;
      },
      issued: ({ time, name, slots, after }, tau) =>
        shell.observe({ type: "task-issued", time, name, slots, tau, after }),
      record: (hash, record) => this.record(board, { hash, first: board.issuedEnd, tau: board.tau, record }),
      count: () => this.census.begin(),
      progress: (report) => {
        const progress = { ...report, elapsedMicros: shell.now - this.times.begunAt };
        this.history.add(progress);
        shell.observe({ type: "progress-reported", progress });
        leadership.write(recordKeys.progress, this.history.lines, () => {});
      },
      ended: (outcome) => this.ended(outcome),
      failed: (reason) => this.failed(reason),
    };
  }

  private record(board: TaskBoard, pass: PassRecord): void {
    const { inherited } = this;
    this.inherited = undefined;
    const mismatch = inherited && refuseOtherPass(inherited, pass);
    if (mismatch !== undefined) return this.failed(mismatch);
    if (this.holders === undefined) return;
    const { written, dropped } = withoutLeaving(pass, inherited === undefined, this.holders, board);
    this.leadership.write(recordKeys.pass, written, () => {
      for (const fact of dropped) this.shell.observe(fact);
      // Nothing is under way: this is where a checkpoint is taken.
      this.checkpoints.passBegan({ pass: written, progress: this.history.lines }, () => {
        this.run?.recorded();
        this.spread(false);
      });
    });
  }

  private finished(from: NodeId, message: Extract<Message, { type: "finished" }>): void {
    const { board, run, holders } = this;
    const { slot, epoch, time, result } = message;
    if (board === undefined || run === undefined || holders?.isHeldBy(from, slot, epoch) !== true) return;
    this.issuing.finishedIn(message.view);
    const before = board.frontier.floor;
    const wasFinished = board.frontier.isFinished(time);
    const isNews = board.finish(slot, time, result);
    this.laggards?.finished(time);
    if (wasFinished || !board.frontier.isFinished(time)) return;
    if (board.frontier.floor > before) {
      this.floorSince = this.shell.now;
      this.shell.observe({ type: "frontier-rose", floor: board.frontier.floor });
    }
    run.taskFinished();
    this.spread(isNews);
  }

  private counted(all: readonly NodeStatistics[] | undefined): void {
    if (all === undefined) return;
    this.run?.counted(all);
    this.spread(false);
  }

  private spread(isNews: boolean): void {
    const { board, holders, phase } = this;
    if (board === undefined || holders === undefined || phase !== "running") return;
    this.issuing.spread(holders.workers, board, isNews);
  }

  private ended(returned: JobOutcome): void {
    this.enter("over");
    const { begunAt, seenAt } = this.times;
    const outcome = jobResult(returned, { now: this.shell.now, begunAt, seenAt }, this.shares.values());
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
