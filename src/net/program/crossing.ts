/**
 * How steps and replies cross between threads: what core made for the program is handed over without a copy, and key
 * lists go by their hash after the first time.
 */
import {
  type KeyList,
  type ProgramInput,
  type ProgramReply,
  type ProgramRequest,
  type ProgramStep,
  assert,
} from "../../core/index.ts";
import type { KeyListMemory } from "./key-list-memory.ts";

/** A list by value or, once it is known over there, by name alone. */
interface CrossingKeys {
  readonly hash: string;
  readonly pairs: Uint32Array | undefined;
}

type Pull = Extract<ProgramRequest, { readonly type: "pull" }>;
type Push = Extract<ProgramRequest, { readonly type: "push" }>;

export type CrossingRequest =
  | (Omit<Pull, "keys"> & { readonly keys: CrossingKeys })
  | (Omit<Push, "keys"> & { readonly keys: CrossingKeys })
  | Exclude<ProgramRequest, { readonly type: "pull" | "push" | "all" }>
  | { readonly type: "all"; readonly requests: readonly CrossingRequest[] };

export type CrossingStep =
  | Exclude<ProgramStep, { readonly type: "requested" }>
  | { readonly type: "requested"; readonly request: CrossingRequest; readonly work: number };

/** Something ready to be posted, and the memory that goes with it. */
export interface Crossing<T> {
  readonly content: T;
  readonly transfer: ArrayBuffer[];
}

export function packStep(step: ProgramStep, memory: KeyListMemory): Crossing<CrossingStep> {
  const transfer: ArrayBuffer[] = [];
  if (step.type !== "requested") return { content: step, transfer };
  const request = packRequest(step.request, memory, transfer);
  return { content: { type: "requested", request, work: step.work }, transfer };
}

export function unpackStep(step: CrossingStep, memory: KeyListMemory): ProgramStep {
  if (step.type !== "requested") return step;
  return { type: "requested", request: unpackRequest(step.request, memory), work: step.work };
}

/** The values of a reply go away with it: core made them for the program and keeps none. */
export function packInput(input: ProgramInput): Crossing<ProgramInput> {
  const transfer: ArrayBuffer[] = [];
  if (input.type === "begin") return { content: input, transfer };
  return { content: { type: "reply", reply: packReply(input.reply, transfer) }, transfer };
}

function packReply(reply: ProgramReply, transfer: ArrayBuffer[]): ProgramReply {
  switch (reply.type) {
    case "pulled": {
      const present = reply.present === undefined ? undefined : handOver(reply.present, transfer);
      return { type: "pulled", values: handOver(reply.values, transfer), present };
    }
    case "pulled-range":
      return {
        type: "pulled-range",
        keys: handOver(reply.keys, transfer),
        values: handOver(reply.values, transfer),
      };
    case "all":
      return { type: "all", replies: reply.replies.map((each) => packReply(each, transfer)) };
    case "called":
      return { ...reply, results: reply.results.map((result) => result.slice()) };
    default:
      return reply;
  }
}

function packRequest(
  request: ProgramRequest,
  memory: KeyListMemory,
  transfer: ArrayBuffer[],
): CrossingRequest {
  switch (request.type) {
    case "pull":
      return { ...request, keys: packKeys(request.keys, memory) };
    case "push":
      return {
        ...request,
        keys: packKeys(request.keys, memory),
        // Copies: the program may go on reading what it pushed, as it may where it runs on the event loop.
        values: handOver(request.values.slice(), transfer),
        active: request.active?.slice(),
      };
    case "all":
      return { type: "all", requests: request.requests.map((each) => packRequest(each, memory, transfer)) };
    default:
      return request;
  }
}

function unpackRequest(request: CrossingRequest, memory: KeyListMemory): ProgramRequest {
  switch (request.type) {
    case "pull":
      return { ...request, keys: unpackKeys(request.keys, memory) };
    case "push":
      return { ...request, keys: unpackKeys(request.keys, memory) };
    case "all":
      return { type: "all", requests: request.requests.map((each) => unpackRequest(each, memory)) };
    default:
      return request;
  }
}

/** The program keeps its list: the first time a copy crosses. */
function packKeys(keys: KeyList, memory: KeyListMemory): CrossingKeys {
  if (memory.get(keys.hash) !== undefined) return { hash: keys.hash, pairs: undefined };
  memory.add(keys);
  return { hash: keys.hash, pairs: keys.pairs.slice() };
}

function unpackKeys(keys: CrossingKeys, memory: KeyListMemory): KeyList {
  if (keys.pairs !== undefined) memory.add({ hash: keys.hash, pairs: keys.pairs });
  const list = memory.get(keys.hash);
  assert(list !== undefined, `key list ${keys.hash} crossed before it was named`);
  return list;
}

/** An array that is all of its memory moves; a part of something larger is copied out first. */
function handOver<T extends Float32Array | Float64Array | Uint32Array | Uint8Array>(
  array: T,
  transfer: ArrayBuffer[],
): T {
  const isWhole = array.byteLength === array.buffer.byteLength && array.buffer instanceof ArrayBuffer;
  const own = isWhole ? array : (array.slice() as T);
  const buffer = own.buffer as ArrayBuffer;
  if (!transfer.includes(buffer)) transfer.push(buffer);
  return own;
}
