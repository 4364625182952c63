/** The facts of some time out of a trace file, without reading what comes before and after. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type PieceHead, pieceHead, pieceHeadBytes } from "./gzip-piece.ts";
import { parseTrace, type TraceRead } from "./trace-file.ts";

/**
 * Facts from one time to another, both included, in microseconds since the first fact, and that fact; undefined where the
 * file has no index (it is not zipped, was cut off, or was written by another tool) or its times go back.
 */
export function readTraceBetween(path: string, from: number, to: number): TraceRead | undefined {
  if (!path.endsWith(".gz")) return undefined;
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const pieces = indexOf(descriptor);
    if (pieces === undefined || !isAscending(pieces)) return undefined;
    const [first, ...others] = pieces;
    const begin = first === undefined ? undefined : parseTrace(unpacked(descriptor, first), path);
    if (begin === undefined || !begin.ok || begin.trace.facts.length === 0) return undefined;
    const start = begin.trace.facts[0].at;
    // A piece may begin in the middle of an instant: the one before it is read too.
    const before = others.findLastIndex(({ firstAt }) => firstAt < start + from);
    const wanted = others.filter(({ firstAt }, i) => i >= before && (firstAt <= start + to || i === before));
    const read = parseTrace([first, ...wanted].map((piece) => unpacked(descriptor, piece)).join(""), path);
    if (!read.ok) return read;
    const { facts } = read.trace;
    const isAsked = (at: number): boolean => at >= start + from && at <= start + to;
    return { ok: true, trace: { ...read.trace, facts: facts.filter(({ at }, i) => i === 0 || isAsked(at)) } };
  } catch {
    // A piece that does not unpack: whoever reads the whole file is told what is wrong with it.
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** A piece is closed soon after 256 KiB; one fact may be long. */
const pieceUnpackedBytesMax = 2 ** 26;

interface Piece extends PieceHead {
  readonly offset: number;
}

function indexOf(descriptor: number): readonly Piece[] | undefined {
  const { size } = fstatSync(descriptor);
  const pieces: Piece[] = [];
  const bytes = Buffer.alloc(pieceHeadBytes);
  for (let offset = 0; offset < size; ) {
    const count = readSync(descriptor, bytes, 0, pieceHeadBytes, offset);
    const head = pieceHead(bytes.subarray(0, count));
    if (head === undefined || offset + head.pieceBytes > size) return undefined;
    pieces.push({ ...head, offset });
    offset += head.pieceBytes;
  }
  return pieces;
}

function isAscending(pieces: readonly Piece[]): boolean {
  return pieces.every(({ firstAt }, i) => i === 0 || firstAt >= pieces[i - 1].firstAt);
}

function unpacked(descriptor: number, { offset, pieceBytes }: Piece): string {
  const bytes = Buffer.alloc(pieceBytes);
  readSync(descriptor, bytes, 0, pieceBytes, offset);
  return gunzipSync(bytes, { maxOutputLength: pieceUnpackedBytesMax }).toString("utf8");
}
