/**
 * Trace files: JSON Lines, a header and then one fact a line, gzip when the name ends in `.gz`. 64-bit keys are decimal
 * strings, typed arrays plain lists. A file that was cut off is read up to its last whole line.
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import type { Fact } from "../fact.ts";
import { factTypes } from "./fact-types.ts";

export const traceSchema = "tauring.trace/1";

export interface TraceHeader {
  readonly schema: typeof traceSchema;
  readonly world: "sim" | "grpc";
  readonly name: string;
  /** Null over gRPC. */
  readonly seed: string | null;
  /** Hash of the model that an undisturbed run leaves, where it is known. */
  readonly referenceModel: string | null;
}

const flushBytes = 256 * 1024;

/**
 * Writes synchronously, in large pieces, so that what a process said before it died is in the file. What the disk
 * refuses is thrown by the call that writes. Each piece of a `.gz` is a member of its own, which together are gzip.
 */
export class TraceWriter {
  private readonly descriptor: number;
  private readonly isZipped: boolean;
  private pending: string[] = [];
  private pendingBytes = 0;

  constructor(path: string, header: TraceHeader) {
    this.descriptor = openSync(path, "w");
    this.isZipped = path.endsWith(".gz");
    this.line(header);
  }

  write(fact: Fact): void {
    this.line(fact);
  }

  flush(): void {
    if (this.pending.length === 0) return;
    const bytes = Buffer.from(this.pending.join(""));
    this.pending = [];
    this.pendingBytes = 0;
    writeAll(this.descriptor, this.isZipped ? gzipSync(bytes) : bytes);
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
  /** The last line was cut off. */
  readonly isPartial: boolean;
}

export type TraceRead =
  | { readonly ok: true; readonly trace: Trace }
  | { readonly ok: false; readonly reason: string };

/** Reads a whole trace file; a malformed one is refused with its line. */
export function readTrace(path: string): TraceRead {
  let text: string;
  try {
    const bytes = readFileSync(path);
    text = (
      path.endsWith(".gz") ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes
    ).toString("utf8");
  } catch (error) {
    return { ok: false, reason: `${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
  const lines = text.split("\n");
  const isPartial = lines.pop() !== "";
  const header = parseLine(lines[0] ?? "");
  if (!isRecord(header) || header.schema !== traceSchema) {
    return { ok: false, reason: `${path}:1 is no ${traceSchema} header` };
  }
  const facts: Fact[] = [];
  for (let i = 1; i < lines.length; i++) {
    const value = parseLine(lines[i]);
    if (
      !isRecord(value) ||
      typeof value.at !== "number" ||
      typeof value.node !== "string" ||
      !isRecord(value.fact) ||
      !Object.hasOwn(factTypes, String(value.fact.type))
    ) {
      return {
        ok: false,
        reason: `${path}:${i + 1} is no fact: expected {at, node, fact}, and a fact of a known type`,
      };
    }
    facts.push(value as unknown as Fact);
  }
  return { ok: true, trace: { header: header as unknown as TraceHeader, facts, isPartial } };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The facts of several nodes' files as one stream, by time, and in file order within equal times. A node that was killed
 * says nothing more, and what others say afterwards cannot be judged without it: the stream ends with the first such
 * node's last words.
 */
export function mergeTraces(traces: readonly Trace[]): readonly Fact[] {
  const end = traces.length === 1 ? Number.POSITIVE_INFINITY : Math.min(...traces.map(lastTold));
  const facts = traces.flatMap((trace) => trace.facts).filter(({ at }) => at <= end);
  return facts
    .map((fact, order) => ({ fact, order }))
    .sort((a, b) => a.fact.at - b.fact.at || a.order - b.order)
    .map(({ fact }) => fact);
}

/** Up to when the trace tells everything: for ever, where its node said that it stopped. */
function lastTold({ facts }: Trace): number {
  if (facts.some(({ fact }) => fact.type === "node-stopped")) return Number.POSITIVE_INFINITY;
  return facts.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
}
