/**
 * The segments that the adopted view gives to a server. Where its lineage begins with a checkpoint, what that has of them
 * is read first.
 */
import { originOf } from "../checkpoint/origin-of.ts";
import type { NodeId, TaskTime } from "../ids.ts";
import type { SegmentId } from "../message/message.ts";
import { segmentRange } from "../ring/ring.ts";
import type { View } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import { ApplicationError } from "./application-error.ts";
import { type Place, placeOf } from "./chain/place.ts";
import type { Job } from "./open-job.ts";
import { Restoring, wantedOf } from "./restoring.ts";
import { Segment } from "./segment.ts";

export interface SegmentsHost {
  /** Every task below has finished, as far as the server knows. */
  floor(): TaskTime;
  /** So has every task below this one: the checkpoint says it. */
  raiseFloor(floor: TaskTime): void;
  /** What was to be restored has come: the view can be adopted. */
  restored(): void;
  /** A segment takes requests from now on. */
  serves(): void;
}

interface PlaceIn {
  readonly parameter: number;
  readonly index: number;
  readonly place: Place;
}

/** Invariant: the segments kept are those that the adopted view gives to this incarnation, for every parameter. */
export class Segments {
  private readonly shell: Shell;
  private readonly host: SegmentsHost;
  private readonly byName: Map<number, Segment> = new Map();
  /** What the view's lineage begins with, where that is a checkpoint. */
  private restoring: Restoring | undefined;
  /** Of the view that the segments are of. */
  private number: number = 0;
  private parameterCount: number = 0;
  private isAdopting: boolean = false;

  constructor(shell: Shell, host: SegmentsHost) {
    this.shell = shell;
    this.host = host;
  }

  /** The number of the view that was adopted last; 0: none. */
  get adopted(): number {
    return this.number;
  }

  get size(): number {
    return this.byName.size;
  }

  all(): Iterable<Segment> {
    return this.byName.values();
  }

  of({ parameter, segment }: Pick<SegmentId, "parameter" | "segment">): Segment | undefined {
    return this.byName.get(nameOf(parameter, segment));
  }

  /**
   * Every segment that the view gives to this server takes its place in it; the others are discarded. False: what is to be
   * restored is being read. Throws an ApplicationError where the view gives it what it cannot keep.
   */
  adopt(view: View, job: Job): boolean {
    if (!this.hasRestored(job, view)) return false;
    this.number = view.number;
    this.parameterCount = job.specs.length;
    const kept = new Set<number>();
    this.isAdopting = true;
    try {
      view.segments.forEach((_, index) => {
        const place = placeOf(view, index, this.shell);
        if (place === undefined) return;
        for (let parameter = 0; parameter < job.specs.length; parameter++) {
          kept.add(this.takePlace(job, view, { parameter, index, place }));
        }
      });
    } finally {
      this.isAdopting = false;
    }
    for (const [name, segment] of this.byName) {
      if (kept.has(name)) continue;
      this.byName.delete(name);
      segment.dropped(view.number);
    }
    return true;
  }

  /** Another manager leads: it has heard of none that was filled. */
  tellFilled(): void {
    for (const { name, chain } of this.byName.values()) {
      if (name.parameter === 0) for (const peer of chain.filledPeers) this.filled(name.begin, peer);
    }
  }

  /** False: what is to be restored is being read, and the view is adopted when it has come. */
  private hasRestored(job: Job, view: View): boolean {
    const { shell } = this;
    const origin = originOf(job.context.job, view);
    if (origin === undefined) return true;
    const wanted = wantedOf(view, job.specs, shell).filter(({ name }) => !this.byName.has(name));
    // Whoever is filled needs nothing of the checkpoint, which may be gone by then.
    if (wanted.length === 0) return true;
    if (this.restoring?.checkpoint !== origin) {
      this.restoring = new Restoring(shell, origin, () => this.host.restored());
    }
    if (!this.restoring.has(wanted)) return false;
    this.host.raiseFloor(this.restoring.first);
    return true;
  }

  private takePlace(job: Job, view: View, { parameter, index, place }: PlaceIn): number {
    const { begin } = view.segments[index];
    const name = nameOf(parameter, begin);
    let segment = this.byName.get(name);
    if (segment === undefined) {
      const spec = job.specs[parameter];
      const range = segmentRange(spec, view, index);
      const restored = place.at < place.fullCount ? this.restoring : undefined;
      const start = {
        view,
        place,
        floor: this.host.floor(),
        restored: restored?.take(name) ?? [],
        serves: () => {
          if (!this.isAdopting) this.host.serves();
        },
        isFilled: (peer: NodeId) => this.filled(begin, peer),
      };
      segment = makeSegment(job.context, { spec, parameter, begin, range }, start);
      this.byName.set(name, segment);
      if (restored !== undefined) this.observeRestored(restored, segment, view);
    }
    segment.adopt(place);
    return name;
  }

  private observeRestored({ checkpoint, first }: Restoring, { name, rows }: Segment, { number }: View): void {
    const { parameter, begin: segment } = name;
    this.shell.observe({ type: "part-restored", checkpoint, parameter, segment, view: number, first, rows });
  }

  /** A server that is being filled has one parameter's rows; the manager is told when it has all of them. */
  private filled(segment: number, peer: NodeId): void {
    const { shell, number: view } = this;
    for (let parameter = 0; parameter < this.parameterCount; parameter++) {
      if (this.of({ parameter, segment })?.chain.hasFilled(peer) !== true) return;
    }
    shell.observe({ type: "holder-filled", segment, view, peer });
    const manager = shell.leader("manager");
    if (manager === undefined) return;
    shell.send(manager.node, "control", { type: "filled", segment, view, peer });
  }
}

/** By parameter and by where the segment begins. */
function nameOf(parameter: number, begin: number): number {
  return parameter * 2 ** 32 + begin;
}

function makeSegment(...[context, name, start]: ConstructorParameters<typeof Segment>): Segment {
  try {
    return new Segment(context, name, start);
  } catch (error) {
    throw new ApplicationError(error instanceof Error ? error.message : String(error));
  }
}
