/**
 * One channel between two incarnations: what is sent arrives once and in order, or the session ends. The transport
 * may lose, duplicate, delay and reorder frames, and may deliver those of a connection that was replaced.
 *
 * Invariants:
 *   - messages have the sequences 1, 2, 3, ...; each is delivered once, after the one before it;
 *   - frames of sequences (acknowledged, transmitted] are kept, as the same bytes, until the peer has them;
 *   - at most `sessionWindowMessages` are kept, as many wait beyond a gap at the receiver, and at most
 *     `sessionQueueMessagesMax` are queued behind the window;
 *   - on a fresh connection what is kept goes again in batches, the next when the peer acknowledges: a connection that
 *     keeps breaking carries something each time, instead of breaking under the whole window.
 *   - what is kept, and what waits beyond a gap, is below `sessionWindowBytes` without its newest message.
 */
import { assert } from "../assert.ts";
import { milliseconds } from "../ids.ts";
import type { Micros, NodeId } from "../ids.ts";
import { mix32 } from "../keys/mix.ts";
import type { Envelope, Message } from "../message/message.ts";
import type { NodeOptions } from "../options.ts";
import type { Traffic } from "../shell.ts";

export interface SessionEnds {
  readonly from: NodeId;
  readonly fromIncarnation: number;
  readonly to: NodeId;
  readonly toIncarnation: number;
}

export type SessionOptions = Pick<
  NodeOptions,
  | "retransmitAfterMs"
  | "retransmitMaxMs"
  | "acknowledgeAfterMs"
  | "sessionWindowMessages"
  | "sessionWindowBytes"
  | "sessionQueueMessagesMax"
>;

/** What a session does to the world outside. */
export interface SessionOutlet {
  /** Sends for the first time; returns the frame, which the session may keep. */
  transmit(envelope: Envelope, traffic: Traffic | undefined): Uint8Array;
  repeat(frame: Uint8Array, sequence: number): void;
  /** Asks for `timerFired` at this time, or somewhat earlier or later; what was asked for before still holds. */
  wakeAt(at: Micros): void;
}

export type Received =
  /** In order; may be none, as after a repeat. */
  | { readonly ok: true; readonly messages: readonly Message[] }
  | { readonly ok: false; readonly reason: string };

interface Queued {
  readonly message: Message;
  readonly traffic: Traffic | undefined;
}

interface Early {
  readonly message: Message;
  readonly bytes: number;
}

const noMessages: readonly Message[] = [];

/** Arrivals after which an acknowledgement goes out without waiting for something to carry it. */
const arrivalsMax = 32;

/** Frames that are sent again at once on a fresh connection: at least twice `arrivalsMax`, so that they are answered. */
const restartFrames = 64;

export class Session {
  readonly ends: SessionEnds;
  private readonly options: SessionOptions;
  private readonly outlet: SessionOutlet;
  private readonly arrivalsBeforeAnswer: number;
  private readonly bytesBeforeAnswer: number;
  private readonly retransmitAfter: Micros;
  private readonly acknowledgeAfter: Micros;

  /** The newest sequence given to a message, to a frame, and acknowledged by the peer. */
  private assigned: number = 0;
  private transmitted: number = 0;
  private acknowledged: number = 0;
  private readonly queue: Map<number, Queued> = new Map();
  /** The frame of `acknowledged + 1`, and those after it. */
  private readonly kept: Uint8Array[] = [];
  private keptBytes: number = 0;
  /** The most that was kept at once since it was last asked for, in frames and in bytes. */
  private keptMost: number = 0;
  private keptBytesMost: number = 0;
  /** When the oldest kept frame is sent again, and the wait until then. */
  private resendAt: number = Infinity;
  private resendWait: number;
  /** While acknowledgements are below this, each that is new shows another gap, which is repaired at once. */
  private repairUntil: number = 0;
  /** Of a fresh connection: what was sent again on it, up to where it must be, and how many unacknowledged at once. */
  private restarted: number = 0;
  private restartUntil: number = 0;
  private restartWindow: number = restartFrames;
  /** What was acknowledged when the connection began. */
  private restartedFrom: number = 0;

  /** The newest sequence delivered, and what came after a gap. */
  private delivered: number = 0;
  private readonly early: Map<number, Early> = new Map();
  private earlyBytes: number = 0;
  private unanswered: number = 0;
  private unansweredBytes: number = 0;
  private answerAt: number = Infinity;

  constructor(ends: SessionEnds, options: SessionOptions, outlet: SessionOutlet) {
    this.ends = ends;
    this.options = options;
    this.outlet = outlet;
    this.retransmitAfter = milliseconds(options.retransmitAfterMs);
    this.acknowledgeAfter = milliseconds(options.acknowledgeAfterMs);
    this.resendWait = this.retransmitAfter;
    this.arrivalsBeforeAnswer = Math.max(1, Math.min(arrivalsMax, options.sessionWindowMessages >> 1));
    // A sender whose window is full waits for this answer.
    this.bytesBeforeAnswer = options.sessionWindowBytes / 4;
  }

  /** False where the queue is full: the message was not taken. */
  send(message: Message, traffic: Traffic | undefined, now: Micros): boolean {
    if (this.hasWindow() && this.queue.size === 0) {
      this.assigned++;
      this.transmitNext(message, traffic, now);
      return true;
    }
    if (this.queue.size >= this.options.sessionQueueMessagesMax) return false;
    this.queue.set(++this.assigned, { message, traffic });
    return true;
  }

  /** Sends once, outside the sequence: it may be lost, and is not repeated. */
  sendOutside(message: Message): void {
    this.outlet.transmit(this.envelope(0, message), undefined);
  }

  /** `envelope`, which takes so many bytes, came from the peer; a reason where it is not taken. */
  received(envelope: Envelope, bytes: number, now: Micros): Received {
    const reason = this.check(envelope);
    if (reason !== undefined) return { ok: false, reason };
    this.accept(envelope.acknowledged, now);
    if (envelope.sequence === 0) {
      const isOwn = envelope.message.type === "acknowledged";
      return { ok: true, messages: isOwn ? noMessages : [envelope.message] };
    }
    if (envelope.sequence > this.delivered + 1 && this.earlyBytes >= this.options.sessionWindowBytes) {
      // It is not acknowledged, so it comes again.
      return { ok: false, reason: `${envelope.from} sends more than sessionWindowBytes after a gap` };
    }
    return { ok: true, messages: this.arrive(envelope.sequence, { message: envelope.message, bytes }, now) };
  }

  /** A fresh connection: what was sent on the old one may be lost. */
  connected(now: Micros): void {
    if (this.kept.length === 0) return;
    const gotThrough = this.acknowledged > this.restartedFrom;
    this.restartWindow = gotThrough ? restartFrames : Math.max(1, this.restartWindow >> 1);
    this.restartedFrom = this.restarted = this.acknowledged;
    this.restartUntil = this.transmitted;
    this.restart();
    this.repairUntil = 0;
    this.resendWait = this.retransmitAfter;
    this.resendLater(now);
  }

  /** Does what is due, and an acknowledgement that is due soon. When something is due next; Infinity: never. */
  timerFired(now: Micros): number {
    if (now + this.acknowledgeAfter / 2 >= this.answerAt) this.answer();
    if (now >= this.resendAt) {
      this.repairUntil = this.transmitted;
      this.resendWait = Math.min(2 * this.resendWait, milliseconds(this.options.retransmitMaxMs));
      this.resendAt = now + this.resendWait;
      this.repeatOldest();
    }
    return Math.min(this.resendAt, this.answerAt);
  }

  /** Messages that the peer is not known to have. */
  get outstandingCount(): number {
    return this.assigned - this.acknowledged;
  }

  /** The fullest that its buffers were since this was last asked. */
  takeMost(): { readonly frames: number; readonly bytes: number; readonly queued: number } {
    const most = { frames: this.keptMost, bytes: this.keptBytesMost, queued: this.queue.size };
    this.keptMost = this.kept.length;
    this.keptBytesMost = 0;
    return most;
  }

  digest(): number {
    const sent = mix32(mix32(this.assigned, this.transmitted), this.acknowledged);
    const arrived = mix32(mix32(this.delivered, this.early.size), this.unanswered);
    const again = mix32(mix32(this.restarted, this.restartUntil), this.restartWindow);
    return mix32(
      mix32(mix32(sent, arrived), again),
      mix32(this.ends.fromIncarnation, this.ends.toIncarnation),
    );
  }

  /** From the peer's life that this session is with, to this node's. */
  isOf(envelope: Envelope): boolean {
    const { from, fromIncarnation, to, toIncarnation } = this.ends;
    return (
      envelope.from === to &&
      envelope.fromIncarnation === toIncarnation &&
      envelope.to === from &&
      envelope.toIncarnation === fromIncarnation
    );
  }

  private check(envelope: Envelope): string | undefined {
    const { to } = this.ends;
    if (!this.isOf(envelope)) {
      const theirs = `${envelope.from}#${envelope.fromIncarnation} to ${envelope.to}#${envelope.toIncarnation}`;
      return `a frame of another session, ${theirs}`;
    }
    if (envelope.acknowledged > this.transmitted) {
      return `${to} acknowledges ${envelope.acknowledged} of ${this.transmitted} messages`;
    }
    if (envelope.sequence > this.delivered + this.options.sessionWindowMessages) {
      return `${to} sends message ${envelope.sequence} beyond sessionWindowMessages, after ${this.delivered}`;
    }
    return undefined;
  }

  private arrive(sequence: number, arrived: Early, now: Micros): readonly Message[] {
    this.unanswered++;
    this.unansweredBytes += arrived.bytes;
    const isNext = sequence === this.delivered + 1;
    const filledGap = isNext && this.early.size > 0;
    const messages = isNext ? this.inOrder(arrived.message) : noMessages;
    if (sequence > this.delivered && !this.early.has(sequence)) {
      this.early.set(sequence, arrived);
      this.earlyBytes += arrived.bytes;
    }
    const isMuch =
      this.unanswered >= this.arrivalsBeforeAnswer || this.unansweredBytes >= this.bytesBeforeAnswer;
    if (filledGap || isMuch) this.answer();
    else if (this.answerAt === Infinity) {
      this.answerAt = now + this.acknowledgeAfter;
      this.outlet.wakeAt(this.answerAt as Micros);
    }
    return messages;
  }

  /** The next message, and those that came before it. */
  private inOrder(message: Message): readonly Message[] {
    this.delivered++;
    const messages = [message];
    while (this.early.size > 0) {
      const next = this.early.get(this.delivered + 1);
      if (next === undefined) break;
      messages.push(next.message);
      this.earlyBytes -= next.bytes;
      this.early.delete(++this.delivered);
    }
    return messages;
  }

  /** The peer has everything up to `sequence`. */
  private accept(sequence: number, now: Micros): void {
    if (sequence <= this.acknowledged) return;
    this.restartWindow += sequence - this.acknowledged;
    for (; this.acknowledged < sequence; this.acknowledged++) {
      this.keptBytes -= this.kept.shift()?.length ?? 0;
    }
    this.resendWait = this.retransmitAfter;
    if (this.kept.length === 0) this.resendAt = Infinity;
    else this.resendLater(now);
    if (this.acknowledged < this.repairUntil) this.repeatOldest();
    this.restart();
    while (this.queue.size > 0 && this.hasWindow()) {
      const queued = this.queue.get(this.transmitted + 1);
      if (queued === undefined) break;
      this.queue.delete(this.transmitted + 1);
      this.transmitNext(queued.message, queued.traffic, now);
    }
  }

  private transmitNext(message: Message, traffic: Traffic | undefined, now: Micros): void {
    const sequence = ++this.transmitted;
    assert(sequence <= this.assigned, () => `message ${sequence} was given its sequence`);
    const frame = this.outlet.transmit(this.envelope(sequence, message), traffic);
    this.kept.push(frame);
    this.keptBytes += frame.length;
    if (this.kept.length > this.keptMost) this.keptMost = this.kept.length;
    // The newest may pass the limit: what stood before it may not.
    const before = this.keptBytes - frame.length;
    if (before > this.keptBytesMost) this.keptBytesMost = before;
    if (this.resendAt === Infinity) this.resendLater(now);
  }

  private resendLater(now: Micros): void {
    this.resendAt = now + this.resendWait;
    this.outlet.wakeAt(this.resendAt as Micros);
  }

  private repeatOldest(): void {
    if (this.kept.length > 0) this.outlet.repeat(this.kept[0], this.acknowledged + 1);
  }

  private restart(): void {
    this.restarted = Math.max(this.restarted, this.acknowledged);
    const end = Math.min(this.restartUntil, this.acknowledged + this.restartWindow);
    while (this.restarted < end) {
      this.restarted++;
      this.outlet.repeat(this.kept[this.restarted - this.acknowledged - 1], this.restarted);
    }
  }

  private answer(): void {
    this.sendOutside({ type: "acknowledged" });
  }

  /** Whatever is sent carries the acknowledgement. */
  private envelope(sequence: number, message: Message): Envelope {
    this.unanswered = 0;
    this.unansweredBytes = 0;
    this.answerAt = Infinity;
    const { from, fromIncarnation, to, toIncarnation } = this.ends;
    const acknowledged = this.delivered;
    return { from, fromIncarnation, to, toIncarnation, sequence, acknowledged, message };
  }

  private hasWindow(): boolean {
    const { sessionWindowMessages, sessionWindowBytes } = this.options;
    if (this.restarted < this.restartUntil) return false;
    return this.kept.length < sessionWindowMessages && this.keptBytes < sessionWindowBytes;
  }
}
