/**
 * How pushes change a segment's columns (OSDI'14 section 3.2 and 5.1). Sums over slots are taken in slot order, so
 * that the order in which parts arrived cannot be told from the bits.
 */
import type { UpdateContext } from "../application.ts";
import { keptPositions, keptValues } from "../filters/rows.ts";
import type { JobSpec } from "../job.ts";
import type { KeyList } from "../keys/key-list.ts";
import type { Values } from "../parameter.ts";
import { addRows, newValues } from "../store/kernels.ts";
import type { SegmentStore } from "../store/segment-store.ts";
import { unionPositions } from "../store/union-positions.ts";
import type { PushMessage } from "./requests.ts";

/** One slot's part, with the list that its keys name. */
export interface PushPart {
  readonly push: PushMessage;
  readonly keys: KeyList;
}

/** Parts about to be applied as one entry: their rows are found, and no value has changed yet. */
export interface PreparedPushes {
  /** In slot order. */
  readonly pushes: readonly PushMessage[];
  /** For each push: the rows that it brings values for. */
  readonly rows: readonly Int32Array[];
  /** Every row that may change, ascending. */
  readonly changed: Int32Array;
  /** For each of several pushes: where its rows are in `changed`. */
  readonly indexOf: readonly Int32Array[];
}

const noIndices: readonly Int32Array[] = [];

/** Makes rows for new keys, then finds all rows: an insertion moves those that were found before it. */
export function preparePushes(store: SegmentStore, parts: readonly PushPart[]): PreparedPushes {
  if (parts.length === 1) {
    const [{ push, keys }] = parts;
    const changed = keptPositions(push.values, store.positionsOf(keys, "insert"));
    return { pushes: [push], rows: [changed], changed, indexOf: noIndices };
  }
  for (const { keys } of parts) store.positionsOf(keys, "insert");
  const pushes = parts.map(({ push }) => push);
  const rows = parts.map(({ push, keys }) => keptPositions(push.values, store.positionsOf(keys, "insert")));
  const { positions, indexOf } = unionPositions(rows);
  return { pushes, rows, changed: positions, indexOf };
}

/** @param update runs the application's function, where the parameter's update is not built in */
export function applyPushes(
  store: SegmentStore,
  prepared: PreparedPushes,
  update: (context: UpdateContext) => void,
  job: JobSpec,
): void {
  const { kind } = store.spec.update;
  const { pushes, rows } = prepared;
  if (kind === "aggregated") {
    return update(
      updateContext(store, job, pushes[0], { rows: prepared.changed, values: sumOf(store, prepared) }),
    );
  }
  for (let i = 0; i < pushes.length; i++) {
    const values = keptValues(pushes[i].values);
    if (kind === "add") store.add(rows[i], values);
    else if (kind === "assign") store.assign(rows[i], values);
    else update(updateContext(store, job, pushes[i], { rows: rows[i], values }));
  }
}

/** For each changed row the sum of what the slots brought for it. */
function sumOf(store: SegmentStore, { pushes, changed, indexOf }: PreparedPushes): Values {
  if (pushes.length === 1) return keptValues(pushes[0].values);
  const width = store.spec.pushWidth;
  const sums = newValues(store.spec.element, changed.length * width);
  for (let i = 0; i < pushes.length; i++) addRows(keptValues(pushes[i].values), indexOf[i], sums, width);
  return sums;
}

function updateContext(
  store: SegmentStore,
  job: JobSpec,
  push: PushMessage,
  { rows, values }: { readonly rows: Int32Array; readonly values: Values },
): UpdateContext {
  const { columns, scalars } = store;
  const { argument, part } = push;
  return { columns, scalars, positions: rows, count: rows.length, values, time: part.time, argument, job };
}
