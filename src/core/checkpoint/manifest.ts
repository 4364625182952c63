/**
 * What a checkpoint says of itself: which job, at which frontier, and which parts with which checksums. It is written when
 * every part is there, so a checkpoint without it is none.
 */
import type { Progress } from "../application.ts";
import type { JobSpec } from "../job.ts";
import { intersect, type KeyRange } from "../keys/key-range.ts";
import { hashText } from "../keys/mix.ts";
import { isCount, type JsonObject, parseObject, parseObjectText } from "../registry/json.ts";
import { parseJobRecord } from "../registry/job-record.ts";
import { parsePassRecord, parseProgressRecord, type PassRecord } from "../registry/records.ts";
import { isCheckpointName, type Written } from "./checkpoint-files.ts";
import { keyOf } from "./part.ts";

export const checkpointSchema = "tauring.checkpoint/1";
const partsMax = 2 ** 20;

export interface Manifest {
  readonly schema: typeof checkpointSchema;
  readonly name: string;
  readonly cluster: string;
  /** One more than that of the checkpoint before it. */
  readonly sequence: number;
  readonly lineage: number;
  readonly job: JobSpec;
  /** Every task below its first has finished, and none from there on has begun. */
  readonly pass: PassRecord;
  readonly progress: readonly Progress[];
  /** Those of each parameter tile its keys. */
  readonly parts: readonly ManifestPart[];
}

export interface ManifestPart extends Written {
  readonly part: string;
  /** The parameter's name. */
  readonly parameter: string;
  /** Its keys, as decimal texts. */
  readonly begin: string;
  readonly end: string;
  readonly rows: number;
}

/** Ascends with the sequence; no two that were ever made are called the same. */
export function checkpointName(made: {
  readonly sequence: number;
  readonly cluster: string;
  readonly lineage: number;
  readonly term: number;
  readonly first: number;
}): string {
  const { sequence, cluster, lineage, term, first } = made;
  const hash = hashText(cluster)[0].toString(16).padStart(8, "0");
  return `${String(sequence).padStart(6, "0")}-task-${first}-${hash}-${lineage}-${term}`;
}

/** A string says why the text is no manifest that can be read here; no text throws. */
export function parseManifest(text: string): Manifest | string {
  const json = parseObjectText(text, "the manifest");
  if (typeof json === "string") return json;
  const { schema, name, cluster, sequence, lineage } = json;
  if (schema !== checkpointSchema) return otherSchema(schema);
  if (typeof name !== "string" || !isCheckpointName(name)) return "its name is one of a checkpoint";
  if (typeof cluster !== "string") return "its cluster is a text";
  if (!isCount(sequence)) return "its sequence is a count";
  if (!isCount(lineage)) return "its lineage is a count";
  const job = parseJobRecord(JSON.stringify(json.job ?? null));
  if (typeof job === "string") return job;
  const pass = parsePassRecord(JSON.stringify(json.pass ?? null));
  if (typeof pass === "string") return pass;
  const progress = parseProgressRecord(JSON.stringify(json.progress ?? null));
  if (typeof progress === "string") return progress;
  const parts = parseParts(json.parts);
  if (typeof parts === "string") return parts;
  return { schema: checkpointSchema, name, cluster, sequence, lineage, job, pass, progress, parts };
}

/** The parts that have keys of the range, in key order; a string: they do not cover it. */
export function partsOver(
  { parts }: Manifest,
  parameter: string,
  range: KeyRange,
): readonly ManifestPart[] | string {
  const found = parts.filter((part) => part.parameter === parameter && intersect(rangeOf(part), range));
  found.sort((a, b) => (rangeOf(a).begin < rangeOf(b).begin ? -1 : 1));
  let at = range.begin;
  for (const part of found) {
    const { begin, end } = rangeOf(part);
    if (begin > at) break;
    if (end > at) at = end;
  }
  return at >= range.end ? found : `it has no part with key ${at} of ${parameter}`;
}

/** Why the checkpoint is of another job than this one. */
export function refuseJob({ job: saved }: Manifest, job: JobSpec): string | undefined {
  for (const field of sameFields) {
    const [had, has] = [saved[field], job[field]].map((value) => JSON.stringify(sorted(value)));
    if (had !== has) return field === "options" ? otherOption(saved, job) : otherwise(field, had, has);
  }
  return undefined;
}

/** Which option it is, of many that are the same. */
function otherOption({ options: saved }: JobSpec, { options }: JobSpec): string {
  for (const name of Object.keys({ ...saved, ...options }).sort()) {
    const [had, has] = [saved[name], options[name]].map((value) => JSON.stringify(value) ?? "not given");
    if (had !== has) return otherwise(name, had, has);
  }
  return "it is of a job with other options";
}

function otherwise(field: string, had: string, has: string): string {
  return `it is of a job whose ${field} is ${had}; this one's is ${has}`;
}

/** Where the data is may change, and how often the job is saved. */
const sameFields = [
  "application",
  "seed",
  "slotCount",
  "tau",
  "keyMax",
  "options",
  "pushFilters",
  "pullFilters",
] as const satisfies readonly (keyof JobSpec)[];

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function rangeOf({ begin, end }: ManifestPart): KeyRange {
  return { begin: BigInt(begin), end: BigInt(end) };
}

function parseParts(json: unknown): readonly ManifestPart[] | string {
  if (!Array.isArray(json) || json.length > partsMax) return `its parts are a list of at most ${partsMax}`;
  const parts: ManifestPart[] = [];
  for (const item of json as readonly unknown[]) {
    const name = `parts[${parts.length}]`;
    const object = parseObject(item, name);
    const part = typeof object === "string" ? object : parsePart(object);
    if (typeof part === "string") return `${name}: ${part}`;
    parts.push(part);
  }
  return parts;
}

function parsePart({ part, parameter, begin, end, rows, bytes, sha256 }: JsonObject): ManifestPart | string {
  if (typeof part !== "string" || !isCheckpointName(part)) return "part is the name of one";
  if (typeof parameter !== "string") return "parameter is a text";
  const ends = [keyOf(begin), keyOf(end)];
  if (ends[0] === undefined || ends[1] === undefined || ends[0] > ends[1])
    return "begin and end are keys in order";
  if (!isCount(rows) || !isCount(bytes)) return "rows and bytes are counts";
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return "sha256 is 64 hexadecimal digits";
  return { part, parameter, begin: String(ends[0]), end: String(ends[1]), rows, bytes, sha256 };
}

function otherSchema(schema: unknown): string {
  const written = typeof schema === "string" ? schema : JSON.stringify(schema);
  const version = typeof schema === "string" ? /^tauring\.checkpoint\/([0-9]+)$/.exec(schema) : null;
  if (version === null) return `it is no checkpoint: its schema is ${written}, not ${checkpointSchema}`;
  return `it is ${written}, made by a newer tauring; this one reads ${checkpointSchema}: a newer tauring would do`;
}
