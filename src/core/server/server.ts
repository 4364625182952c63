/**
 * The server role: keeps the segments of which it is master, applies pushes to them, and answers pulls and calls
 * (OSDI'14 section 4).
 */
import { assert } from "../assert.ts";
import type { Application, NodeStatistics } from "../application.ts";
import type { Micros, NodeId, TaskTime } from "../ids.ts";
import { mix32 } from "../keys/mix.ts";
import type { Message } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import type { BufferSize, Holding } from "../observation.ts";
import { recordKeys } from "../registry/records.ts";
import type { ChainMessage } from "../message/chain-messages.ts";
import { FillPace, fillTimer } from "./chain/fill-pace.ts";
import type { KeptMessage, RoleLogic, Shell } from "../shell.ts";
import { ApplicationError } from "./application-error.ts";
import { buffersOf, holdingsOf } from "./buffers.ts";
import { EarlyRequests } from "./early-requests.ts";
import { Fences } from "./fences.ts";
import { type Leaving, leavingWaits } from "./leaving.ts";
import { type Job, openJob } from "./open-job.ts";
import { refuseRequest } from "./refuse-request.ts";
import { Replies } from "./replies.ts";
import { describeRequest, type Request } from "./requests.ts";
import { Saving } from "./saving.ts";
import { isSequential } from "./segment-context.ts";
import { Segments } from "./segments.ts";

/** Open tasks whose record a server remembers, as a multiple of those that a scheduler issues ahead. */
const openTimesPerTaskAhead: number = 16;

export class Server implements RoleLogic {
  private readonly shell: Shell;
  private readonly applications: (name: string) => Application | undefined;
  private readonly replies: Replies;
  private readonly fences: Fences;
  private readonly early: EarlyRequests;
  private readonly pace: FillPace;
  private readonly saving: Saving;
  private readonly segments: Segments;
  /** From servers that have adopted a view before this one has. */
  private ahead: { readonly from: NodeId; readonly message: ChainMessage }[] = [];
  /** From a scheduler that knows of a newer view: how far the job is may be another lineage's to say. */
  private readonly asked: Map<NodeId, KeptMessage> = new Map();
  /** It was asked to leave, and goes when no view lists it any more. */
  private leaving: Leaving | undefined;
  private job: Job | undefined;

  constructor(shell: Shell, applications: (name: string) => Application | undefined) {
    this.shell = shell;
    this.applications = applications;
    this.replies = new Replies(shell);
    this.fences = new Fences(openTimesPerTaskAhead * shell.options.tasksAheadMax);
    this.pace = new FillPace(shell);
    this.saving = new Saving(shell);
    this.early = new EarlyRequests(shell.options.earlyBytesMax);
    this.segments = new Segments(shell, {
      floor: () => this.fences.floor,
      raiseFloor: (floor) => this.raiseFloor(floor),
      restored: () => this.adoptView(),
      serves: () => this.takeEarly(),
    });
  }

  started(): void {
    this.readJob();
    this.adoptView();
  }

  received(from: NodeId, message: Message): void {
    switch (message.type) {
      case "push":
      case "pull":
      case "call":
        return this.receive(from, message);
      case "entry":
      case "stored":
      case "position":
      case "snapshot":
      case "part":
        return this.chained(from, message);
      case "save": {
        const segment = this.segments.of(message);
        if (segment !== undefined && message.view <= this.segments.adopted)
          this.saving.save(from, message, segment);
        return;
      }
      case "frontier":
        if (message.view > (this.shell.view?.number ?? 0)) this.asked.set(from, { from, message });
        else this.tellFrontier(from, message.term, message.frontier.floor);
        return;
      default:
        this.shell.observe({ type: "frame-dropped", reason: `a server has no use for "${message.type}"` });
    }
  }

  timerFired(timer: string): void {
    assert(timer === fillTimer, () => `a server sets no timer "${timer}"`);
    this.pace.due();
  }

  recordChanged(key: string): void {
    if (key === recordKeys.job) this.readJob();
    if (key === recordKeys.job || key === recordKeys.view) this.adoptView();
    if (key === recordKeys.view)
      for (const { from, message } of new Map(this.asked).values())
        if (this.asked.delete(from)) this.received(from, message);
    if (key === recordKeys.term("manager")) this.segments.tellFilled();
  }

  handle(event: Event): void {
    if (event.type !== "stop-requested") return;
    if (event.drains && this.isListed) this.leaving = { reason: event.reason, since: this.shell.now };
    // Every request is handled in the step that brings it: nothing is in hand.
    else this.shell.effect({ type: "stopped", reason: event.reason });
  }

  statistics(): Pick<NodeStatistics, "slots" | "tasksFinished"> {
    return { slots: [], tasksFinished: 0 };
  }

  holdings(): readonly Holding[] {
    return holdingsOf(this.segments.all());
  }

  why(_now: Micros): readonly Wait[] {
    const node = this.shell.id;
    const key = this.job === undefined ? recordKeys.job : recordKeys.view;
    const edge = { kind: "registry", key } as const;
    const early = this.early.all().map(({ request, since }) => {
      return { node, since, blocked: describeRequest(request), waitsFor: `the record ${key}`, edge };
    });
    return [
      ...early,
      ...leavingWaits(this.shell, this.leaving),
      ...[...this.segments.all()].flatMap((segment) => segment.why()),
    ];
  }

  kept(): readonly KeptMessage[] {
    const early = this.early.take().map(({ from, request }) => ({ from, message: request }));
    return [...this.asked.values(), ...this.ahead, ...early];
  }

  buffers(): readonly BufferSize[] {
    const keyListBytes = this.job?.context.keyLists.bytes ?? 0;
    const { early, segments, shell } = this;
    return buffersOf(segments.all(), { earlyBytes: early.size, keyListBytes }, shell.options);
  }

  digest(): number {
    let digest = mix32(mix32(this.segments.size, this.early.all().length), this.fences.floor);
    for (const segment of this.segments.all()) digest = mix32(digest, segment.digest());
    return digest;
  }

  private receive(from: NodeId, request: Request): void {
    const { view } = this.shell;
    if (view === undefined || this.job === undefined || request.view > this.segments.adopted) {
      return this.keepEarly(from, request);
    }
    const refusal = refuseRequest(request, view, this.shell, this.job.specs.length);
    if (refusal !== undefined) return this.replies.turnAway(from, request, refusal);
    try {
      // What the fences keep of the tasks below goes first: it may be what leaves no room for this one.
      this.raiseFloor(request.floor);
      const isRead = request.type === "pull" || (request.type === "call" && !request.isWrite);
      const fenced = isRead ? undefined : this.fences.check(request);
      if (fenced !== undefined) return this.replies.turnAway(from, request, fenced);
      const segment = this.segments.of(request.part);
      // Without it the job has failed: the view gives this server what it cannot keep.
      if (segment?.chain.serves === true) segment.receive(from, request);
      else if (segment !== undefined) this.keepEarly(from, request);
    } catch (error) {
      if (!(error instanceof ApplicationError)) throw error;
      this.shell.fail(error.message);
    }
  }

  private keepEarly(from: NodeId, request: Request): void {
    if (this.early.keep({ from, request, since: this.shell.now })) return;
    const detail = `earlyBytesMax ${this.shell.options.earlyBytesMax} of requests wait for job and view`;
    this.replies.turnAway(from, request, { reason: "full", detail });
  }

  /** From another holder of a segment. One that is in an older view will hear of the newer one. */
  private chained(from: NodeId, message: ChainMessage): void {
    if (message.view > this.segments.adopted) {
      // Positions only, one a segment from each holder: entries follow what this server says in that view.
      if (this.ahead.length < this.shell.options.sessionQueueMessagesMax) this.ahead.push({ from, message });
      else
        this.shell.observe({
          type: "frame-dropped",
          reason: `too much of view ${message.view} from ${from}`,
        });
      return;
    }
    if (message.view < this.segments.adopted) return;
    this.segments.of(message)?.chained(from, message);
  }

  /** Job or view may have come: what waited for them is served in the order in which it came. */
  private takeEarly(): void {
    const { early, shell } = this;
    if (this.job !== undefined && isSequential(this.job.context.job) && early.hasLostOrder) {
      const limit = `earlyBytesMax ${shell.options.earlyBytesMax}`;
      return shell.fail(
        `${limit} is too small for what came before job and view, and tau = 0 needs its order`,
      );
    }
    // A refusal would come to whoever asks the same under a newer epoch, and who was replaced learns it elsewhere.
    for (const { from, request } of early.take()) {
      if (!this.fences.isReplaced(request)) this.receive(from, request);
    }
  }

  /** A scheduler that took over asks how far the job is: requests have said so, whoever is lost that made them. */
  private tellFrontier(to: NodeId, term: number, floor: TaskTime): void {
    this.raiseFloor(floor);
    const frontier = { floor: this.fences.floor, above: [] };
    const view = this.shell.view?.number ?? 0;
    this.shell.send(to, "control", { type: "frontier", term, view, frontier });
  }

  private raiseFloor(floor: TaskTime): void {
    if (!this.fences.raise(floor)) return;
    for (const segment of this.segments.all()) segment.raiseFloor(floor);
  }

  private readJob(): void {
    const { job } = this.shell;
    if (job === undefined || this.job !== undefined) return;
    const { shell, replies, pace } = this;
    const opened = openJob(job, this.applications(job.application), { shell, replies, pace });
    if (typeof opened === "string") return shell.fail(opened);
    this.job = opened;
  }

  private get isListed(): boolean {
    const { view, id, incarnation } = this.shell;
    return view?.incarnations[id] === incarnation;
  }

  private adoptView(): void {
    const { job } = this;
    const { view } = this.shell;
    if (view !== undefined && job === undefined) this.leaveUnlisted();
    if (view === undefined || job === undefined) return;
    try {
      if (!this.segments.adopt(view, job)) return;
    } catch (error) {
      if (!(error instanceof ApplicationError)) throw error;
      return this.shell.fail(error.message);
    }
    if (this.leaveUnlisted()) return;
    const { ahead } = this;
    this.ahead = [];
    for (const { from, message } of ahead) this.chained(from, message);
    this.takeEarly();
  }

  /** It was asked to leave, and others have what it held. */
  private leaveUnlisted(): boolean {
    if (this.leaving === undefined || this.isListed) return false;
    this.shell.effect({ type: "stopped", reason: this.leaving.reason });
    return true;
  }
}
