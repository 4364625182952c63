/**
 * One channel to one peer: its queue, its stream while there is one, and the way back to one when it is lost.
 *
 * Of two nodes the one with the greater name dials, so that two streams never race: a worker dials servers, a server
 * the scheduler, and all of them the manager. The other one knocks when it has something to say and no stream.
 *
 * Invariants:
 *   - at most one stream; frames leave in the order in which they were sent while it is the same one;
 *   - what waits for the first stream leaves with it; what waits when a stream opens after frames were lost is dropped,
 *     because core sends all that was not acknowledged again when it hears of it.
 */
import type * as grpc from "@grpc/grpc-js";
import { type Channel, type NodeId, assert } from "../../core/index.ts";
import { type DialEvents, dial } from "./dial.ts";
import { type DuplexCall, FrameStream, asPlain } from "./frame-stream.ts";
import type { TransportLimits } from "./limits.ts";
import { Outbox } from "./outbox.ts";
import type { ReassemblyBudget } from "./reassembly.ts";

/** What a channel may use of the transport that it belongs to. */
export interface PeerSurroundings {
  readonly self: NodeId;
  readonly limits: TransportLimits;
  readonly budget: ReassemblyBudget;
  credentials(peer: NodeId): grpc.ChannelCredentials;
  metadata(isKnock: boolean): grpc.Metadata;
  /** The reason why the node that answered is not `peer`, or undefined. */
  answerRefusal(peer: NodeId, metadata: grpc.Metadata): string | undefined;
  connected(peer: NodeId, channel: Channel, wereFramesLost: boolean): void;
  /** The stream is gone, and nobody here ended it. */
  lost(peer: NodeId, channel: Channel): void;
  received(peer: NodeId, channel: Channel, frame: Uint8Array): void;
  /** Something went wrong that a person may want to know; the channel goes on by itself. */
  troubled(peer: NodeId, channel: Channel, reason: string): void;
}

/** Whoever has failed in so many ways fails in others for the same cause. */
const toldReasonsMax = 16;

export class PeerChannel {
  private readonly peer: NodeId;
  private readonly channel: Channel;
  private readonly surroundings: PeerSurroundings;
  private readonly isDialer: boolean;
  private readonly outbox: Outbox;
  private address: string | undefined = undefined;
  private stream: FrameStream | undefined = undefined;
  /** A dial or a knock that has not been answered. */
  private attempt: DuplexCall | undefined = undefined;
  private redialTimer: NodeJS.Timeout | undefined = undefined;
  private redialMs: number;
  private isReadingPaused = false;
  private wereFramesLost = false;
  private isClosed = false;
  /** Why no attempt came through since the last stream: each reason is told once, however often it is met. */
  private readonly toldReasons = new Set<string>();

  constructor(peer: NodeId, channel: Channel, surroundings: PeerSurroundings) {
    assert(peer !== surroundings.self, "a node does not connect to itself");
    this.peer = peer;
    this.channel = channel;
    this.surroundings = surroundings;
    this.isDialer = surroundings.self > peer;
    this.outbox = new Outbox(surroundings.limits);
    this.redialMs = surroundings.limits.redialMinMs;
  }

  get isOpen(): boolean {
    return this.stream !== undefined;
  }

  get waitingBytes(): number {
    return this.outbox.waitingBytes;
  }

  send(frame: Uint8Array): void {
    if (!this.outbox.push(frame)) return this.overflow(frame);
    if (this.stream === undefined) this.connect();
    else this.stream.wake();
  }

  /** Where the peer is now. A new address, or a new life at the old one, ends what went to the old one. */
  moved(address: string | undefined, isRestarted: boolean): void {
    if (address === this.address && !isRestarted) return;
    const wasWanted = this.stream !== undefined || !this.outbox.isEmpty;
    this.address = address;
    this.toldReasons.clear();
    this.redialMs = this.surroundings.limits.redialMinMs;
    this.abandonAttempt("the peer has moved");
    this.stream?.close("the peer has moved or restarted");
    if (wasWanted) this.connect();
  }

  /** The peer has opened a stream, which replaces one that it must have lost. */
  accepted(makeStream: (events: DialEvents) => DuplexCall): void {
    this.stream?.close("the peer opened a new stream");
    this.abandonAttempt("the peer opened a stream");
    let stream: FrameStream | undefined = undefined;
    const call = makeStream({
      answered: () => {},
      message: (bytes) => stream?.messageArrived(asPlain(bytes)),
      ended: (reason) => stream?.ended(reason),
    });
    stream = this.makeStream(call);
    this.opened(stream);
  }

  /** The peer has something to say, and it is for this node to dial. */
  knocked(): void {
    if (this.isDialer) this.connect();
  }

  setReadingPaused(isPaused: boolean): void {
    this.isReadingPaused = isPaused;
    if (isPaused) this.stream?.pauseReading();
    else this.stream?.resumeReading();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.redialTimer);
    this.abandonAttempt("the node is closing");
    this.stream?.close("the node is closing");
    this.outbox.clear();
  }

  /** Dials or knocks, unless that is under way or waits for its turn. */
  private connect(): void {
    const isUnderWay = this.attempt !== undefined || this.redialTimer !== undefined;
    if (this.isClosed || this.stream !== undefined || isUnderWay || this.address === undefined) return;
    const { surroundings, peer, channel, address } = this;
    let stream: FrameStream | undefined = undefined;
    const call = dial(
      {
        address,
        channel,
        credentials: surroundings.credentials(peer),
        metadata: surroundings.metadata(!this.isDialer),
        limits: surroundings.limits,
      },
      {
        answered: (metadata) => {
          if (this.attempt !== call || !this.isDialer) return;
          const refusal = surroundings.answerRefusal(peer, metadata);
          if (refusal !== undefined) return call.cut(refusal);
          this.attempt = undefined;
          stream = this.makeStream(call);
          this.opened(stream);
        },
        message: (bytes) => stream?.messageArrived(asPlain(bytes)),
        ended: (reason) => {
          if (stream !== undefined) return stream.ended(reason);
          if (this.attempt === call) this.attemptFailed(reason);
        },
      },
    );
    this.attempt = call;
  }

  private attemptFailed(reason: string | undefined): void {
    this.attempt = undefined;
    if (reason !== undefined) this.tellOnce(`no connection to ${this.address}: ${reason}`);
    this.connectLater();
  }

  private tellOnce(reason: string): void {
    if (this.toldReasons.has(reason) || this.toldReasons.size >= toldReasonsMax) return;
    this.toldReasons.add(reason);
    this.surroundings.troubled(this.peer, this.channel, reason);
  }

  private connectLater(): void {
    if (this.isClosed || this.redialTimer !== undefined) return;
    const wait = this.redialMs;
    this.redialMs = Math.min(this.redialMs * 2, this.surroundings.limits.redialMaxMs);
    this.redialTimer = setTimeout(() => {
      this.redialTimer = undefined;
      // Only the dialer keeps a connection that nobody waits for.
      if (this.isDialer || !this.outbox.isEmpty) this.connect();
    }, wait);
  }

  private abandonAttempt(reason: string): void {
    const attempt = this.attempt;
    this.attempt = undefined;
    clearTimeout(this.redialTimer);
    this.redialTimer = undefined;
    attempt?.cut(reason);
  }

  private makeStream(call: DuplexCall): FrameStream {
    const { limits, budget } = this.surroundings;
    const surroundings = { limits, budget, outbox: this.outbox };
    const stream: FrameStream = new FrameStream(call, surroundings, {
      received: (frame) => this.surroundings.received(this.peer, this.channel, frame),
      closed: (reason) => {
        if (this.stream === stream) this.lost(reason);
      },
    });
    return stream;
  }

  private opened(stream: FrameStream): void {
    this.stream = stream;
    this.redialMs = this.surroundings.limits.redialMinMs;
    this.toldReasons.clear();
    const { wereFramesLost } = this;
    this.wereFramesLost = false;
    if (wereFramesLost) this.outbox.clear();
    if (this.isReadingPaused) stream.pauseReading();
    this.surroundings.connected(this.peer, this.channel, wereFramesLost);
    if (!this.outbox.isEmpty) stream.wake();
  }

  private lost(reason: string | undefined): void {
    this.stream = undefined;
    this.drop();
    if (this.isClosed) return;
    this.surroundings.troubled(
      this.peer,
      this.channel,
      `the stream ended: ${reason ?? "closed by the peer"}`,
    );
    this.surroundings.lost(this.peer, this.channel);
    if (this.isDialer) this.connectLater();
  }

  /** The peer takes less than it is sent: cut it off rather than grow, and say so. */
  private overflow(frame: Uint8Array): void {
    const { peerQueueBytesMax } = this.surroundings.limits;
    const reason =
      `slow consumer: ${this.peer} left ${this.outbox.waitingBytes} bytes of ${this.channel} waiting, ` +
      `and ${frame.length} more pass peerQueueBytesMax ${peerQueueBytesMax}`;
    if (this.stream !== undefined) return this.stream.close(reason);
    this.drop();
    this.surroundings.troubled(this.peer, this.channel, reason);
  }

  private drop(): void {
    this.wereFramesLost = true;
    this.outbox.clear();
  }
}
