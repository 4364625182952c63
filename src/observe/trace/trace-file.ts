/**
 * Trace files: JSON Lines, a header and then one fact a line, gzip when the name ends in `.gz`. 64-bit keys are decimal
 * strings, typed arrays plain lists. A file that was cut off is read up to its last whole line, and on from where a later
 * life of its node wrote another header behind it.
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import type { CheckOptions } from "../checkers/index.ts";
import type { Fact } from "../fact.ts";
import { factFields } from "./fact-fields.ts";
import { gzipPiece } from "./gzip-piece.ts";

export const traceSchema = "tauring.trace/1";

export interface TraceHeader {
  readonly schema: typeof traceSchema;
  readonly world: "sim" | "grpc";
  readonly name: string;
  /** Null over gRPC. */
  readonly seed: string | null;
  /** Hash of the model that an undisturbed run leaves, where it is known. */
  readonly referenceModel: string | null;
  /** What was run, so that it can be run again; undefined over gRPC. `path` leads to what the scenario names. */
  readonly scenario?: { readonly path: string; readonly text: string };
  /** What the run is held to, where it was said beforehand. */
  readonly limits?: CheckOptions;
  /** From when on whatever was lost is to be repaired, in microseconds; undefined: it is not known. */
  readonly settledAt?: number;
}

/** How a header is written, as its first field comes first. */
const headerBegin = `{"schema":"${traceSchema}"`;

const flushBytes = 256 * 1024;
/** Of a packed trace that is read whole: a small file may unpack to any size. */
const unpackedBytesMax = 2 ** 28;

/**
 * Writes synchronously, in large pieces, so that what a process said before it died is in the file. What the disk
 * refuses is thrown by the call that writes. Each piece of a `.gz` is a member of its own, which together are gzip and can
 * be sought in.
 */
export class TraceWriter {
  private readonly descriptor: number;
  private readonly isZipped: boolean;
  private pending: string[] = [];
  private pendingBytes = 0;
  /** When the first fact that is pending was. */
  private pendingSince = Number.NEGATIVE_INFINITY;
  private factCount = 0;
  /** How many facts were there before those that are pending. */
  private factsBefore = 0;

  constructor(path: string, header: TraceHeader) {
    this.descriptor = openSync(path, "w");
    this.isZipped = path.endsWith(".gz");
    this.line(header);
  }

  write(fact: Fact): void {
    if (this.pending.length === 0) {
      this.pendingSince = fact.at;
      this.factsBefore = this.factCount;
    }
    this.factCount++;
    this.line(fact);
  }

  flush(): void {
    if (this.pending.length === 0) return;
    const bytes = Buffer.from(this.pending.join(""));
    this.pending = [];
    this.pendingBytes = 0;
    const head = { firstAt: this.pendingSince, firstFact: this.factsBefore };
    writeAll(this.descriptor, this.isZipped ? gzipPiece(bytes, head) : bytes);
  }

  /** When it returns, everything is in the file. */
  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.descriptor);
    }
  }

  private line(value: TraceHeader | Fact): void {
    const text = `${JSON.stringify(value, plain)}\n`;
    this.pending.push(text);
    this.pendingBytes += text.length;
    if (this.pendingBytes >= flushBytes) this.flush();
  }
}

/** Numbers that JSON has no words for, and arrays that it would turn into objects. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  return value;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done);
}

export interface Trace {
  readonly header: TraceHeader;
  readonly facts: readonly Fact[];
  /** A line was cut off, the last one or that before another header. */
  readonly isPartial: boolean;
}

export type TraceRead =
  | { readonly ok: true; readonly trace: Trace }
  /** `isOther`: no trace at all was found there. */
  | { readonly ok: false; readonly reason: string; readonly isOther?: boolean };

/** Reads a whole trace file; a malformed one is refused with its line. */
export function readTrace(path: string): TraceRead {
  let text: string;
  try {
    const bytes = readFileSync(path);
    text = (
      path.endsWith(".gz")
        ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: unpackedBytesMax })
        : bytes
    ).toString("utf8");
  } catch (error) {
    return { ok: false, reason: `${path}: ${unreadable(error)}` };
  }
  return parseTrace(text, path);
}

function unreadable(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (code === "ERR_BUFFER_TOO_LARGE")
    return `unpacked it is more than ${unpackedBytesMax} bytes: unpack it, and take a part`;
  return code?.startsWith("Z_") === true
    ? `damaged, or no gzip file (${message})`
    : (message ?? String(error));
}

/** `path` is for complaints. */
export function parseTrace(text: string, path: string): TraceRead {
  const lines = text.split("\n");
  let isPartial = lines.pop() !== "";
  if (text === "") return { ok: false, reason: `${path}: the file is empty`, isOther: true };
  const header = parseLine(lines[0] ?? text);
  if (!isHeader(header)) {
    const reason = `${path}:1: found ${shown(lines[0] ?? text)}; expected a header, ${headerBegin},…}`;
    return { ok: false, reason, isOther: true };
  }
  const facts: Fact[] = [];
  for (let i = 1; i < lines.length; i++) {
    const value = parseLine(lines[i]);
    if (isHeader(value)) continue;
    if (value === undefined && isHeader(parseLine(lines[i].slice(lines[i].indexOf(headerBegin))))) {
      isPartial = true;
      continue;
    }
    if (
      !isRecord(value) ||
      typeof value.at !== "number" ||
      typeof value.node !== "string" ||
      !isRecord(value.fact) ||
      !Object.hasOwn(factFields, String(value.fact.type))
    ) {
      return {
        ok: false,
        reason: `${path}:${i + 1} is no fact: expected {at, node, fact}, and a fact of a known type`,
      };
    }
    facts.push(value as unknown as Fact);
  }
  return { ok: true, trace: { header, facts, isPartial } };
}

const shownMax = 60;

function shown(line: string): string {
  const printable = line.replace(/[^\x20-\x7e]/g, "?");
  return printable.length > shownMax ? `${printable.slice(0, shownMax)}…` : printable || "an empty line";
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is TraceHeader {
  return isRecord(value) && value.schema === traceSchema;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
