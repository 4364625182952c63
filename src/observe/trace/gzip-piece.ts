/**
 * A gzip member (RFC 1952) that says in its header how long it is, when its first fact was, and its number: whoever wants the
 * facts of a moment walks from head to head and unpacks only what it needs. Any tool that reads gzip reads a file of them.
 */
import { constants, crc32, deflateRawSync } from "node:zlib";

const headBytes = 36;
const tailBytes = 8;
/** Names our subfield of the extra field. */
const subfield = [0x54, 0x72] as const;
const hasExtraField = 4;

export interface PieceHead {
  readonly pieceBytes: number;
  /** Microseconds; -Infinity for the first, whose first line is the trace's header. */
  readonly firstAt: number;
  /** How many facts came before it. */
  readonly firstFact: number;
}

export function gzipPiece(
  bytes: Uint8Array,
  { firstAt, firstFact }: Omit<PieceHead, "pieceBytes">,
): Uint8Array {
  const packed = deflateRawSync(bytes, { level: constants.Z_DEFAULT_COMPRESSION });
  const piece = Buffer.alloc(headBytes + packed.length + tailBytes);
  piece.set([0x1f, 0x8b, 8, hasExtraField]);
  piece[9] = 0xff;
  piece.writeUInt16LE(headBytes - 12, 10);
  piece.set(subfield, 12);
  piece.writeUInt16LE(headBytes - 16, 14);
  piece.writeUInt32LE(piece.length, 16);
  piece.writeDoubleLE(firstAt, 20);
  piece.writeDoubleLE(firstFact, 28);
  piece.set(packed, headBytes);
  piece.writeUInt32LE(crc32(bytes), headBytes + packed.length);
  piece.writeUInt32LE(bytes.length, headBytes + packed.length + 4);
  return piece;
}

/** Undefined where the bytes begin no piece of ours. */
export function pieceHead(bytes: Uint8Array): PieceHead | undefined {
  if (bytes.length < headBytes) return undefined;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, headBytes);
  const isOurs =
    head[0] === 0x1f &&
    head[1] === 0x8b &&
    (head[3] & hasExtraField) !== 0 &&
    head[12] === subfield[0] &&
    head[13] === subfield[1] &&
    head.readUInt16LE(14) === headBytes - 16;
  const pieceBytes = head.readUInt32LE(16);
  if (!isOurs || pieceBytes <= headBytes + tailBytes) return undefined;
  return { pieceBytes, firstAt: head.readDoubleLE(20), firstFact: head.readDoubleLE(28) };
}

export const pieceHeadBytes: number = headBytes;
