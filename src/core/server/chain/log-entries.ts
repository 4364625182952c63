/** Entries as the master makes them of what it has applied, and as a replica takes them. */
import { keyList } from "../../keys/key-list.ts";
import type { LogEntry, RowValues } from "../../message/message.ts";
import type { Applied, SegmentState } from "../segment-state.ts";
import { applyParts, isBare } from "./parts.ts";
import { finishEntry, storeEntry, storeRows } from "./storing.ts";

export function entryOf(
  { store, log, closed }: SegmentState,
  { token, time, op, slots, changed, keys }: Applied,
): LogEntry {
  const answers: Float64Array[] = [];
  for (const slot of slots) {
    const answer = closed.answerOf({ time, op, slot });
    if (answer !== undefined) answers.push(answer);
  }
  const { hash, pairs } = keys ?? keyList(store.pairsAt(changed));
  const rows = { keys: { hash, count: changed.length, pairs }, columns: store.read(changed) };
  const isClosing = closed.isClosed(time, op);
  const { digest } = log;
  return { token, digest, time, op, slots, isClosing, rows, scalars: store.scalars.slice(), answers };
}

/**
 * The entry with its keys and rows, since the next in line may know neither; undefined: something that it names is not
 * known here, so it is to come whole. A text: why it cannot be kept.
 */
export function takeEntry(
  segment: SegmentState,
  entry: LogEntry,
  isFull: boolean,
): LogEntry | string | undefined {
  if (isBare(entry)) {
    const rows = isFull ? applyParts(segment, entry) : undefined;
    if (rows === undefined || typeof rows === "string") return rows;
    return finishEntry(segment, entry) ?? withRows(entry, rows);
  }
  const resolved = segment.context.keyLists.resolve(entry.rows.keys);
  if (!resolved.ok) return resolved.reason === "unknown-keys" ? undefined : resolved.detail;
  const { keys } = resolved;
  const refusal = isFull ? storeEntry(segment, entry, keys) : storeRows(segment, entry.rows, keys);
  const { hash, pairs } = keys;
  const { keys: named, columns } = entry.rows;
  return refusal ?? withRows(entry, { keys: { hash, count: named.count, pairs }, columns });
}

/** The same entry, with these rows. Each field by name: to spread an entry costs more than to apply it. */
export function withRows(entry: LogEntry, rows: RowValues): LogEntry {
  const { token, digest, time, op, slots, isClosing, scalars, answers } = entry;
  return { token, digest, time, op, slots, isClosing, rows, scalars, answers };
}
