/**
 * One open gRPC stream of one channel: takes messages out of an outbox while HTTP/2 has room, and turns what arrives
 * into frames. The call behind it is known to nobody else, and its errors end here.
 */
import type { TransportLimits } from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import { chunkKind, frameKind, normalize, severalKind, unpackChunk, unpackSeveral } from "./packing.ts";
import { Reassembly, type ReassemblyBudget } from "./reassembly.ts";

/** What both ends of a gRPC call have in common. */
export interface DuplexCall {
  /** `written` is called when HTTP/2 has taken the message. */
  write(message: Buffer, written: () => void): void;
  pause(): void;
  resume(): void;
  /** Ends the call with this reason at both ends, at once; what was not written is lost. */
  cut(reason: string): void;
}

export interface StreamEvents {
  received(frame: Uint8Array): void;
  /** Comes once. Undefined: the other end closed it in good order. */
  closed(reason: string | undefined): void;
}

export interface StreamSurroundings {
  readonly limits: TransportLimits;
  readonly budget: ReassemblyBudget;
  readonly outbox: Outbox;
}

export class FrameStream {
  private readonly call: DuplexCall;
  private readonly surroundings: StreamSurroundings;
  private readonly events: StreamEvents;
  private readonly reassembly: Reassembly;
  private inFlightBytes = 0;
  private isPumpDue = false;
  private isClosed = false;

  constructor(call: DuplexCall, surroundings: StreamSurroundings, events: StreamEvents) {
    this.call = call;
    this.surroundings = surroundings;
    this.events = events;
    this.reassembly = new Reassembly(surroundings.budget, surroundings.limits.frameBytesMax);
  }

  /** Something is in the outbox. It leaves at the end of the tick, so that small frames of one tick share a message. */
  wake(): void {
    if (this.isPumpDue || this.isClosed) return;
    this.isPumpDue = true;
    setImmediate(() => {
      this.isPumpDue = false;
      this.pump();
    });
  }

  pauseReading(): void {
    this.call.pause();
  }

  resumeReading(): void {
    this.call.resume();
  }

  /** The call's `data` event. */
  messageArrived(bytes: Uint8Array): void {
    if (this.isClosed) return;
    const normalized = normalize(bytes);
    if (!normalized.ok) return this.close(normalized.reason);
    const message = normalized.message;
    const kind = frameKind(message);
    if (kind === chunkKind) return this.chunkArrived(message);
    if (this.reassembly.isUnderWay) return this.close("another message came between the chunks of a frame");
    if (kind === severalKind) return this.severalArrived(message);
    this.events.received(message);
  }

  /** The call's end, however it came about. */
  ended(reason: string | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.reassembly.drop();
    this.events.closed(reason);
  }

  /** Ends the stream from this side; `closed` is told the same reason. */
  close(reason: string): void {
    if (this.isClosed) return;
    this.call.cut(reason);
    this.ended(reason);
  }

  private pump(): void {
    const { limits, outbox } = this.surroundings;
    while (!this.isClosed && this.inFlightBytes < limits.inFlightBytesMax) {
      const outgoing = outbox.take();
      if (outgoing === undefined) return;
      const { message, written } = outgoing;
      this.inFlightBytes += message.length;
      this.call.write(asBuffer(message), () => {
        this.inFlightBytes -= message.length;
        written();
        if (!this.isPumpDue) this.pump();
      });
    }
  }

  private chunkArrived(message: Uint8Array): void {
    const chunk = unpackChunk(message);
    if (!chunk.ok) return this.close(chunk.reason);
    const reassembled = this.reassembly.add(chunk);
    if (reassembled.type === "refused") this.close(reassembled.reason);
    if (reassembled.type === "whole") this.events.received(reassembled.frame);
  }

  private severalArrived(message: Uint8Array): void {
    const unpacked = unpackSeveral(message);
    if (!unpacked.ok) return this.close(unpacked.reason);
    for (const frame of unpacked.frames) {
      if (this.isClosed) return;
      this.events.received(frame);
    }
  }
}

/** The same bytes under the type that grpc-js wants. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The same bytes as a plain array: `slice` of a Buffer does not copy, and core relies on copies. */
export function asPlain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
