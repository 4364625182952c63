/**
 * Where small frames are made, in place: many share a buffer, as to allocate a buffer, or even a view of one, costs more
 * than to write what is in a frame. No owner of such a frame may transfer or detach its buffer.
 *
 * Invariant: from `used` on, which is a multiple of 8, the bytes are zero where nobody is writing.
 */
import { frameAlignment } from "./frame.ts";

/** What travels as bytes: little-endian, each at a multiple of 8. */
export type WireArray = Uint8Array | Uint32Array | Float32Array | Float64Array;

const slabBytes = 16384;
const frameBytesMax = 512;

export class FrameSlab {
  /** Held beside its views: to ask a view for its buffer costs more than to write a small array. */
  private buffer: ArrayBuffer = new ArrayBuffer(0);
  private bytes: Uint8Array = new Uint8Array(0);
  private words: Uint32Array = new Uint32Array(0);
  private singles: Float32Array = new Float32Array(0);
  private doubles: Float64Array = new Float64Array(0);
  private used: number = 0;
  private newest: Uint8Array | undefined = undefined;

  /** Where the next frame begins in what `open` gives. */
  get frameBegin(): number {
    return this.used + frameAlignment;
  }

  /** Memory with room for a frame. */
  open(): Uint8Array {
    if (this.frameBegin + frameBytesMax > this.bytes.length) this.renew();
    return this.bytes;
  }

  fits(size: number): boolean {
    return size <= frameBytesMax;
  }

  /** The frame that was made at `frameBegin`. */
  close(size: number): Uint8Array {
    const frame = new Uint8Array(this.buffer, this.frameBegin, size);
    this.used += (frameAlignment + size + 7) & ~7;
    this.newest = frame;
    return frame;
  }

  /**
   * Puts an array at an offset of the newest frame that is aligned there; false where the frame is another. Few integers
   * are copied one by one, as a call of `set` costs more; floats are not, as the bits of a NaN could change.
   */
  place(array: WireArray, frame: Uint8Array, offset: number): boolean {
    if (frame !== this.newest) return false;
    const at = frame.byteOffset + offset;
    if (array.length === 0) return true;
    if (array instanceof Float64Array) this.doubles.set(array, at >>> 3);
    else if (array instanceof Float32Array) this.singles.set(array, at >>> 2);
    else if (array instanceof Uint32Array) {
      for (let i = 0; i < array.length; i++) this.words[(at >>> 2) + i] = array[i];
    } else for (let i = 0; i < array.length; i++) this.bytes[at + i] = array[i];
    return true;
  }

  private renew(): void {
    const buffer = new ArrayBuffer(slabBytes);
    this.buffer = buffer;
    this.newest = undefined;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.singles = new Float32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.used = 0;
  }
}
