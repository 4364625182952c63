/** The record `lineage`: where the job was rolled back, what the newest lineage began with, and since when (docs/protocol.md 14). */
import { isCheckpointName } from "../checkpoint/checkpoint-files.ts";
import { isCount, parseObjectText } from "./json.ts";
import { recordKeys } from "./records.ts";

/** How the newest lineage began. */
export interface LineageRecord {
  readonly lineage: number;
  readonly view: number;
  readonly checkpoint: string;
  /** Every task below has finished, and all others are done again. */
  readonly first: number;
  /** What was lost. */
  readonly reason: string;
}

/** The revision at which the lineage began, 0 for the first: records of a scheduler that are older are void. */
export function lineageSince(shell: {
  record(key: string): { readonly modified: number } | undefined;
}): number {
  return shell.record(recordKeys.lineage)?.modified ?? 0;
}

export function parseLineageRecord(text: string): LineageRecord | string {
  const json = parseObjectText(text, "the lineage");
  if (typeof json === "string") return json;
  const { lineage, view, checkpoint, first, reason } = json;
  if (!isCount(lineage) || !isCount(view)) return "the lineage and its first view are counts";
  if (typeof checkpoint !== "string" || !isCheckpointName(checkpoint))
    return "the lineage's checkpoint is the name of one";
  if (!isCount(first)) return "the lineage's first is a time";
  if (typeof reason !== "string") return "why the lineage began is a text";
  return { lineage, view, checkpoint, first, reason };
}
