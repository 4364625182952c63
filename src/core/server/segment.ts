/** One parameter in one segment, at its master: requests in, replies and facts out (docs/protocol.md 4 and 5). */
import type { NodeId, TaskTime } from "../ids.ts";
import { mix32 } from "../keys/mix.ts";
import type { Wait } from "../node.ts";
import type { View } from "../ring/view.ts";
import { Reads } from "./reads.ts";
import type { Request } from "./requests.ts";
import type { SegmentContext, SegmentName } from "./segment-context.ts";
import { newSegmentState, type SegmentState } from "./segment-state.ts";
import { waitsOf } from "./waits.ts";
import { dropBelow, receiveWrite } from "./writes.ts";

export class Segment {
  readonly name: SegmentName;
  private readonly state: SegmentState;
  private readonly reads: Reads;

  /** Throws an Error where the segment is larger than a server may hold. */
  constructor(context: SegmentContext, name: SegmentName, view: View, floor: TaskTime) {
    this.name = name;
    this.state = newSegmentState(context, name, view, floor);
    this.reads = new Reads(this.state);
  }

  /** Whether anything was ever applied. */
  get isUntouched(): boolean {
    return this.state.log.token.index === 0;
  }

  /** Throws an ApplicationError where the job cannot go on. */
  receive(from: NodeId, request: Request): void {
    if (request.type === "pull" || (request.type === "call" && !request.isWrite)) {
      this.reads.receive(from, request);
    } else if (receiveWrite(this.state, from, request)) this.reads.retry();
  }

  /** Tasks below have finished everywhere: what was kept for their repeats goes. */
  raiseFloor(floor: TaskTime): void {
    const { clock, closed } = this.state;
    clock.raiseFloor(floor);
    closed.raise(floor);
    dropBelow(this.state, floor);
    this.reads.retry();
  }

  why(): readonly Wait[] {
    return waitsOf(this.state, this.reads, this.state.context.shell.id);
  }

  /** What the log's digest, which covers every value and clock entry, does not: the floor, and what waits. */
  digest(): number {
    const { log, clock, held } = this.state;
    let digest = mix32(log.digest, clock.floor);
    for (const group of held.all()) {
      digest = mix32(digest, group.time);
      for (const part of group.parts) digest = mix32(digest, part === undefined ? 0 : 1 + part.request.epoch);
    }
    for (const { request } of this.reads.all()) digest = mix32(digest, request.part.time);
    return digest;
  }
}
