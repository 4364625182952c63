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
import { Fences, type Refusal } from "./fences.ts";
import { Replies } from "./replies.ts";
import type { Request } from "./requests.ts";
import { Segment } from "./segment.ts";
import { describeSegment, type SegmentContext } from "./segment-context.ts";

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
  private readonly segments: Map<number, Segment> = new Map();
  private job: Job | undefined;

  constructor(shell: Shell, applications: (name: string) => Application | undefined) {
    this.shell = shell;
    this.applications = applications;
    this.replies = new Replies(shell);
    this.fences = new Fences(openTimesPerTaskAhead * shell.options.tasksAheadMax);
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
  }

  handle(event: Event): void {
    // Every request is handled in the step that brings it: nothing is in hand.
    if (event.type === "stop-requested") this.shell.effect({ type: "stopped", reason: event.reason });
  }

  statistics(): Pick<NodeStatistics, "slots" | "tasksFinished"> {
    return { slots: [], tasksFinished: 0 };
  }

  why(_now: Micros): readonly Wait[] {
    return [...this.segments.values()].flatMap((segment) => segment.why());
  }

  digest(): number {
    let digest = mix32(this.segments.size, this.fences.floor);
    for (const segment of this.segments.values()) digest = mix32(digest, segment.digest());
    return digest;
  }

  private receive(from: NodeId, request: Request): void {
    const { view } = this.shell;
    const refusal = this.refuse(request, view);
    if (refusal !== undefined || view === undefined) {
      return this.replies.turnAway(from, request, refusal ?? notMaster("no view is known here yet"));
    }
    try {
      this.raiseFloor(request.floor);
      this.segmentOf(request.part, view).receive(from, request);
    } catch (error) {
      if (!(error instanceof ApplicationError)) throw error;
      this.shell.fail(error.message);
    }
  }

  private refuse(request: Request, view: View | undefined): Refusal | undefined {
    const { part } = request;
    if (view === undefined || this.job === undefined) return notMaster("no view and job are known here yet");
    if (request.view !== view.number)
      return notMaster(`the view here is ${view.number}, not ${request.view}`);
    const index = segmentIndex(view, part.segment);
    if (index === undefined) return notMaster(`view ${view.number} has no segment at ${part.segment}`);
    const master = masterOf(view, index);
    if (master !== this.shell.id) return notMaster(`${master} is master of segment ${part.segment}`);
    const count = this.job.specs.length;
    if (part.parameter >= count) {
      return { reason: "invalid", detail: `parameter ${part.parameter} is none of the job's ${count}` };
    }
    const isRead = request.type === "pull" || (request.type === "call" && !request.isWrite);
    return isRead ? undefined : this.fences.check(request);
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
