/**
 * Writes what a node was told and what it did: an entry per step, so that the same core, told the same again, can be
 * held to the same effects byte for byte.
 *
 *   <length, 4 bytes little-endian> <crc32, 4 bytes> <structured clone of a RecordingHeader or a RecordedStep>
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { type Effect, type Event, type Micros, type NodeOptions, assert } from "../../core/index.ts";
import { canonicalBytes } from "./canonical-bytes.ts";

export const recordingSchema = "tauring.recording/1";

export interface RecordingHeader {
  readonly schema: typeof recordingSchema;
  readonly options: NodeOptions;
}

export interface RecordedStep {
  /** A structured clone of what the node was told, made before the step: core owns it afterwards. */
  readonly told: Uint8Array;
  /** Each effect's canonical bytes. */
  readonly effects: readonly Uint8Array[];
}

export interface Told {
  readonly event: Event;
  readonly now: Micros;
}

export const entryHeadBytes = 8;
/** Entries are gathered up to this size before they are written. */
const gatherBytes = 1024 * 1024;

export class Recorder {
  private readonly file: number;
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private told: Uint8Array | undefined = undefined;

  constructor(path: string, options: NodeOptions) {
    this.file = openSync(path, "w");
    const header: RecordingHeader = { schema: recordingSchema, options };
    this.write(header);
  }

  before(event: Event, now: Micros): void {
    const told: Told = { event, now };
    this.told = serialize(told);
  }

  after(effects: readonly Effect[]): void {
    assert(this.told !== undefined, "a step is told before it is done");
    this.write({ told: this.told, effects: effects.map(canonicalBytes) });
    this.told = undefined;
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private write(entry: RecordingHeader | RecordedStep): void {
    const content = serialize(entry);
    const head = Buffer.alloc(entryHeadBytes);
    head.writeUInt32LE(content.length, 0);
    head.writeUInt32LE(crc32(content), 4);
    this.gathered.push(head, content);
    this.gatheredBytes += entryHeadBytes + content.length;
    if (this.gatheredBytes >= gatherBytes) this.flush();
  }

  private flush(): void {
    const bytes = Buffer.concat(this.gathered);
    this.gathered = [];
    this.gatheredBytes = 0;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
  }
}
