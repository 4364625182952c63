/** What an operator can do about a job that has ended because all holders of a segment were lost. */
import { parseCheckpointRecord, recordKeys } from "../registry/records.ts";
import type { Shell } from "../shell.ts";

/** The newest checkpoint, in words that end a reason; empty where there is none. */
export function whatWouldHelp(shell: Pick<Shell, "record">): string {
  const record = shell.record(recordKeys.checkpoint);
  const checkpoint = record === undefined ? undefined : parseCheckpointRecord(record.value);
  if (checkpoint === undefined || typeof checkpoint === "string") return "";
  return `; checkpoint ${checkpoint.name} has the job as it was before task ${checkpoint.first}: --resume goes on from it`;
}
