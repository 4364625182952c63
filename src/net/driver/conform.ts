/** Feeds a recording to a fresh node and compares its effects byte for byte: it is the same core, or it is not. */
import { readFileSync } from "node:fs";
import { deserialize } from "node:v8";
import { crc32 } from "node:zlib";
import type { Effect, Node, NodeOptions } from "../../core/index.ts";
import { canonicalBytes } from "./canonical-bytes.ts";
import {
  type RecordedStep,
  type RecordingHeader,
  type Told,
  entryHeadBytes,
  recordingSchema,
} from "./recorder.ts";

export type Conformance =
  | {
      readonly ok: true;
      readonly node: string;
      readonly stepCount: number;
      readonly effectCount: number;
      /** The recording was cut short: it ends before the node stopped. */
      readonly isPartial: boolean;
    }
  /** `isReadable`: the node did something else; otherwise the file is no recording. */
  | { readonly ok: false; readonly isReadable: boolean; readonly reason: string };

export interface Recording {
  readonly options: NodeOptions;
  readonly steps: readonly RecordedStep[];
}

/** `makeNode` makes a node as the recorded one was made. */
export function conform(path: string, makeNode: (options: NodeOptions) => Node): Conformance {
  const recording = readRecording(path);
  if (typeof recording === "string") return { ok: false, isReadable: false, reason: recording };
  const { options, steps } = recording;
  const node = makeNode(options);
  let effectCount = 0;
  let hasStopped = false;
  for (let i = 0; i < steps.length; i++) {
    const { event, now } = deserialize(steps[i].told) as Told;
    const effects = node.step(event, now);
    const difference = firstDifference(effects, steps[i]);
    if (difference !== undefined) {
      const reason = `${options.id}, step ${i} (${event.type} at ${now} us): ${difference}`;
      return { ok: false, isReadable: true, reason };
    }
    effectCount += effects.length;
    hasStopped ||= effects.some(({ type }) => type === "stopped" || type === "evicted");
  }
  return { ok: true, node: options.id, stepCount: steps.length, effectCount, isPartial: !hasStopped };
}

/** A file that ends within an entry, because its process was killed, is read up to there. A string: it is none. */
export function readRecording(path: string): Recording | string {
  const bytes = readFileSync(path);
  if (bytes.length === 0)
    return `${path} is no recording: it is empty, as a node leaves it that is killed early`;
  const entries: unknown[] = [];
  for (let at = 0; at + entryHeadBytes <= bytes.length; ) {
    const size = bytes.readUInt32LE(at);
    const content = bytes.subarray(at + entryHeadBytes, at + entryHeadBytes + size);
    if (content.length < size) break;
    if (crc32(content) !== bytes.readUInt32LE(at + 4)) return `${path} is damaged at byte ${at}`;
    entries.push(deserialize(content));
    at += entryHeadBytes + size;
  }
  const header = entries[0] as Partial<RecordingHeader> | undefined;
  if (header?.schema !== recordingSchema || header.options === undefined) {
    return `${path} is no recording: it does not begin with the schema ${recordingSchema}`;
  }
  return { options: header.options, steps: entries.slice(1) as RecordedStep[] };
}

function firstDifference(effects: readonly Effect[], step: RecordedStep): string | undefined {
  const recorded = step.effects;
  for (let i = 0; i < Math.min(effects.length, recorded.length); i++) {
    if (Buffer.compare(canonicalBytes(effects[i]), recorded[i]) !== 0) {
      return `effect ${i}, a ${effects[i].type}, is not the recorded one`;
    }
  }
  if (effects.length === recorded.length) return undefined;
  return `it has ${effects.length} effects, and was recorded to have ${recorded.length}`;
}
