/**
 * The first 11 bytes of a frame (docs/wire.md). A frame is a valid protobuf message `Frame { bytes body = 1; }`, and
 * after gRPC's prefix of 5 bytes, as in a frame made here, what follows the head begins at a multiple of 8.
 */

export const protocolVersion = 1;

/** Tag 1, length 5, version 1, kind 1, flags 1, reserved 2. */
export const headBytes = 11;
/** `byteOffset % 8` of a frame whose arrays need no copy. */
export const frameAlignment = 5;
/** Flag: the arrays are compressed in blocks. */
export const compressedFlag = 1;

const bodyTag = 0x0a;
/** The length does not count the tag and itself. */
const prefixBytes = 6;

/** Small frames share a buffer, as to allocate one costs more than to encode: no owner may transfer or detach it. */
const slabBytes = 4096;
const slabFrameBytesMax = 512;
let slab = new ArrayBuffer(slabBytes);
let slabUsed = 0;

/** Zeroed memory for a frame, placed so that its arrays are aligned. */
export function allocateFrame(size: number): Uint8Array {
  if (size > slabFrameBytesMax) {
    return new Uint8Array(new ArrayBuffer(frameAlignment + size), frameAlignment, size);
  }
  if (slabUsed + frameAlignment + size > slabBytes) {
    slab = new ArrayBuffer(slabBytes);
    slabUsed = 0;
  }
  const frame = new Uint8Array(slab, slabUsed + frameAlignment, size);
  slabUsed += (frameAlignment + size + 7) & ~7;
  return frame;
}

export function writeHead(frame: Uint8Array, kind: number, flags: number): void {
  const size = frame.length - prefixBytes;
  frame[0] = bodyTag;
  frame[1] = (size & 127) | 128;
  frame[2] = ((size >>> 7) & 127) | 128;
  frame[3] = ((size >>> 14) & 127) | 128;
  frame[4] = ((size >>> 21) & 127) | 128;
  frame[5] = size >>> 28;
  frame[6] = protocolVersion;
  frame[7] = kind;
  frame[8] = flags;
}

/** The reason to refuse the frame, or undefined. The kind is the codec's to know. */
export function checkHead(frame: Uint8Array, frameBytesMax: number): string | undefined {
  if (frame.length > frameBytesMax) {
    return `the frame has ${frame.length} bytes, above frameBytesMax ${frameBytesMax}`;
  }
  if (frame.length < headBytes) return `the frame has ${frame.length} bytes, its head ${headBytes}`;
  if (frame[0] !== bodyTag) return `the frame begins with ${frame[0]}, not with the tag ${bodyTag}`;
  const isFiveBytes = (frame[1] & frame[2] & frame[3] & frame[4] & 128) !== 0 && frame[5] < 16;
  if (!isFiveBytes) return "the frame's length is not a varint of five bytes";
  if (frame[6] !== protocolVersion) {
    return `the frame speaks protocol version ${frame[6]}, this node speaks ${protocolVersion}`;
  }
  const low =
    (frame[1] & 127) | ((frame[2] & 127) << 7) | ((frame[3] & 127) << 14) | ((frame[4] & 127) << 21);
  const size = low + frame[5] * 2 ** 28;
  if (size !== frame.length - prefixBytes) {
    return `the frame says ${size} bytes, and has ${frame.length - prefixBytes}`;
  }
  if ((frame[8] & ~compressedFlag) !== 0) return `the frame has unknown flags ${frame[8]}`;
  if (frame[9] !== 0 || frame[10] !== 0) return "the frame's reserved bytes are not zero";
  return undefined;
}
