/** What a replica does with what comes down the chain: it overwrites, so that its state is bit for bit its master's. */
import { RangeClock } from "../../clock/range-clock.ts";
import { type KeyList, keyCount } from "../../keys/key-list.ts";
import type { LogEntry, RowValues, SegmentRest } from "../../message/message.ts";
import { SegmentStore } from "../../store/segment-store.ts";
import { digestRows } from "../change-digest.ts";
import { type ClosedData, ClosedOps } from "../closed-ops.ts";
import { digestEntry } from "../entry-digest.ts";
import { forgetParts } from "./parts.ts";
import { isSequential } from "../segment-context.ts";
import type { SegmentState } from "../segment-state.ts";
import { type HistoryData, StateHistory } from "../state-history.ts";
import type { ClockData } from "../../clock/range-clock.ts";

/** Why an entry cannot be kept; nothing has changed then. Undefined: it is kept. */
export function storeEntry(segment: SegmentState, entry: LogEntry, keys: KeyList): string | undefined {
  const { store, log, history, context } = segment;
  const { token, time, op, slots, rows } = entry;
  const refusal = refuseRows(segment, keys, rows) ?? refuseEntry(segment, entry);
  if (refusal !== undefined) return refusal;
  const positions = store.positionsOf(keys, "insert");
  const mark = { time, op };
  if (isSequential(context.job)) history.record(mark, positions, store, log.token);
  store.overwrite(positions, rows.columns);
  store.scalars.set(entry.scalars);
  log.store(token, digestEntry({ time, op, slots }, digestRows(store, positions)));
  forgetParts(segment, entry);
  return finishEntry(segment, entry);
}

/** Its rows are in the store and its digest in the log: what else it changes follows. */
export function finishEntry(segment: SegmentState, entry: LogEntry): string | undefined {
  const { log, clock, closed, history } = segment;
  const { token, time, op, slots } = entry;
  history.applied({ time, op }, token);
  for (const slot of slots) clock.apply(slot, time, op);
  if (entry.isClosing) closed.close(time, op);
  entry.answers.forEach((answer, i) => closed.keepAnswer({ time, op, slot: slots[i] }, answer));
  return log.digest === entry.digest
    ? undefined
    : `entry ${token.index} has digest ${log.digest} here, and ${entry.digest} where it came from`;
}

/** Rows alone, as while the state is not whole. */
export function storeRows(segment: SegmentState, rows: RowValues, keys: KeyList): string | undefined {
  const refusal = refuseRows(segment, keys, rows);
  if (refusal !== undefined) return refusal;
  const { store } = segment;
  store.overwrite(store.positionsOf(keys, "insert"), rows.columns);
  return undefined;
}

/** Begins anew, without a row. */
export function forgetState(segment: SegmentState): void {
  segment.store = new SegmentStore(segment.name.spec, segment.name.range);
}

/** What a holder has beside its rows, at the newest entry that it has. */
export function restOf({ log, clock, closed, history, store }: SegmentState): SegmentRest {
  const arrays: SegmentRest["arrays"][number][] = [store.scalars.slice()];
  const data: RestData = {
    clock: clock.toData(),
    closed: closed.toData(arrays),
    history: history.toData(arrays),
  };
  const { token, digest, committedIndex: committed } = log;
  return { token, digest, committed, floor: clock.floor, text: JSON.stringify(data), arrays };
}

/** The rows have come: what belongs to them makes the state whole. Why it cannot be; nothing has changed then. */
export function storeRest(segment: SegmentState, rest: SegmentRest): string | undefined {
  try {
    const arrays = [...rest.arrays];
    const data = JSON.parse(rest.text) as RestData;
    const clock = RangeClock.fromData(segment.name.range, data.clock);
    const closed = ClosedOps.fromData(data.closed, arrays);
    const history = StateHistory.fromData(data.history, arrays);
    segment.store.scalars.set(arrays[0] as Float64Array);
    segment.clock = clock;
    segment.closed = closed;
    segment.history = history;
    segment.log.restore(rest);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface RestData {
  readonly clock: ClockData;
  readonly closed: ClosedData;
  readonly history: HistoryData;
}

function refuseRows(
  { name, store }: SegmentState,
  keys: KeyList,
  { columns }: RowValues,
): string | undefined {
  const { spec } = name;
  if (columns.some((column) => column.length !== keyCount(keys))) return "rows that are not one a key";
  if (columns.length !== spec.columns.length) {
    return `rows of ${columns.length} columns, where ${spec.name} has ${spec.columns.length}`;
  }
  if (columns.some((column) => column instanceof Float64Array !== (spec.element === "float64"))) {
    return `rows that are not ${spec.element}`;
  }
  return store.refuseKeys(keys);
}

function refuseEntry({ store, context }: SegmentState, entry: LogEntry): string | undefined {
  const { scalars, slots, answers } = entry;
  if (scalars.length !== store.scalars.length) return `an entry with ${scalars.length} scalars`;
  if (answers.length > 0 && answers.length !== slots.length)
    return "an entry without an answer for each slot";
  return slots.some((slot) => slot >= context.job.slotCount) ? "an entry of a slot that is none" : undefined;
}
