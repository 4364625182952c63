/** What is said of a segment all holders of which were lost, and what an operator can do about a job that has ended by it. */
import { parseCheckpointRecord, recordKeys } from "../registry/records.ts";
import { segmentName, type View, type ViewSegment } from "../ring/view.ts";
import type { Shell } from "../shell.ts";

/** Each holder was restarted or is gone. */
export function lostReason(
  { members }: Pick<Shell, "members">,
  view: View,
  { begin, holders }: ViewSegment,
): string {
  const names = holders.map((server) => `${server}#${view.incarnations[server]}`).join(", ");
  const returned = holders.find((server) => members.has(server));
  const how = returned === undefined ? `${names} gone` : `${returned} was restarted`;
  return `${how}, and what it held is lost: segment ${segmentName(begin)} of view ${view.number} was only at ${names}`;
}

/** The newest checkpoint, in words that end a reason; empty where there is none. */
export function whatWouldHelp(shell: Pick<Shell, "record">): string {
  const record = shell.record(recordKeys.checkpoint);
  const checkpoint = record === undefined ? undefined : parseCheckpointRecord(record.value);
  if (checkpoint === undefined || typeof checkpoint === "string") return "";
  return `; checkpoint ${checkpoint.name} has the job as it was before task ${checkpoint.first}: --resume goes on from it`;
}
