/** Frames that wait for one channel of one peer, and how they leave: in order, packed, never beyond a limit. */
import { chunkMessageBytes, frameKind, packChunk, packSeveral, severalKind } from "./packing.ts";
import type { TransportLimits } from "./limits.ts";

/** A gRPC message, and what to do when HTTP/2 has taken it. */
export interface Outgoing {
  readonly message: Uint8Array;
  readonly written: () => void;
}

/** Small frames share a message up to this size. */
const sharedMessageBytes = 64 * 1024;
/** An entry's prefix, and its padding at most. */
const entryOverheadBytes = 12;
/** Warm memory is ten times faster than fresh: the buffers of written chunks are kept for the next ones. */
const keptChunksMax = 8;

export class Outbox {
  /** Frames from `head` on are waiting; those before have left. */
  private frames: Uint8Array[] = [];
  private head = 0;
  /** How much of the frame at the head has left in chunks. */
  private chunkedBytes = 0;
  private bytes = 0;
  private readonly keptChunks: Uint8Array[] = [];
  private readonly limits: TransportLimits;

  constructor(limits: TransportLimits) {
    this.limits = limits;
  }

  get waitingBytes(): number {
    return this.bytes;
  }

  get isEmpty(): boolean {
    return this.head === this.frames.length;
  }

  /** False: there is no room, and the frame was not taken. */
  push(frame: Uint8Array): boolean {
    if (this.bytes + frame.length > this.limits.peerQueueBytesMax) return false;
    this.frames.push(frame);
    this.bytes += frame.length;
    return true;
  }

  clear(): void {
    this.frames = [];
    this.head = 0;
    this.chunkedBytes = 0;
    this.bytes = 0;
  }

  /** The next message, or undefined when nothing waits. */
  take(): Outgoing | undefined {
    if (this.isEmpty) return undefined;
    const frame = this.frames[this.head];
    if (frame.length > this.limits.chunkBytes) return this.takeChunk(frame);
    const count = this.smallCount();
    if (count < 2) {
      this.advance(1, frame.length);
      return { message: frame, written: nothing };
    }
    const several = this.frames.slice(this.head, this.head + count);
    let bytes = 0;
    for (const small of several) bytes += small.length;
    this.advance(count, bytes);
    return { message: packSeveral(several), written: nothing };
  }

  /** Frames at the head that fit into one message. */
  private smallCount(): number {
    let bytes = 0;
    let at = this.head;
    for (; at < this.frames.length; at++) {
      const size = this.frames[at].length;
      bytes += size + entryOverheadBytes;
      if (size > this.limits.smallFrameBytes || bytes > sharedMessageBytes) break;
    }
    return at - this.head;
  }

  private takeChunk(frame: Uint8Array): Outgoing {
    const size = Math.min(this.limits.chunkBytes, frame.length - this.chunkedBytes);
    const whole = this.keptChunks.pop() ?? new Uint8Array(chunkMessageBytes(this.limits.chunkBytes));
    const message = whole.subarray(0, chunkMessageBytes(size));
    packChunk(message, frame, this.chunkedBytes);
    this.chunkedBytes += size;
    if (this.chunkedBytes === frame.length) {
      this.chunkedBytes = 0;
      this.advance(1, frame.length);
    }
    return { message, written: () => this.keep(whole) };
  }

  private keep(chunk: Uint8Array): void {
    if (this.keptChunks.length < keptChunksMax) this.keptChunks.push(chunk);
  }

  private advance(count: number, bytes: number): void {
    this.head += count;
    this.bytes -= bytes;
    if (this.head === this.frames.length) {
      this.frames = [];
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > this.frames.length) {
      this.frames = this.frames.slice(this.head);
      this.head = 0;
    }
  }
}

/** A frame whose kind is the transport's own would be taken apart at the other end. */
export function isTransportKind(frame: Uint8Array): boolean {
  return frameKind(frame) >= severalKind;
}

function nothing(): void {}
