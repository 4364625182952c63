/**
 * The registry's records by key. Values are JSON text; parsers refuse anything else with a reason.
 *
 *   cluster            { id }                                  the first node to write it
 *   nodes/<id>         { incarnation, address, gone? }         each node, by compare-and-set on its own record; `gone`
 *                                                             is the manager's, comparing term/manager as well
 *   term/manager       { leader, term }                        the acting manager
 *   term/scheduler     { leader, term }                        the acting scheduler
 *   view               View                                    the manager, comparing term/manager and view
 *   job                JobSpec                                 whoever submits
 *   slots              { slots: [{ slot, worker, epoch }] }    the scheduler, comparing term/scheduler
 *   pass               { hash, record }                        the scheduler, before the pass issues its first task
 *   progress           Progress[], the newest 100 lines        the scheduler, for whoever watches
 *   result             JobResult without its model             the scheduler, at the end
 *   failure            { reason, node }                        whoever found that the job cannot go on
 */
import type { FilterSpec } from "../filters/filter-spec.ts";
import { isNodeId, type NodeId } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import { isCount, type JsonObject, parseObject, parseObjectText } from "./json.ts";

export const recordKeys = {
  cluster: "cluster",
  node: (id: string): string => `nodes/${id}`,
  nodesPrefix: "nodes/",
  term: (role: "manager" | "scheduler"): string => `term/${role}`,
  view: "view",
  job: "job",
  slots: "slots",
  pass: "pass",
  progress: "progress",
  result: "result",
  failure: "failure",
} as const;

export interface NodeRecord {
  readonly incarnation: number;
  readonly address: string;
  /** Why the cluster goes on without this incarnation: what it held is void, and only a later one is a member. */
  readonly gone?: string;
}

export interface TermRecord {
  readonly leader: string;
  readonly term: number;
}

export interface SlotsRecord {
  readonly slots: readonly { readonly slot: number; readonly worker: string; readonly epoch: number }[];
}

export interface PassRecord {
  readonly hash: string;
  readonly record: Readonly<Record<string, number | string | boolean>>;
}

export interface FailureRecord {
  readonly reason: string;
  readonly node: string;
}

export function parseNodeRecord(text: string): NodeRecord | string {
  const json = parseObjectText(text, "a node's record");
  if (typeof json === "string") return json;
  const { incarnation, address, gone } = json;
  if (!isCount(incarnation) || incarnation === 0) return "a node's incarnation is counted from 1";
  if (typeof address !== "string") return "a node's address is a text";
  if (gone === undefined) return { incarnation, address };
  if (typeof gone !== "string") return "why a node is gone is a text";
  return { incarnation, address, gone };
}

export function parseTermRecord(text: string): TermRecord | string {
  const json = parseObjectText(text, "a term");
  if (typeof json === "string") return json;
  const { leader, term } = json;
  if (!isName(leader)) return "a term's leader is a node";
  if (!isCount(term) || term === 0) return "a term is counted from 1";
  return { leader, term };
}

export function parseSlotsRecord(text: string): SlotsRecord | string {
  const json = parseObjectText(text, "the slots");
  if (typeof json === "string") return json;
  if (!Array.isArray(json.slots)) return "slots is a list";
  const slots: SlotsRecord["slots"][number][] = [];
  for (const item of json.slots as readonly unknown[]) {
    const assignment = parseObject(item, `slots[${slots.length}]`);
    if (typeof assignment === "string") return assignment;
    const { slot, worker, epoch } = assignment;
    if (!isCount(slot) || slot >= 2 ** 20) return `slots[${slots.length}].slot is an integer in [0, 2^20)`;
    if (!isName(worker)) return `slots[${slots.length}].worker is a node`;
    if (!isCount(epoch)) return `slots[${slots.length}].epoch is a count`;
    slots.push({ slot, worker, epoch });
  }
  if (new Set(slots.map(({ slot }) => slot)).size < slots.length) return "slots has each slot once";
  return { slots };
}

export function parsePassRecord(text: string): PassRecord | string {
  const json = parseObjectText(text, "the pass");
  if (typeof json === "string") return json;
  const { hash } = json;
  if (typeof hash !== "string") return "the pass's hash is a text";
  const record = parseObject(json.record, "the pass's record");
  if (typeof record === "string") return record;
  for (const [name, value] of Object.entries(record)) {
    if (!isScalar(value) || value === null) return `the pass's ${name} is a number, a text or a boolean`;
  }
  return { hash, record: record as PassRecord["record"] };
}

export function parseFailureRecord(text: string): FailureRecord | string {
  const json = parseObjectText(text, "a failure");
  if (typeof json === "string") return json;
  const { reason, node } = json;
  if (typeof reason !== "string" || typeof node !== "string") return "a failure's reason and node are texts";
  return { reason, node };
}

export function parseJobRecord(text: string): JobSpec | string {
  const json = parseObjectText(text, "the job");
  if (typeof json === "string") return json;
  const { schema, name, application, seed, slotCount, tau, source, keyMax } = json;
  if (schema !== "tauring.job/1") return "the job's schema is tauring.job/1";
  if (typeof name !== "string") return "the job's name is a text";
  if (typeof application !== "string") return "the job's application is a text";
  if (typeof seed !== "string") return "the job's seed is a text";
  if (!isCount(slotCount) || slotCount === 0 || slotCount > 2 ** 20) return "slotCount is in [1, 2^20]";
  if (tau !== null && !isCount(tau)) return "tau is a count, or null for eventual consistency";
  const pushFilters = parseFilters(json.pushFilters, "pushFilters");
  if (typeof pushFilters === "string") return pushFilters;
  const pullFilters = parseFilters(json.pullFilters, "pullFilters");
  if (typeof pullFilters === "string") return pullFilters;
  const options = parseObject(json.options, "the job's options");
  if (typeof options === "string") return options;
  const wrong = Object.keys(options).find((option) => !isScalar(options[option]));
  if (wrong !== undefined) return `option ${wrong} is a number, a text, a boolean or null`;
  if (typeof keyMax !== "string" || !/^[0-9]{1,20}$/.test(keyMax) || BigInt(keyMax) >= 1n << 64n) {
    return "keyMax is a decimal text below 2^64";
  }
  return {
    schema,
    name,
    application,
    seed,
    slotCount,
    tau,
    pushFilters,
    pullFilters,
    options: options as JobSpec["options"],
    source,
    keyMax,
  };
}

function parseFilters(json: unknown, name: string): readonly FilterSpec[] | string {
  if (!Array.isArray(json)) return `${name} is a list`;
  const filters: FilterSpec[] = [];
  for (const item of json as readonly unknown[]) {
    const object = parseObject(item, `${name}[${filters.length}]`);
    if (typeof object === "string") return object;
    const filter = parseFilter(object);
    if (typeof filter === "string") return `${name}[${filters.length}]: ${filter}`;
    filters.push(filter);
  }
  return filters;
}

function parseFilter(json: JsonObject): FilterSpec | string {
  const { kind, threshold, decay, probability, bytes } = json;
  switch (kind) {
    case "key-caching":
    case "snappy":
    case "kkt":
      return { kind };
    case "significantly-modified":
      if (!isPositiveOrZero(threshold) || !isPositiveOrZero(decay))
        return "threshold and decay are at least 0";
      return { kind, threshold, decay };
    case "random-skip":
      if (!isPositiveOrZero(probability) || probability === 0 || probability > 1) {
        return "probability is in (0, 1]";
      }
      return { kind, probability };
    case "fixed-point":
      if (bytes !== 1 && bytes !== 2 && bytes !== 3) return "bytes is 1, 2 or 3";
      return { kind, bytes };
    default:
      return `there is no filter ${JSON.stringify(kind)}`;
  }
}

function isName(json: unknown): json is NodeId {
  return typeof json === "string" && isNodeId(json);
}

function isScalar(json: unknown): boolean {
  return json === null || ["number", "string", "boolean"].includes(typeof json);
}

function isPositiveOrZero(json: unknown): json is number {
  return typeof json === "number" && json >= 0 && json < Infinity;
}
