/** The facts of some time out of a trace file, without reading what comes before and after. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Fact } from "../fact.ts";
import { type PieceHead, pieceHead, pieceHeadBytes } from "./gzip-piece.ts";
import { originOf, type Place } from "./moments.ts";
import { parseTrace, type TraceHeader } from "./trace-file.ts";

export interface PartRead {
  readonly header: TraceHeader;
  readonly origin: number;
  readonly facts: readonly NumberedFact[];
}

export interface NumberedFact {
  readonly number: number;
  readonly fact: Fact;
}

/**
 * Facts from one place to another, both included; undefined where the file has no index (it is not zipped, was cut off, or
 * was written by another tool), its times go back, or it cannot be read.
 */
export function readTraceBetween(path: string, from: Place, to: Place): PartRead | undefined {
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
    return partOf(pieces, { from, to }, (piece) => unpacked(descriptor, piece), path);
  } catch {
    // A piece that does not unpack: whoever reads the whole file is told what is wrong with it.
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

interface Bounds {
  readonly from: Place;
  readonly to: Place;
}

/** The first piece has the header and the origin; of the others those that the bounds meet. */
function partOf(
  [first, ...others]: readonly Piece[],
  { from, to }: Bounds,
  text: (piece: Piece) => string,
  path: string,
): PartRead | undefined {
  const begin = first === undefined ? undefined : parseTrace(text(first), path);
  if (begin?.ok !== true || begin.trace.facts.length === 0) return undefined;
  const { header, facts: firstFacts } = begin.trace;
  const origin = originOf([header], firstFacts);
  // A piece may begin in the middle of an instant: the one before it is read too.
  const before = others.findLastIndex((piece) => isBefore(piece, from, origin));
  const wanted = others.filter((piece, i) => i >= before && (!isAfter(piece, to, origin) || i === before));
  const read = parseTrace([first, ...wanted].map(text).join(""), path);
  if (!read.ok) return undefined;
  const later = (wanted[0]?.firstFact ?? 0) - firstFacts.length;
  const facts = read.trace.facts.map((fact, i) => ({
    number: i < firstFacts.length ? i : i + later,
    fact,
  }));
  return { header, origin, facts: facts.filter((one) => isBetween(one, { from, to }, origin)) };
}

/** Both included. */
export function isBetween(
  { number, fact: { at } }: NumberedFact,
  { from, to }: Bounds,
  origin: number,
): boolean {
  const isFrom = "fact" in from ? number >= from.fact : at >= origin + from.micros;
  return isFrom && ("fact" in to ? number <= to.fact : at <= origin + to.micros);
}

const isBefore = ({ firstAt, firstFact }: Piece, place: Place, origin: number): boolean =>
  "fact" in place ? firstFact < place.fact : firstAt < origin + place.micros;
const isAfter = ({ firstAt, firstFact }: Piece, place: Place, origin: number): boolean =>
  "fact" in place ? firstFact > place.fact : firstAt > origin + place.micros;

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
  return pieces.every(({ firstAt, firstFact }, i) => {
    const before = pieces[i - 1];
    return before === undefined || (firstAt >= before.firstAt && firstFact >= before.firstFact);
  });
}

function unpacked(descriptor: number, { offset, pieceBytes }: Piece): string {
  const bytes = Buffer.alloc(pieceBytes);
  readSync(descriptor, bytes, 0, pieceBytes, offset);
  return gunzipSync(bytes, { maxOutputLength: pieceUnpackedBytesMax }).toString("utf8");
}
