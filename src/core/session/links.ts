/**
 * A node's sessions with all its peers. Frames come in as bytes and leave as messages of the peer's present
 * incarnation; nothing of an older incarnation is believed after a newer one was seen. Messages for a peer that is not
 * registered yet, and frames from one that is registered but not known here yet, wait until its record arrives.
 */
import type { Micros, NodeId } from "../ids.ts";
import { filterKinds } from "../filters/filter-spec.ts";
import { hashText, mix32 } from "../keys/mix.ts";
import { decodedBytes, decodeEnvelope, encodeEnvelope } from "../message/codec.ts";
import type { Envelope, Message } from "../message/message.ts";
import type { Channel, Event } from "../node.ts";
import type { BufferSize } from "../observation.ts";
import type { Shell, Traffic } from "../shell.ts";
import { HeldFrames } from "./held-frames.ts";
import { type Received, Session } from "./session.ts";

/** What links need of the node that they belong to. */
export type LinksHost = Pick<
  Shell,
  "id" | "incarnation" | "now" | "options" | "compressor" | "members" | "effect" | "observe" | "setTimer"
> & {
  deliver(from: NodeId, message: Message): void;
  fail(reason: string): void;
  /** The newest incarnation of a peer that the cluster goes on without; 0: it was not removed. */
  goneIncarnation(peer: NodeId): number;
};

export interface TrafficCounters {
  sentBytes: number;
  sentFrames: number;
  resentFrames: number;
  receivedBytes: number;
  /** By filter kind. */
  readonly savedBytes: number[];
}

interface Waiting {
  readonly to: NodeId;
  readonly channel: Channel;
  readonly message: Message;
  readonly traffic: Traffic | undefined;
}

/** One session a channel, each made when it is first used. */
type PeerSessions = Record<Channel, Session | undefined>;

const channels: readonly Channel[] = ["control", "data"];
const snappyIndex: number = filterKinds.indexOf("snappy");
const sessionsTimer = "sessions";

export class Links {
  readonly counters: TrafficCounters = {
    sentBytes: 0,
    sentFrames: 0,
    receivedBytes: 0,
    resentFrames: 0,
    savedBytes: filterKinds.map(() => 0),
  };
  private readonly host: LinksHost;
  private readonly sessions: Map<NodeId, PeerSessions> = new Map();
  /** When the one timer of all sessions fires; Infinity: it is not set. */
  private timerAt: number = Infinity;
  private readonly waiting: Map<NodeId, Waiting[]> = new Map();
  private readonly held: HeldFrames;

  constructor(host: LinksHost) {
    this.host = host;
    this.held = new HeldFrames(host.options);
  }

  send(to: NodeId, channel: Channel, message: Message, traffic: Traffic | undefined): void {
    const { options, now } = this.host;
    const session = this.session(to, channel);
    if (isOutsideSequence(message)) {
      session?.sendOutside(message);
      return;
    }
    if (session === undefined) {
      // What is said to a node that was removed has nobody to hear it: whoever takes its place is told anew.
      if (this.host.goneIncarnation(to) > 0) return;
      this.wait({ to, channel, message, traffic });
    } else if (!session.send(message, traffic, now)) {
      this.host.fail(
        `${to} does not keep up: ${options.sessionQueueMessagesMax} messages wait for it on the ${channel} channel ` +
          "(sessionQueueMessagesMax); it is cut off, or needs a larger sessionWindowMessages",
      );
    }
  }

  received({ from, channel, frame }: Extract<Event, { type: "received" }>): void {
    const { compressor, options, id } = this.host;
    this.counters.receivedBytes += frame.length;
    const decoded = decodeEnvelope(frame, { compressor, frameBytesMax: options.frameBytesMax });
    if (!decoded.ok) return this.drop(decoded.reason);
    const { envelope } = decoded;
    if (envelope.to !== id) return this.drop(`a frame for ${envelope.to}`);
    if (envelope.from === id) return this.drop("a frame from this node itself");
    if (from !== undefined && envelope.from !== from) {
      return this.drop(`a frame of ${from} that says it is from ${envelope.from}`);
    }
    this.take(channel, envelope, decodedBytes(frame));
  }

  connected(peer: NodeId, channel: Channel): void {
    this.sessions.get(peer)?.[channel]?.connected(this.host.now);
  }

  /** Of each kind of buffer the fullest among all sessions, since this was last asked. */
  takeMost(): readonly BufferSize[] {
    const { sessionWindowMessages, sessionWindowBytes, sessionQueueMessagesMax } = this.host.options;
    let [frames, bytes, queued] = [0, 0, 0];
    for (const sessions of this.sessions.values()) {
      for (const channel of channels) {
        const most = sessions[channel]?.takeMost();
        if (most === undefined) continue;
        frames = Math.max(frames, most.frames);
        bytes = Math.max(bytes, most.bytes);
        queued = Math.max(queued, most.queued);
      }
    }
    return [
      { option: "sessionWindowMessages", size: frames, max: sessionWindowMessages },
      { option: "sessionWindowBytes", size: bytes, max: sessionWindowBytes },
      { option: "sessionQueueMessagesMax", size: queued, max: sessionQueueMessagesMax },
    ];
  }

  /** True where the timer is that of the sessions. */
  timerFired(timer: string): boolean {
    if (timer !== sessionsTimer) return false;
    this.timerAt = Infinity;
    let next = Infinity;
    const { now } = this.host;
    for (const { control, data } of this.sessions.values()) {
      if (control !== undefined) next = Math.min(next, control.timerFired(now));
      if (data !== undefined) next = Math.min(next, data.timerFired(now));
    }
    if (next < Infinity) this.wakeAt(next as Micros);
    return true;
  }

  /** A peer's record changed: sessions with another incarnation of it end, and what waited for it is sent. */
  peerChanged(peer: NodeId): void {
    this.endReplaced(peer);
    const present = this.host.members.get(peer)?.incarnation;
    for (const { envelope } of present === undefined ? [] : this.held.takeReplaced(peer, present)) {
      this.drop(`a frame from ${peer}#${envelope.fromIncarnation}, which is now #${present}`);
    }
    const waiting = this.waiting.get(peer);
    if (waiting === undefined || !this.canReach(peer)) return;
    this.waiting.delete(peer);
    for (const { to, channel, message, traffic } of waiting) this.send(to, channel, message, traffic);
  }

  /** This node was registered, or a peer was: frames that came too early are looked at again. */
  takeHeld(): void {
    for (const { channel, envelope, bytes } of this.held.take()) this.take(channel, envelope, bytes);
  }

  digest(): number {
    let digest = mix32(this.waiting.size, this.held.count);
    for (const [peer, sessions] of this.sessions) {
      digest = mix32(digest, hashText(peer)[0]);
      for (const channel of channels) digest = mix32(digest, sessions[channel]?.digest() ?? 0);
    }
    return digest;
  }

  private take(channel: Channel, envelope: Envelope, bytes: number): void {
    const { incarnation, members, now } = this.host;
    const { from } = envelope;
    const open = this.existing(from, channel);
    // A session is with the peer's present life, for it ends with that.
    if (open?.isOf(envelope) === true) return this.pass(open.received(envelope, bytes, now), from);
    const gone = this.host.goneIncarnation(from);
    if (gone > 0 && envelope.fromIncarnation <= gone)
      return this.drop(`a frame from ${from}#${envelope.fromIncarnation}, which is gone`);
    const known = members.get(from)?.incarnation ?? 0;
    if (incarnation > 0 && envelope.toIncarnation !== incarnation) {
      return this.drop(`a frame for ${envelope.to}#${envelope.toIncarnation}, which is now #${incarnation}`);
    }
    if (envelope.fromIncarnation < known) {
      return this.drop(`a frame from ${envelope.from}#${envelope.fromIncarnation}, which is now #${known}`);
    }
    if (incarnation === 0 || envelope.fromIncarnation > known) {
      const limit = this.held.hold({ channel, envelope, bytes });
      if (limit !== undefined)
        this.drop(`${envelope.from} is not registered, and ${limit} of its like are held`);
      return;
    }
    const received = this.session(from, channel)?.received(envelope, bytes, now);
    if (received !== undefined) this.pass(received, from);
  }

  private pass(received: Received, from: NodeId): void {
    if (!received.ok) return this.drop(received.reason);
    const { messages } = received;
    for (let i = 0; i < messages.length; i++) this.host.deliver(from, messages[i]);
  }

  private session(peer: NodeId, channel: Channel): Session | undefined {
    const existing = this.existing(peer, channel);
    return existing !== undefined || !this.canReach(peer) ? existing : this.open(peer, channel);
  }

  private existing(peer: NodeId, channel: Channel): Session | undefined {
    const sessions = this.sessions.get(peer);
    // Each name on its own: a property of either name is looked up in a table.
    return channel === "data" ? sessions?.data : sessions?.control;
  }

  private open(peer: NodeId, channel: Channel): Session {
    const { id, incarnation, options, members } = this.host;
    const toIncarnation = members.get(peer)?.incarnation ?? 0;
    const ends = { from: id, fromIncarnation: incarnation, to: peer, toIncarnation };
    const session = new Session(ends, options, {
      transmit: (envelope, traffic) => this.transmit(channel, envelope, traffic),
      repeat: (frame, sequence) => this.repeat({ to: peer, channel, frame, sequence }),
      wakeAt: (at) => this.wakeAt(at),
    });
    const sessions = this.sessions.get(peer) ?? { control: undefined, data: undefined };
    sessions[channel] = session;
    this.sessions.set(peer, sessions);
    return session;
  }

  /** A timer that turns out to be early is set on when it fires: in steady traffic that is one a wait, and not one a message. */
  private wakeAt(at: Micros): void {
    if (at >= this.timerAt) return;
    this.timerAt = at;
    this.host.setTimer(sessionsTimer, at);
  }

  private canReach(peer: NodeId): boolean {
    return this.host.incarnation > 0 && this.host.members.has(peer);
  }

  private wait(waiting: Waiting): void {
    const queue = this.waiting.get(waiting.to) ?? [];
    this.waiting.set(waiting.to, queue);
    if (queue.length < this.host.options.sessionQueueMessagesMax) queue.push(waiting);
    else this.host.fail(`${waiting.to} is not registered, and sessionQueueMessagesMax messages wait for it`);
  }

  private endReplaced(peer: NodeId): void {
    const sessions = this.sessions.get(peer);
    if (sessions === undefined) return;
    const incarnation = this.host.members.get(peer)?.incarnation;
    for (const channel of channels) {
      const session = sessions[channel];
      if (session === undefined || session.ends.toIncarnation === incarnation) continue;
      sessions[channel] = undefined;
    }
    if (channels.every((channel) => sessions[channel] === undefined)) this.sessions.delete(peer);
  }

  private transmit(channel: Channel, envelope: Envelope, traffic: Traffic | undefined): Uint8Array {
    const { compressor, options } = this.host;
    const isCompressed = traffic?.isCompressed ?? false;
    const { frame, snappySavedBytes } = encodeEnvelope(envelope, { compressor, isCompressed });
    const { to, message } = envelope;
    if (frame.length > options.frameBytesMax) {
      this.host.fail(
        `a ${message.type} for ${to} has ${frame.length} bytes, above frameBytesMax ${options.frameBytesMax}`,
      );
      return frame;
    }
    this.countSaved(traffic?.savedBytes ?? [], snappySavedBytes);
    this.sendFrame(to, channel, frame);
    return frame;
  }

  private countSaved(byKind: readonly number[], bySnappy: number): void {
    const { savedBytes } = this.counters;
    for (let kind = 0; kind < byKind.length; kind++) savedBytes[kind] += byKind[kind];
    savedBytes[snappyIndex] += bySnappy;
  }

  private repeat(frame: {
    readonly to: NodeId;
    readonly channel: Channel;
    readonly frame: Uint8Array;
    readonly sequence: number;
  }): void {
    this.counters.resentFrames++;
    this.host.observe({ type: "frame-resent", to: frame.to, sequence: frame.sequence });
    this.sendFrame(frame.to, frame.channel, frame.frame);
  }

  private sendFrame(to: NodeId, channel: Channel, frame: Uint8Array): void {
    this.counters.sentBytes += frame.length;
    this.counters.sentFrames++;
    this.host.effect({ type: "send", to, channel, frame });
  }

  private drop(reason: string): void {
    this.host.observe({ type: "frame-dropped", reason });
  }
}

/** Heartbeats are never repeated and never waited for. */
function isOutsideSequence(message: Message): boolean {
  return (
    message.type === "heartbeat" || message.type === "heartbeat-answered" || message.type === "acknowledged"
  );
}
