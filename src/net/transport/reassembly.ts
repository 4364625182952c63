/** Puts large frames together again from their chunks, within declared limits. */
import { frameAlignment } from "../../core/index.ts";
import type { Chunk } from "./packing.ts";

/** Memory that all reassemblies of a node share. */
export class ReassemblyBudget {
  private takenBytes = 0;
  private readonly bytesMax: number;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  take(bytes: number): boolean {
    if (this.takenBytes + bytes > this.bytesMax) return false;
    this.takenBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.takenBytes -= bytes;
  }
}

export type Reassembled =
  | { readonly type: "partial" }
  | { readonly type: "whole"; readonly frame: Uint8Array }
  | { readonly type: "refused"; readonly reason: string };

/** One stream's large frame under way. Chunks of a frame follow each other in order. */
export class Reassembly {
  private frame: Uint8Array | undefined = undefined;
  private filledBytes = 0;
  private readonly budget: ReassemblyBudget;
  private readonly frameBytesMax: number;

  constructor(budget: ReassemblyBudget, frameBytesMax: number) {
    this.budget = budget;
    this.frameBytesMax = frameBytesMax;
  }

  get isUnderWay(): boolean {
    return this.frame !== undefined;
  }

  /** What a chunk declares is checked before memory is taken for it. */
  add(chunk: Extract<Chunk, { ok: true }>): Reassembled {
    if (this.frame === undefined) {
      const reason = this.begin(chunk.total, chunk.offset);
      if (reason !== undefined) return { type: "refused", reason };
    }
    const frame = this.frame as unknown as Uint8Array;
    if (chunk.total !== frame.length || chunk.offset !== this.filledBytes) {
      return refused(
        `a chunk at ${chunk.offset} of ${chunk.total}, where ${this.filledBytes} of ${frame.length} was due`,
      );
    }
    if (chunk.offset + chunk.bytes.length > frame.length) {
      return refused(
        `a chunk of ${chunk.bytes.length} bytes at ${chunk.offset} passes the end of ${frame.length}`,
      );
    }
    frame.set(chunk.bytes, chunk.offset);
    this.filledBytes += chunk.bytes.length;
    if (this.filledBytes < frame.length) return { type: "partial" };
    this.drop();
    return { type: "whole", frame };
  }

  /** The stream is gone, or the frame is whole. */
  drop(): void {
    if (this.frame === undefined) return;
    this.budget.release(this.frame.length);
    this.frame = undefined;
  }

  private begin(total: number, offset: number): string | undefined {
    if (offset !== 0) return `the first chunk of a frame is at ${offset}, not at 0`;
    if (total > this.frameBytesMax) {
      return `a frame of ${total} bytes is announced, above frameBytesMax ${this.frameBytesMax}`;
    }
    if (!this.budget.take(total)) {
      return `a frame of ${total} bytes is announced, and reassemblyBytesMax has no room for it`;
    }
    this.frame = unfilledFrame(total);
    this.filledBytes = 0;
    return undefined;
  }
}

/** Aligned memory that is not cleared first: each byte of it is written before the frame is whole. */
function unfilledFrame(size: number): Uint8Array {
  const memory = Buffer.allocUnsafeSlow(frameAlignment + size);
  return new Uint8Array(memory.buffer, memory.byteOffset + frameAlignment, size);
}

function refused(reason: string): Reassembled {
  return { type: "refused", reason };
}
