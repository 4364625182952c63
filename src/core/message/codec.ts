/**
 * A message as bytes and back (docs/wire.md). Encoding copies each array once; decoding gives views of the frame
 * where it is aligned. Decoding is total: any bytes give an envelope or a reason, and cost no more than their size.
 */
import { assert } from "../assert.ts";
import type { Compressor } from "../compressor.ts";
import { compressArrays, readUint32, uncompressArrays, writeBlocks, writeUint32 } from "./bulk.ts";
import { readChainMessage, writeChainMessage } from "./chain-messages.ts";
import { readControlMessage, writeControlMessage } from "./control-messages.ts";
import { readDataMessage, writeDataMessage } from "./data-messages.ts";
import { type Bulk, FieldReader } from "./field-reader.ts";
import { FieldWriter } from "./field-writer.ts";
import { checkHead, compressedFlag, headBytes, writeHead } from "./frame.ts";
import type { Decoded, Envelope, Message, MessageType } from "./message.ts";

/** The number of each message on the wire: its place here. New ones are appended. */
const kinds: readonly MessageType[] = [
  "push",
  "pushed",
  "pull",
  "pulled",
  "call",
  "called",
  "refused",
  "issue",
  "frontier",
  "slot-ready",
  "finished",
  "report",
  "reported",
  "heartbeat",
  "heartbeat-answered",
  "acknowledged",
  "entry",
  "stored",
  "position",
  "snapshot",
  "filled",
  "part",
  "save",
  "saved",
];
const kindOf: ReadonlyMap<MessageType, number> = new Map(kinds.map((type, kind) => [type, kind]));

/** After the head: bytes of the fields, and of the arrays before compression, four bytes each. */
const sizesBytes = 8;
const fieldsBegin = headBytes + sizesBytes;
const noBytes = new Uint8Array(0);
/** Scratch: what is in it means nothing outside one call of `encodeEnvelope`. */
const writer = new FieldWriter(fieldsBegin);

export interface EncodeOptions {
  readonly compressor: Compressor;
  readonly isCompressed: boolean;
}

export interface EncodedFrame {
  readonly frame: Uint8Array;
  /** What compression took away. */
  readonly snappySavedBytes: number;
}

export function encodeEnvelope(envelope: Envelope, options: EncodeOptions): EncodedFrame {
  writer.reset();
  writeEnvelope(writer, envelope);
  const { arrays, arrayBytes, length } = writer;
  const kind = kindOf.get(envelope.message.type) as number;
  const blocks = options.isCompressed ? compressArrays(arrays, arrayBytes, options.compressor) : undefined;
  const arraysBegin = arrayBytes === 0 ? fieldsBegin + length : arraysAfter(fieldsBegin + length);
  const size = arraysBegin + (blocks?.size ?? arrayBytes);
  assert(size < 2 ** 32, () => `a frame of ${size} bytes is below 4 GiB`);
  const frame = writer.takeFrame(size);
  writeHead(frame, kind, blocks === undefined ? 0 : compressedFlag);
  writeUint32(frame, headBytes, length);
  writeUint32(frame, headBytes + 4, arrayBytes);
  if (blocks === undefined) writer.writeArrays(frame, arraysBegin);
  else writeBlocks(blocks.blocks, frame, arraysBegin);
  writer.reset();
  return { frame, snappySavedBytes: blocks === undefined ? 0 : arrayBytes - blocks.size };
}

export interface DecodeOptions {
  readonly compressor: Compressor;
  readonly frameBytesMax: number;
}

export function decodeEnvelope(frame: Uint8Array, options: DecodeOptions): Decoded {
  const headReason = checkHead(frame, options.frameBytesMax);
  if (headReason !== undefined) return refused(headReason);
  const type = kinds[frame[7]];
  if (type === undefined) return refused(`the frame has unknown kind ${frame[7]}`);
  if (frame.length < fieldsBegin) return refused("the frame ends before its sizes");
  const fieldsEnd = fieldsBegin + readUint32(frame, headBytes);
  if (fieldsEnd > frame.length) return refused(`fields up to byte ${fieldsEnd} of ${frame.length}`);
  const bulk = readBulk(frame, fieldsEnd, options);
  if (!bulk.ok) return bulk;
  const reader = new FieldReader(frame, fieldsBegin, fieldsEnd, bulk);
  const envelope = readEnvelope(reader, type);
  reader.finish();
  return reader.failure === undefined ? { ok: true, envelope } : refused(`${type}: ${reader.failure}`);
}

/** Of what a frame says that it is: whether it is one is for `decodeEnvelope` to say. */
export function messageTypeOf(frame: Uint8Array): MessageType | undefined {
  return kinds[frame[7]];
}

/** Arrays of the message may be views of the frame; everything else is decoded into memory of its own. */
export function hasArrays(frame: Uint8Array): boolean {
  return frame.length < fieldsBegin || readUint32(frame, headBytes + 4) > 0;
}

/** What an envelope that was decoded from the frame takes: more than the frame where its arrays were compressed. */
export function decodedBytes(frame: Uint8Array): number {
  return fieldsBegin + readUint32(frame, headBytes) + readUint32(frame, headBytes + 4);
}

function writeEnvelope(fields: FieldWriter, envelope: Envelope): void {
  fields.node(envelope.from);
  fields.varint(envelope.fromIncarnation);
  fields.node(envelope.to);
  fields.varint(envelope.toIncarnation);
  fields.varint(envelope.sequence);
  fields.varint(envelope.acknowledged);
  const { message } = envelope;
  switch (message.type) {
    case "push":
    case "pushed":
    case "pull":
    case "pulled":
    case "call":
    case "called":
    case "refused":
      return writeDataMessage(fields, message);
    case "entry":
    case "stored":
    case "position":
    case "snapshot":
    case "part":
      return writeChainMessage(fields, message);
    default:
      return writeControlMessage(fields, message);
  }
}

function readEnvelope(fields: FieldReader, type: MessageType): Envelope {
  return {
    from: fields.node(),
    fromIncarnation: fields.varint("an incarnation"),
    to: fields.node(),
    toIncarnation: fields.varint("an incarnation"),
    sequence: fields.varint("a sequence"),
    acknowledged: fields.varint("an acknowledgement"),
    message: readMessage(fields, type),
  };
}

function readMessage(fields: FieldReader, type: MessageType): Message {
  switch (type) {
    case "push":
    case "pushed":
    case "pull":
    case "pulled":
    case "call":
    case "called":
    case "refused":
      return readDataMessage(fields, type);
    case "entry":
    case "stored":
    case "position":
    case "snapshot":
    case "part":
      return readChainMessage(fields, type);
    default:
      return readControlMessage(fields, type);
  }
}

/** The arrays of a frame whose fields end at `fieldsEnd`, at a multiple of 8 of their buffer. */
function readBulk(
  frame: Uint8Array,
  fieldsEnd: number,
  options: DecodeOptions,
): (Bulk & { readonly ok: true }) | { readonly ok: false; readonly reason: string } {
  const size = readUint32(frame, headBytes + 4);
  const isCompressed = frame[8] === compressedFlag;
  if (size % 8 !== 0) return refused(`arrays of ${size} bytes are not a multiple of 8`);
  if (size === 0) {
    if (isCompressed || fieldsEnd !== frame.length)
      return refused("bytes follow the fields of a frame without arrays");
    return { ok: true, bytes: noBytes, begin: 0 };
  }
  if (size > options.frameBytesMax) return refused(`arrays of ${size} bytes are above frameBytesMax`);
  const begin = arraysAfter(fieldsEnd);
  if (begin > frame.length) return refused("the frame ends before its arrays");
  for (let i = fieldsEnd; i < begin; i++) {
    if (frame[i] !== 0) return refused("the padding before the arrays is not zero");
  }
  if (isCompressed) {
    const plain = uncompressArrays(frame.subarray(begin), size, options.compressor);
    return plain.ok ? { ok: true, bytes: plain.bytes, begin: 0 } : plain;
  }
  if (frame.length - begin !== size)
    return refused(`arrays of ${size} bytes, and ${frame.length - begin} follow`);
  const isAligned = (frame.byteOffset + begin) % 8 === 0;
  return isAligned
    ? { ok: true, bytes: frame, begin }
    : { ok: true, bytes: new Uint8Array(frame.subarray(begin)), begin: 0 };
}

/** The first place at or after `at` in a frame where an array may begin. */
function arraysAfter(at: number): number {
  return headBytes + ((at - headBytes + 7) & ~7);
}

function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
