/** One parameter in one segment, at one of its holders: requests in, replies and facts out (docs/protocol.md 4 and 5). */
import { encodePart, type Part } from "../checkpoint/part.ts";
import type { NodeId, TaskTime } from "../ids.ts";
import { mix32 } from "../keys/mix.ts";
import type { Wait } from "../node.ts";
import type { View } from "../ring/view.ts";
import { elementBytes } from "../store/kernels.ts";
import type { ChainMessage } from "../message/chain-messages.ts";
import { Chain, type ChainHost } from "./chain/chain.ts";
import type { Place } from "./chain/place.ts";
import type { Token } from "../identities.ts";
import { restoreInto } from "./restoring.ts";
import { HeldParts } from "./held-parts.ts";
import { Reads } from "./reads.ts";
import type { Request } from "./requests.ts";
import type { SegmentContext, SegmentName } from "./segment-context.ts";
import { newSegmentState, type SegmentState } from "./segment-state.ts";
import { waitsOf } from "./waits.ts";
import { dropBelow, receiveWrite } from "./writes.ts";

export interface SegmentStart extends ChainHost {
  readonly view: View;
  readonly place: Place;
  readonly floor: TaskTime;
  /** What a checkpoint has of its keys. */
  readonly restored: readonly Part[];
}

export class Segment {
  readonly name: SegmentName;
  readonly chain: Chain;
  private readonly state: SegmentState;
  private reads: Reads;

  /** Throws an Error where the segment is larger than a server may hold. Call `adopt` with the same place next. */
  constructor(
    context: SegmentContext,
    name: SegmentName,
    { view, place, floor, restored, serves, isFilled }: SegmentStart,
  ) {
    this.name = name;
    this.state = newSegmentState(context, name, {
      view,
      floor,
      appended: (made) => this.chain.appended(made),
      partHeld: (part) => this.chain.partHeld(part),
    });
    restoreInto(this.state.store, restored);
    this.reads = new Reads(this.state);
    this.chain = new Chain(this.state, place, { serves, isFilled });
  }

  /** Whoever waits at a master that is one no more asks the next one: the view tells them. */
  adopt(place: Place): void {
    // A replica's parts are of the feed of one view.
    if (!this.chain.serves) this.state.held = new HeldParts(this.state.held.bytesMax);
    if (!this.chain.adopt(place)) return;
    this.state.held = new HeldParts(this.state.held.bytesMax);
    this.state.log.dropReplies();
    this.reads = new Reads(this.state);
  }

  /** From another holder, in the present view. */
  chained(from: NodeId, message: ChainMessage): void {
    this.chain.received(from, message);
  }

  /** Of a master that serves. Throws an ApplicationError where the job cannot go on. */
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
    if (this.chain.serves) dropBelow(this.state, floor);
    else this.state.held.takeBelow(floor);
    this.reads.retry();
  }

  /** What its buffers hold that have a limit: of held parts, the most since this was last asked. */
  takeUse(): { readonly heldBytes: number; readonly waitingReads: number } {
    return { heldBytes: this.state.held.takeMost(), waitingReads: this.reads.all().length };
  }

  get rows(): number {
    return this.state.store.rows;
  }

  /** Of a master that serves, where all is committed and nothing of task `first` or a later one was applied. */
  tokenBefore(first: TaskTime): Token | undefined {
    const { log, history } = this.state;
    const isWhole = this.chain.serves && log.committedIndex === log.token.index;
    return isWhole && history.newestTime < first ? log.token : undefined;
  }

  /** Of a master that serves, where something of task `first` or a later one was applied: it will never be before it again. */
  isBeyond(first: TaskTime): boolean {
    return this.chain.serves && this.state.history.newestTime >= first;
  }

  toPart(): { readonly rows: number; readonly bytes: Uint8Array } {
    const { store } = this.state;
    return { rows: store.rows, bytes: encodePart(store) };
  }

  /** A view that does not list this server was adopted. */
  dropped(view: number): void {
    const { log, context } = this.state;
    const { parameter, begin: segment } = this.name;
    this.chain.leave();
    context.shell.observe({ type: "segment-dropped", parameter, segment, view, token: log.token });
  }

  why(): readonly Wait[] {
    return [...this.chain.why(), ...waitsOf(this.state, this.reads, this.state.context.shell.id)];
  }

  /** Rows, and the bytes of their values. */
  get size(): { readonly keys: number; readonly bytes: number } {
    const { rows, columns } = this.state.store;
    return { keys: rows, bytes: rows * columns.length * elementBytes(this.name.spec.element) };
  }

  /** What the log's digest, which covers every value and clock entry, does not: the floor, and what waits. */
  digest(): number {
    const { log, clock, held } = this.state;
    let digest = mix32(mix32(log.digest, log.committedIndex), clock.floor);
    for (const group of held.all()) {
      digest = mix32(digest, group.time);
      for (const part of group.parts) digest = mix32(digest, part === undefined ? 0 : 1 + part.request.epoch);
    }
    for (const { request } of this.reads.all()) digest = mix32(digest, request.part.time);
    return digest;
  }
}
