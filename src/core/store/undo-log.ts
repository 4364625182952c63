import { assert } from "../assert.ts";
import type { TaskTime } from "../ids.ts";
import type { Values } from "../parameter.ts";
import { digestWords, wordsOf } from "./digest.ts";
import { findRows } from "./find-rows.ts";
import { newValues, onlyLane, scatterAssign, takeRows } from "./kernels.ts";
import type { SegmentStore } from "./segment-store.ts";

/** A state of a segment while its newest time is applied: before `time` (no op), or right after an op of it. */
export interface StateAt {
  readonly time: TaskTime;
  readonly op: number | undefined;
}

/** Columns and scalars as they were. */
export interface SegmentState {
  readonly columns: readonly Values[];
  readonly scalars: Float64Array;
}

/** Where the values of something that is otherwise JSON are put, and named by their place. */
export type Arrays = (Uint32Array | Values)[];

export interface UndoData {
  readonly time?: TaskTime | undefined;
  /** From place `at` on: its keys, one array for each of its columns, and the scalars. */
  readonly ops: readonly { readonly op: number; readonly at: number; readonly columns: number }[];
}

/** What an application of a push is about to change, as it was. */
interface Undo {
  readonly op: number;
  /** Rows are named by key, so that an insertion after the recording does not mislead. */
  readonly pairs: Uint32Array;
  /** Every column, at those rows. */
  readonly columns: readonly Values[];
  readonly scalars: Float64Array;
  /** Where the rows were at `generation`. */
  positions: Int32Array;
  generation: number;
}

/**
 * The values of one segment from before the first application of its newest time, and from after each op of that
 * time, until a later time is applied: with `tau = 0` a pull is answered from exactly the state that it names, even
 * when another slot's push of the same time came first (docs/protocol.md 5).
 *
 * Records are made in the order of application, so the ops of one time must be applied in order.
 */
export class UndoLog {
  #time: TaskTime | undefined = undefined;
  #undos: Undo[] = [];

  /** Call before every application, after its keys were inserted. `positions` ascend. */
  record(
    at: { readonly time: TaskTime; readonly op: number },
    positions: Int32Array,
    store: SegmentStore,
  ): void {
    assert(this.#time === undefined || at.time >= this.#time, `time ${at.time} is not before ${this.#time}`);
    const last = this.#undos.at(-1);
    if (at.time !== this.#time) this.#undos = [];
    else assert(last === undefined || last.op <= at.op, `op ${at.op} is not before op ${last?.op}`);
    this.#time = at.time;
    this.#undos.push({
      op: at.op,
      pairs: store.pairsAt(positions),
      columns: store.spec.columns.map((_, c) => {
        const values = newValues(store.spec.element, positions.length);
        store.gather(positions, [c], values);
        return values;
      }),
      scalars: store.scalars.slice(),
      positions,
      generation: store.generation,
    });
  }

  /** As JSON, with values among `arrays`; `fromData` makes the same of both. */
  toData(arrays: Arrays): UndoData {
    const ops = this.#undos.map(({ op, pairs, columns, scalars }) => {
      const at = arrays.push(pairs) - 1;
      arrays.push(...columns, scalars);
      return { op, at, columns: columns.length };
    });
    return { time: this.#time, ops };
  }

  static fromData({ time, ops }: UndoData, arrays: Arrays): UndoLog {
    const log = new UndoLog();
    log.#time = time;
    log.#undos = ops.map(({ op, at, columns }) => {
      const pairs = arrays[at] as Uint32Array;
      const values = arrays.slice(at + 1, at + 1 + columns) as Values[];
      const scalars = arrays[at + 1 + columns] as Float64Array;
      // No store has this generation: the rows are found when they are asked for.
      const positions = new Int32Array(pairs.length / 2);
      return { op, pairs, columns: values, scalars, positions, generation: -1 };
    });
    return log;
  }

  /** Whether the state can still be told: it is gone once a later time was applied. */
  hasState(at: StateAt): boolean {
    return this.#time === undefined || at.time >= this.#time;
  }

  /** As `store.gather`, from the state named. False: that state is gone. */
  gatherAt(
    store: SegmentStore,
    positions: Int32Array,
    rows: { readonly columns: readonly number[]; readonly out: Values },
    at: StateAt,
  ): boolean {
    if (!this.hasState(at)) return false;
    const { columns, out } = rows;
    store.gather(positions, columns, out);
    const width = columns.length;
    for (const undo of this.#after(at)) {
      const undone = this.#positionsNow(undo, store);
      const { inFirst, inSecond } = common(undone, positions);
      for (let i = 0; i < inSecond.length; i++) inSecond[i] *= width;
      const values = newValues(store.spec.element, inFirst.length);
      for (let c = 0; c < width && inFirst.length > 0; c++) {
        takeRows(undo.columns[columns[c]], inFirst, values, 1);
        scatterAssign(out.subarray(c), inSecond, values, onlyLane);
      }
    }
    return true;
  }

  /** The whole segment in the state named; the store's own arrays where nothing was applied since. Undefined: gone. */
  stateAt(store: SegmentStore, at: StateAt): SegmentState | undefined {
    if (!this.hasState(at)) return undefined;
    const undos = this.#after(at);
    if (undos.length === 0) return { columns: store.columns, scalars: store.scalars };
    const columns = store.columns.map((column) => column.slice(0, store.rows));
    for (const undo of undos) {
      const undone = this.#positionsNow(undo, store);
      for (let c = 0; c < columns.length; c++) scatterAssign(columns[c], undone, undo.columns[c], onlyLane);
    }
    return { columns, scalars: undos[undos.length - 1].scalars.slice() };
  }

  digest(): number {
    let hash = digestWords(new Uint32Array(0), this.#time ?? -1);
    for (const undo of this.#undos) {
      hash = digestWords(undo.pairs, hash ^ undo.op);
      hash = digestWords(wordsOf(undo.scalars, undo.scalars.length), hash);
      for (const column of undo.columns) hash = digestWords(wordsOf(column, column.length), hash);
    }
    return hash;
  }

  /** What was applied after the state, the newest first. */
  #after(at: StateAt): readonly Undo[] {
    if (at.time !== this.#time) return [];
    return this.#undos.filter((undo) => at.op === undefined || undo.op > at.op).toReversed();
  }

  #positionsNow(undo: Undo, store: SegmentStore): Int32Array {
    if (undo.generation !== store.generation) {
      const positions = new Int32Array(undo.positions.length);
      const missing = findRows(store.keysOf(0, store.rows), undo.pairs, positions);
      assert(missing === 0, "a row never goes, so every row that was recorded is there");
      undo.positions = positions;
      undo.generation = store.generation;
    }
    return undo.positions;
  }
}

/** Where the entries that two ascending lists have in common are in each. */
function common(
  first: Int32Array,
  second: Int32Array,
): { readonly inFirst: Int32Array; readonly inSecond: Int32Array } {
  const inFirst = new Int32Array(Math.min(first.length, second.length));
  const inSecond = new Int32Array(inFirst.length);
  let count = 0;
  for (let i = 0, j = 0; i < first.length && j < second.length; ) {
    const x = first[i];
    const y = second[j];
    if (x === y) {
      inFirst[count] = i;
      inSecond[count++] = j;
    }
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return { inFirst: inFirst.slice(0, count), inSecond: inSecond.slice(0, count) };
}
