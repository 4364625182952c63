/** Registry requests and answers as the protobuf messages of `proto/tauring.proto`, and back. */
import {
  type RegistryAnswer,
  type RegistryChange,
  type RegistryRecord,
  type RegistryWrite,
  unreachable,
} from "../../core/index.ts";
import type { Execute } from "./registry-port.ts";

/** As proto-loader makes and takes them: a oneof's name says which of its fields is set. */
export interface RequestMessage {
  readonly request?: string;
  readonly transact?: {
    readonly compare: readonly { readonly key: string; readonly modified: number }[];
    readonly writes: readonly WriteMessage[];
  };
  readonly read?: { readonly prefix: string };
  readonly grantLease?: { readonly ttlMs: number };
  readonly keepAlive?: { readonly lease: number };
  readonly revokeLease?: { readonly lease: number };
}

interface WriteMessage {
  readonly write?: string;
  readonly put?: { readonly key: string; readonly value: string; readonly lease: number };
  readonly delete?: string;
}

export interface AnswerMessage {
  readonly answer?: string;
  readonly transacted?: { readonly succeeded: boolean; readonly revision: number };
  readonly records?: { readonly records: readonly RegistryRecord[]; readonly revision: number };
  readonly leased?: { readonly lease: number };
  readonly kept?: { readonly isAlive: boolean };
  readonly revoked?: Record<string, never>;
  readonly unavailable?: { readonly reason: string };
  readonly refused?: { readonly reason: string };
}

export interface BatchMessage {
  readonly changes: readonly ChangeMessage[];
  readonly revision: number;
}

interface ChangeMessage {
  readonly change?: string;
  readonly put?: RegistryRecord;
  readonly deleted?: { readonly key: string; readonly modified: number };
}

export function toRequestMessage(request: Execute): RequestMessage {
  switch (request.type) {
    case "transact":
      return { transact: { compare: request.compare, writes: request.writes.map(toWriteMessage) } };
    case "read":
      return { read: { prefix: request.prefix } };
    case "grant-lease":
      return { grantLease: { ttlMs: request.ttlMs } };
    case "keep-alive":
      return { keepAlive: { lease: request.lease } };
    case "revoke-lease":
      return { revokeLease: { lease: request.lease } };
    default:
      return unreachable(request);
  }
}

/** A string says what is missing. */
export function fromRequestMessage(message: RequestMessage): Execute | string {
  const { transact, read, grantLease, keepAlive, revokeLease } = message;
  if (transact) {
    const writes = transact.writes.map(fromWriteMessage);
    if (writes.includes(undefined)) return "a write is neither a put nor a delete";
    const compare = transact.compare.map(({ key, modified }) => ({ key, modified }));
    return { type: "transact", compare, writes: writes as RegistryWrite[] };
  }
  if (read) return { type: "read", prefix: read.prefix };
  if (grantLease) return { type: "grant-lease", ttlMs: grantLease.ttlMs };
  if (keepAlive) return { type: "keep-alive", lease: keepAlive.lease };
  if (revokeLease) return { type: "revoke-lease", lease: revokeLease.lease };
  return "the request is empty, or of a kind that this version does not know";
}

export function toAnswerMessage(answer: RegistryAnswer): AnswerMessage {
  switch (answer.type) {
    case "transacted":
      return { transacted: { succeeded: answer.succeeded, revision: answer.revision } };
    case "records":
      return { records: { records: answer.records, revision: answer.revision } };
    case "leased":
      return { leased: { lease: answer.lease } };
    case "kept":
      return { kept: { isAlive: answer.isAlive } };
    case "revoked":
      return { revoked: {} };
    case "unavailable":
      return { unavailable: { reason: answer.reason } };
    case "refused":
      return { refused: { reason: answer.reason } };
    case "watching":
      throw new Error("Invariant: a watch is not answered through Execute");
    default:
      return unreachable(answer);
  }
}

export function fromAnswerMessage(message: AnswerMessage): RegistryAnswer {
  const { transacted, records, leased, kept, revoked, unavailable, refused } = message;
  if (transacted) return { type: "transacted", ...transacted };
  if (records) return { type: "records", records: records.records.map(plain), revision: records.revision };
  if (leased) return { type: "leased", lease: leased.lease };
  if (kept) return { type: "kept", isAlive: kept.isAlive };
  if (revoked) return { type: "revoked" };
  if (refused) return { type: "refused", reason: refused.reason };
  return {
    type: "unavailable",
    reason: unavailable?.reason ?? "the registry gave an answer of an unknown kind",
  };
}

export function toChangeMessage(change: RegistryChange): ChangeMessage {
  if (change.type === "put") return { put: change.record };
  return { deleted: { key: change.key, modified: change.modified } };
}

/** Changes of unknown kinds are left out. */
export function fromChangeMessages(messages: readonly ChangeMessage[]): readonly RegistryChange[] {
  const changes: RegistryChange[] = [];
  for (const { put, deleted } of messages) {
    if (put) changes.push({ type: "put", record: plain(put) });
    else if (deleted) changes.push({ type: "deleted", key: deleted.key, modified: deleted.modified });
  }
  return changes;
}

function toWriteMessage(write: RegistryWrite): WriteMessage {
  if (write.type === "delete") return { delete: write.key };
  return { put: { key: write.key, value: write.value, lease: write.lease } };
}

function fromWriteMessage(message: WriteMessage): RegistryWrite | undefined {
  if (message.put) {
    const { key, value, lease } = message.put;
    return { type: "put", key, value, lease };
  }
  if (message.write === "delete") return { type: "delete", key: message.delete ?? "" };
  return undefined;
}

function plain(record: RegistryRecord): RegistryRecord {
  const { key, value, created, modified, lease } = record;
  return { key, value, created, modified, lease };
}
