/**
 * The server role: keeps the segments of which it is master, applies pushes to them, and answers pulls and calls
 * (OSDI'14 section 4). A segment is made when its first request comes.
 */
import { assert } from "../assert.ts";
import type { Application, NodeStatistics } from "../application.ts";
import { KeyListCache } from "../filters/key-caching.ts";
import { RowCopies } from "../filters/row-copy.ts";
import { validateFilters } from "../filters/validate-filters.ts";
import type { Micros, NodeId, TaskTime } from "../ids.ts";
import { sameRange } from "../keys/key-range.ts";
import { mix32 } from "../keys/mix.ts";
import type { Message, PartId } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import type { ParameterSpec } from "../parameter.ts";
import { recordKeys } from "../registry/records.ts";
import { masterOf, segmentIndex, segmentRange } from "../ring/ring.ts";
import type { View } from "../ring/view.ts";
import type { RoleLogic, Shell } from "../shell.ts";
import { ApplicationError } from "./application-error.ts";
import { EarlyRequests } from "./early-requests.ts";
import { Fences, type Refusal } from "./fences.ts";
import { Replies } from "./replies.ts";
import { describeRequest, type Request } from "./requests.ts";
import { Segment } from "./segment.ts";
import { describeSegment, isSequential, type SegmentContext } from "./segment-context.ts";

/** Open tasks whose record a server remembers, as a multiple of those that a scheduler issues ahead. */
const openTimesPerTaskAhead: number = 16;

interface Job {
  readonly context: SegmentContext;
  readonly specs: readonly ParameterSpec[];
}

/** Invariant: every segment kept has this node as its master in the view, and the range that the view gives it. */
export class Server implements RoleLogic {
  private readonly shell: Shell;
  private readonly applications: (name: string) => Application | undefined;
  private readonly replies: Replies;
  private readonly fences: Fences;
  private readonly early: EarlyRequests;
  private readonly segments: Map<number, Segment> = new Map();
  private job: Job | undefined;

  constructor(shell: Shell, applications: (name: string) => Application | undefined) {
    this.shell = shell;
    this.applications = applications;
    this.replies = new Replies(shell);
    this.fences = new Fences(openTimesPerTaskAhead * shell.options.tasksAheadMax);
    this.early = new EarlyRequests(shell.options.earlyBytesMax);
  }

  started(): void {
    this.readJob();
  }

  received(from: NodeId, message: Message): void {
    switch (message.type) {
      case "push":
      case "pull":
      case "call":
        return this.receive(from, message);
      default:
        this.shell.observe({ type: "frame-dropped", reason: `a server has no use for "${message.type}"` });
    }
  }

  timerFired(timer: string): void {
    assert(false, `a server sets no timer "${timer}"`);
  }

  recordChanged(key: string): void {
    if (key === recordKeys.job) this.readJob();
    if (key === recordKeys.view) this.checkView();
    if (key === recordKeys.job || key === recordKeys.view) this.takeEarly();
  }

  handle(event: Event): void {
    // Every request is handled in the step that brings it: nothing is in hand.
    if (event.type === "stop-requested") this.shell.effect({ type: "stopped", reason: event.reason });
  }

  statistics(): Pick<NodeStatistics, "slots" | "tasksFinished"> {
    return { slots: [], tasksFinished: 0 };
  }

  why(_now: Micros): readonly Wait[] {
    const node = this.shell.id;
    const key = this.job === undefined ? recordKeys.job : recordKeys.view;
    const edge = { kind: "registry", key } as const;
    const early = this.early.all().map(({ request, since }) => {
      return { node, since, blocked: describeRequest(request), waitsFor: `the record ${key}`, edge };
    });
    return [...early, ...[...this.segments.values()].flatMap((segment) => segment.why())];
  }

  digest(): number {
    let digest = mix32(mix32(this.segments.size, this.early.all().length), this.fences.floor);
    for (const segment of this.segments.values()) digest = mix32(digest, segment.digest());
    return digest;
  }

  private receive(from: NodeId, request: Request): void {
    const { view, now } = this.shell;
    if (view === undefined || this.job === undefined || request.view > view.number) {
      if (this.early.keep({ from, request, since: now })) return;
      const detail = `earlyBytesMax ${this.shell.options.earlyBytesMax} of requests wait for job and view`;
      return this.replies.turnAway(from, request, { reason: "full", detail });
    }
    const refusal = this.refuse(request, view, this.job);
    if (refusal !== undefined) return this.replies.turnAway(from, request, refusal);
    try {
      // What the fences keep of the tasks below goes first: it may be what leaves no room for this one.
      this.raiseFloor(request.floor);
      const isRead = request.type === "pull" || (request.type === "call" && !request.isWrite);
      const fenced = isRead ? undefined : this.fences.check(request);
      if (fenced !== undefined) return this.replies.turnAway(from, request, fenced);
      this.segmentOf(request.part, view).receive(from, request);
    } catch (error) {
      if (!(error instanceof ApplicationError)) throw error;
      this.shell.fail(error.message);
    }
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
    for (const { from, request } of early.take()) this.receive(from, request);
  }

  private refuse(request: Request, view: View, job: Job): Refusal | undefined {
    const { part } = request;
    if (request.view < view.number) return notMaster(`the view here is ${view.number}, not ${request.view}`);
    const index = segmentIndex(view, part.segment);
    if (index === undefined) return notMaster(`view ${view.number} has no segment at ${part.segment}`);
    const master = masterOf(view, index);
    if (master !== this.shell.id) return notMaster(`${master} is master of segment ${part.segment}`);
    const count = job.specs.length;
    if (part.parameter < count) return undefined;
    return { reason: "invalid", detail: `parameter ${part.parameter} is none of the job's ${count}` };
  }

  private raiseFloor(floor: TaskTime): void {
    if (!this.fences.raise(floor)) return;
    for (const segment of this.segments.values()) segment.raiseFloor(floor);
  }

  private segmentOf({ parameter, segment: begin }: PartId, view: View): Segment {
    const name = parameter * 2 ** 32 + begin;
    const known = this.segments.get(name);
    if (known !== undefined) return known;
    const { job } = this;
    const index = segmentIndex(view, begin);
    assert(job !== undefined && index !== undefined, "the request was checked against job and view");
    const spec = job.specs[parameter];
    const range = segmentRange(spec, view, index);
    const segment = makeSegment(job.context, { spec, parameter, begin, range }, view, this.fences.floor);
    this.segments.set(name, segment);
    return segment;
  }

  private readJob(): void {
    const { job } = this.shell;
    if (job === undefined || this.job !== undefined) return;
    const application = this.applications(job.application);
    if (application === undefined) {
      return this.shell.fail(
        `job ${job.name} names application "${job.application}", which is not known here`,
      );
    }
    let specs: readonly ParameterSpec[];
    try {
      specs = application.parameters(job);
    } catch (error) {
      return this.shell.fail(error instanceof Error ? error.message : String(error));
    }
    const refusal = refuseSpecs(specs, application, job.tau);
    if (refusal !== undefined) return this.shell.fail(refusal);
    const { shell, replies } = this;
    const { keyListCacheBytesMax } = shell.options;
    const keyLists = new KeyListCache(keyListCacheBytesMax);
    const copies = new RowCopies(keyListCacheBytesMax);
    this.job = { specs, context: { shell, job, application, keyLists, copies, replies } };
  }

  /** A view may say again what is the case; moving values to another server is not what it can ask for. */
  private checkView(): void {
    const { view } = this.shell;
    if (view === undefined) return;
    for (const [id, segment] of this.segments) {
      const { name } = segment;
      const index = segmentIndex(view, name.begin);
      const isKept =
        index !== undefined &&
        masterOf(view, index) === this.shell.id &&
        sameRange(segmentRange(name.spec, view, index), name.range);
      if (isKept) continue;
      if (!segment.isUntouched) {
        return this.shell.fail(
          `view ${view.number} takes ${describeSegment(name)} away, with all that was pushed`,
        );
      }
      this.segments.delete(id);
    }
  }
}

function notMaster(detail: string): Refusal {
  return { reason: "not-master", detail };
}

function makeSegment(...[context, name, view, floor]: ConstructorParameters<typeof Segment>): Segment {
  try {
    return new Segment(context, name, view, floor);
  } catch (error) {
    throw new ApplicationError(error instanceof Error ? error.message : String(error));
  }
}

/** Why the parameters cannot be kept, in words for the author of the application or of the job. */
function refuseSpecs(
  specs: readonly ParameterSpec[],
  application: Application,
  tau: number | null,
): string | undefined {
  for (const spec of specs) {
    const { update } = spec;
    if ("name" in update && !Object.hasOwn(application.updates, update.name)) {
      return `parameter ${spec.name} names update "${update.name}", which application ${application.name} does not have`;
    }
    const refusal = validateFilters(spec, tau);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
