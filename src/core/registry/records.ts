/**
 * The registry's records by key. Values are JSON text; parsers refuse anything else with a reason.
 *
 *   cluster            { id, protocol }                        the first node to write it
 *   nodes/<id>         { incarnation, address, gone?, isDecommissioned? }
 *                                                             each node, by compare-and-set on its own record; `gone`
 *                                                             is the manager's, comparing term/manager as well
 *   term/manager       { leader, incarnation, term }           the acting manager
 *   term/scheduler     { leader, incarnation, term }           the acting scheduler
 *   view               View                                    the manager, comparing term/manager and view
 *   lineage            { lineage, view, checkpoint, first, reason }
 *                                                             the manager with the view that rolls the job back; what a scheduler
 *                                                             writes compares it, and what is older is of another lineage
 *   job                JobSpec                                 whoever submits
 *   slots              { slots: [{ slot, worker, incarnation, epoch, isLeaving? }] }
 *                                                             the scheduler, comparing term/scheduler
 *   pass               { hash, first, tau, record, dropped? }  the scheduler, before the pass issues its first task
 *   progress           Progress[], the newest 100 lines        the scheduler, for whoever watches
 *   checkpoint         { name, sequence, first, answers, older }
 *                                                             the scheduler, comparing the record itself as well
 *   checkpoint-wanted  { id }                                  whoever wants a checkpoint now
 *   checkpoint-failed  { id, checkpoint, reason }              the scheduler, where the one that was wanted could not be saved
 *   result             JobResult without its model             the scheduler, at the end
 *   failure            { reason, node }                        whoever found that the job cannot go on
 */
import type { Progress } from "../application.ts";
import { isNodeId, type NodeId, nodeId } from "../ids.ts";
import { isCheckpointName } from "../checkpoint/checkpoint-files.ts";
import { isCount, isScalar, parseObject, parseObjectText } from "./json.ts";

export const recordKeys = {
  cluster: "cluster",
  node: (id: string): string => `nodes/${id}`,
  nodesPrefix: "nodes/",
  term: (role: "manager" | "scheduler"): string => (role === "manager" ? "term/manager" : "term/scheduler"),
  view: "view",
  lineage: "lineage",
  job: "job",
  slots: "slots",
  pass: "pass",
  progress: "progress",
  checkpoint: "checkpoint",
  checkpointWanted: "checkpoint-wanted",
  checkpointFailed: "checkpoint-failed",
  result: "result",
  failure: "failure",
} as const;

/** Why a node is gone that was asked to leave, once others have what it held. */
export const leftReason: string = "left, as it was asked to";

export interface NodeRecord {
  readonly incarnation: number;
  readonly address: string;
  /** Why the cluster goes on without this incarnation: what it held is void, and only a later one is a member. */
  readonly gone?: string;
  /** For good: nobody may come back under this name. */
  readonly isDecommissioned?: true;
}

export interface TermRecord {
  readonly leader: string;
  /** Of the leader: once a later one is a member, or none is, the term may be taken. */
  readonly incarnation?: number;
  readonly term: number;
}

export interface SlotsRecord {
  readonly slots: readonly SlotAssignment[];
}

export interface SlotAssignment {
  readonly slot: number;
  readonly worker: NodeId;
  /** A later one of the same name is a newcomer. */
  readonly incarnation: number;
  /** Grows with each new holder. */
  readonly epoch: number;
  /** It has no task from the next pass on. */
  readonly isLeaving?: boolean;
}

export interface PassRecord {
  /** Of the record. */
  readonly hash: string;
  /** Time of the pass's first task: every one below has finished. */
  readonly first: number;
  /** Slots without a task in this pass, and in every later one; undefined: none. */
  readonly dropped?: readonly number[];
  /** The job's delay as the pass begins. */
  readonly tau: number | null;
  /** What the schedule makes the pass's tasks from, and goes on from where another scheduler takes over. */
  readonly record: Readonly<Record<string, number | string | boolean>>;
}

/** The newest checkpoint: it exists because this record names it. */
export interface CheckpointRecord {
  readonly name: string;
  readonly sequence: number;
  readonly first: number;
  /** The newest `checkpoint-wanted` that it answers; empty: none. */
  readonly answers: string;
  /** Those before it that are kept, the newest first. */
  readonly older: readonly string[];
}

/** The checkpoint that was wanted is tried again as the next pass begins. */
export interface CheckpointFailedRecord {
  /** Of `checkpoint-wanted`. */
  readonly id: string;
  readonly checkpoint: string;
  /** Begins with the node that could not do its part. */
  readonly reason: string;
}

export interface FailureRecord {
  readonly reason: string;
  readonly node: string;
}

const progressFields = [
  "pass",
  "elapsedMicros",
  "objective",
  "nonzeros",
  "sentBytes",
  "filteredShare",
] as const satisfies readonly (keyof Progress)[];

export function parseNodeRecord(text: string): NodeRecord | string {
  const json = parseObjectText(text, "a node's record");
  if (typeof json === "string") return json;
  const { incarnation, address, gone, isDecommissioned } = json;
  if (!isCount(incarnation) || incarnation === 0) return "a node's incarnation is counted from 1";
  if (typeof address !== "string") return "a node's address is a text";
  if (gone === undefined) return { incarnation, address };
  if (typeof gone !== "string") return "why a node is gone is a text";
  if (isDecommissioned === undefined) return { incarnation, address, gone };
  if (isDecommissioned !== true) return "a node is decommissioned, or that is not said";
  return { incarnation, address, gone, isDecommissioned };
}

export function parseTermRecord(text: string): TermRecord | string {
  const json = parseObjectText(text, "a term");
  if (typeof json === "string") return json;
  const { leader, incarnation, term } = json;
  if (!isName(leader)) return "a term's leader is a node";
  if (!isCount(term) || term === 0) return "a term is counted from 1";
  if (incarnation === undefined) return { leader, term };
  if (!isCount(incarnation)) return "a leader's incarnation is a count";
  return { leader, incarnation, term };
}

export function parseSlotsRecord(text: string): SlotsRecord | string {
  const json = parseObjectText(text, "the slots");
  if (typeof json === "string") return json;
  if (!Array.isArray(json.slots)) return "slots is a list";
  const slots: SlotAssignment[] = [];
  for (const item of json.slots as readonly unknown[]) {
    const assignment = parseObject(item, `slots[${slots.length}]`);
    if (typeof assignment === "string") return assignment;
    const { slot, worker, incarnation, epoch } = assignment;
    if (!isCount(slot) || slot >= 2 ** 20) return `slots[${slots.length}].slot is an integer in [0, 2^20)`;
    if (!isName(worker)) return `slots[${slots.length}].worker is a node`;
    if (!isCount(incarnation)) return `slots[${slots.length}].incarnation is a count`;
    if (!isCount(epoch)) return `slots[${slots.length}].epoch is a count`;
    if (assignment.isLeaving !== undefined && assignment.isLeaving !== true)
      return `slots[${slots.length}].isLeaving is true where it is given`;
    slots.push({
      slot,
      worker: nodeId(worker),
      incarnation,
      epoch,
      ...(assignment.isLeaving === true && { isLeaving: true }),
    });
  }
  if (new Set(slots.map(({ slot }) => slot)).size < slots.length) return "slots has each slot once";
  return { slots };
}

export function parsePassRecord(text: string): PassRecord | string {
  const json = parseObjectText(text, "the pass");
  if (typeof json === "string") return json;
  const { hash, first, tau } = json;
  if (typeof hash !== "string") return "the pass's hash is a text";
  if (!isCount(first)) return "the pass's first is a time";
  if (tau !== null && !isCount(tau)) return "the pass's tau is a count, or null";
  const record = parseObject(json.record, "the pass's record");
  if (typeof record === "string") return record;
  for (const [name, value] of Object.entries(record)) {
    if (!isScalar(value) || value === null) return `the pass's ${name} is a number, a text or a boolean`;
  }
  const pass = { hash, first, tau, record: record as PassRecord["record"] };
  const { dropped } = json;
  if (dropped === undefined) return pass;
  if (!Array.isArray(dropped) || !dropped.every(isCount)) return "the pass's dropped are slots";
  return { ...pass, dropped };
}

export function parseCheckpointRecord(text: string): CheckpointRecord | string {
  const json = parseObjectText(text, "the checkpoint");
  if (typeof json === "string") return json;
  const { name, sequence, first, answers, older } = json;
  const isNamed = (item: unknown): item is string => typeof item === "string" && isCheckpointName(item);
  if (!isNamed(name)) return "the checkpoint's name is one";
  if (!isCount(sequence)) return "the checkpoint's sequence is a count";
  if (!isCount(first)) return "the checkpoint's first is a time";
  if (typeof answers !== "string") return "what the checkpoint answers is a text";
  if (!Array.isArray(older) || !older.every(isNamed)) return "the older checkpoints are names";
  return { name, sequence, first, answers, older };
}

/** What asked for a checkpoint; empty: it cannot be read. */
export function parseCheckpointWanted(text: string): string {
  const json = parseObjectText(text, "what is wanted");
  return typeof json === "object" && typeof json.id === "string" ? json.id : "";
}

export function parseCheckpointFailed(text: string): CheckpointFailedRecord | string {
  const json = parseObjectText(text, "a checkpoint's failure");
  if (typeof json === "string") return json;
  const { id, checkpoint, reason } = json;
  if (typeof id !== "string" || typeof checkpoint !== "string" || typeof reason !== "string")
    return "the id, checkpoint and reason of a checkpoint's failure are texts";
  return { id, checkpoint, reason };
}

export function parseProgressRecord(text: string): readonly Progress[] | string {
  const json = parseObjectText(`{"lines":${text}}`, "the progress");
  if (typeof json === "string") return json;
  if (!Array.isArray(json.lines)) return "the progress is a list";
  const lines: Progress[] = [];
  for (const item of json.lines as readonly unknown[]) {
    const line = parseObject(item, `progress[${lines.length}]`);
    if (typeof line === "string") return line;
    const wrong = progressFields.find((field) => typeof line[field] !== "number");
    if (wrong !== undefined) return `progress[${lines.length}].${wrong} is a number`;
    lines.push(
      Object.fromEntries(progressFields.map((field) => [field, line[field]])) as unknown as Progress,
    );
  }
  return lines;
}

export function parseFailureRecord(text: string): FailureRecord | string {
  const json = parseObjectText(text, "a failure");
  if (typeof json === "string") return json;
  const { reason, node } = json;
  if (typeof reason !== "string" || typeof node !== "string") return "a failure's reason and node are texts";
  return { reason, node };
}

function isName(json: unknown): json is NodeId {
  return typeof json === "string" && isNodeId(json);
}
