/**
 * How frames become gRPC messages: small ones share a message, large ones are cut into chunks, and each message is
 * itself a valid protobuf `Frame` (proto/tauring.proto). Pure functions on bytes.
 */
import { allocateFrame, headBytes, writeHead } from "../../core/index.ts";

export const severalKind = 254;
export const chunkKind = 255;

const kindAt = 7;
const versionAt = 6;
/** Total and offset. */
const chunkHeadBytes: number = headBytes + 8;
/** Like gRPC's own prefix: it brings the frame behind it to a multiple of 8, as seen from the message's beginning. */
const entryPrefixBytes = 5;

export function frameKind(frame: Uint8Array): number {
  return frame[kindAt];
}

/** Bytes that a message of these frames has; the first frame begins at 16. */
export function severalBytes(frames: readonly Uint8Array[]): number {
  let at = headBytes;
  for (const frame of frames) at = nextEntry(at + entryPrefixBytes + frame.length);
  return at;
}

export function packSeveral(frames: readonly Uint8Array[]): Uint8Array {
  const message = allocateFrame(severalBytes(frames));
  writeHead(message, severalKind, 0);
  const words = new DataView(message.buffer, message.byteOffset, message.length);
  let at = headBytes;
  for (const frame of frames) {
    words.setUint32(at + 1, frame.length);
    message.set(frame, at + entryPrefixBytes);
    at = nextEntry(at + entryPrefixBytes + frame.length);
  }
  return message;
}

export type Unpacked =
  | { readonly ok: true; readonly frames: readonly Uint8Array[] }
  | { readonly ok: false; readonly reason: string };

/** Views into the message, no copies. */
export function unpackSeveral(message: Uint8Array): Unpacked {
  const words = new DataView(message.buffer, message.byteOffset, message.length);
  const frames: Uint8Array[] = [];
  let at = headBytes;
  while (at < message.length) {
    if (at + entryPrefixBytes > message.length) return bad(`an entry's prefix is cut off at byte ${at}`);
    const size = words.getUint32(at + 1);
    const begin = at + entryPrefixBytes;
    if (words.getUint8(at) !== 0) return bad(`the entry at byte ${at} does not begin with 0`);
    if (size > message.length - begin) {
      return bad(`the entry at byte ${at} says ${size} bytes, and ${message.length - begin} are left`);
    }
    frames.push(message.subarray(begin, begin + size));
    at = nextEntry(begin + size);
  }
  return { ok: true, frames };
}

/** Bytes of the message that carries `size` bytes of a larger frame. */
export function chunkMessageBytes(size: number): number {
  return chunkHeadBytes + size;
}

/** Fills `message`, made for it by `chunkMessageBytes`, with the part of `frame` that begins at `offset`. */
export function packChunk(message: Uint8Array, frame: Uint8Array, offset: number): void {
  const size = message.length - chunkHeadBytes;
  message.fill(0, 0, headBytes);
  writeHead(message, chunkKind, 0);
  const words = new DataView(message.buffer, message.byteOffset, message.length);
  words.setUint32(headBytes, frame.length, true);
  words.setUint32(headBytes + 4, offset, true);
  message.set(frame.subarray(offset, offset + size), chunkHeadBytes);
}

export type Chunk =
  | { readonly ok: true; readonly total: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: string };

export function unpackChunk(message: Uint8Array): Chunk {
  if (message.length <= chunkHeadBytes) return bad(`a chunk has ${message.length} bytes and no content`);
  const words = new DataView(message.buffer, message.byteOffset, message.length);
  const total = words.getUint32(headBytes, true);
  const offset = words.getUint32(headBytes + 4, true);
  return { ok: true, total, offset, bytes: message.subarray(chunkHeadBytes) };
}

export type Normalized =
  | { readonly ok: true; readonly message: Uint8Array }
  | { readonly ok: false; readonly reason: string };

/**
 * A gRPC message with the length as a varint of five bytes, as nodes write it: other writers of protobuf use the
 * shortest varint, and their messages are copied here once.
 */
export function normalize(message: Uint8Array): Normalized {
  if (message[0] !== 0x0a) return bad(`a message begins with ${message[0]}, not with the tag of Frame.body`);
  let size = 0;
  let at = 1;
  for (let factor = 1; ; factor *= 128, at++) {
    if (at > 5 || at >= message.length)
      return bad("the length of Frame.body is not a varint of at most five bytes");
    size += (message[at] & 127) * factor;
    if (message[at] < 128) break;
  }
  const begin = at + 1;
  if (size !== message.length - begin) {
    return bad(`Frame.body says ${size} bytes, and has ${message.length - begin}`);
  }
  if (size < headBytes - versionAt) return bad(`Frame.body has ${size} bytes, fewer than its head`);
  if (begin === versionAt) return { ok: true, message };
  const copy = allocateFrame(versionAt + size);
  writeHead(copy, 0, 0);
  copy.set(message.subarray(begin), versionAt);
  return { ok: true, message: copy };
}

/** The first position at or after `at` that is 3 more than a multiple of 8. */
function nextEntry(at: number): number {
  return at + ((8 + 3 - (at % 8)) % 8);
}

function bad(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
