/** What a scheduler that is gone has left in the registry for the next one: its slots, its pass, and the progress that it told. */
import type { Progress } from "../application.ts";
import type { JobSpec } from "../job.ts";
import { lineageSince } from "../registry/lineage-record.ts";
import {
  parsePassRecord,
  parseProgressRecord,
  parseSlotsRecord,
  type PassRecord,
  recordKeys,
} from "../registry/records.ts";
import type { Shell } from "../shell.ts";
import { SlotHolders } from "./slot-holders.ts";

export interface Inheritance {
  /** Slots are given out anew: the record is of the lineage before. */
  readonly isRenewed: boolean;
  readonly holders: SlotHolders;
  /** Undefined: none had begun. */
  readonly pass: PassRecord | undefined;
  readonly progress: readonly Progress[];
}

/** The reason where a record is not what its key promises. */
export function readInheritance(shell: Shell, job: JobSpec): Inheritance | string {
  const slots = read(shell, recordKeys.slots, parseSlotsRecord);
  if (slots === undefined || typeof slots === "string") return slots ?? "no slots were assigned";
  const holders = SlotHolders.adopt(shell, job, slots);
  if (typeof holders === "string") return inRegistry(recordKeys.slots, holders);
  const since = lineageSince(shell);
  const isVoid = (key: string): boolean => (shell.record(key)?.modified ?? 0) < since;
  // Epochs go on from lineage to lineage, and everything else begins anew.
  const isRenewed = isVoid(recordKeys.slots);
  if (isRenewed) holders.renew();
  if (isVoid(recordKeys.pass)) return { isRenewed, holders, pass: undefined, progress: [] };
  const pass = read(shell, recordKeys.pass, parsePassRecord);
  if (typeof pass === "string") return pass;
  const progress = read(shell, recordKeys.progress, parseProgressRecord) ?? [];
  if (typeof progress === "string") return progress;
  return { isRenewed, holders, pass, progress };
}

/** A scheduler that took over goes on with the very pass; undefined: it does. */
export function refuseOtherPass(inherited: PassRecord, pass: PassRecord): string | undefined {
  if (inherited.hash === pass.hash) return undefined;
  const [wanted, begun] = [inherited, pass].map(({ record }) => JSON.stringify(record));
  return `the schedule was to go on from ${wanted}, and began with ${begun}`;
}

function read<T extends object>(
  shell: Shell,
  key: string,
  parse: (text: string) => T | string,
): T | string | undefined {
  const record = shell.record(key);
  const parsed = record === undefined ? undefined : parse(record.value);
  return typeof parsed === "string" ? inRegistry(key, parsed) : parsed;
}

function inRegistry(key: string, reason: string): string {
  return `${key} in the registry: ${reason}`;
}
