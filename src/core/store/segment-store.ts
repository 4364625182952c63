import { assert } from "../assert.ts";
import { keyAt, keyCount, type KeyList } from "../keys/key-list.ts";
import { contains, type KeyRange } from "../keys/key-range.ts";
import type { ParameterSpec, Values } from "../parameter.ts";
import { ByteCache } from "./byte-cache.ts";
import { digestWords, wordsOf } from "./digest.ts";
import { flagChanged, gather, newValues, onlyLane, openRows, scatterAdd, scatterAssign } from "./kernels.ts";
import { DenseKeys, grown, SparseKeys, type Opened, type RowKeys, type RowRange } from "./row-keys.ts";

export interface SegmentStoreLimits {
  /** Rows of the segment. */
  readonly rowsMax: number;
  /** Positions kept for key lists seen before, in bytes. */
  readonly positionBytesMax: number;
}

export const defaultStoreLimits: SegmentStoreLimits = {
  rowsMax: 2 ** 28,
  positionBytesMax: 256 * 1024 * 1024,
};

/** Rows of a segment by position, and their keys. */
export interface RowSet {
  readonly positions: Int32Array;
  readonly pairs: Uint32Array;
}

/**
 * What a holder keeps of one parameter in one segment: a row for each key, by columns (OSDI'14 sections 3.1 and 4.2).
 * A dense segment has a row for every key of its range, a sparse one for every key that was inserted.
 *
 * Invariants:
 *   - rows are in key order, and every key is in `range`;
 *   - positions found at one `generation` are right until it grows, which only an insertion into a sparse segment does.
 */
export class SegmentStore {
  readonly spec: ParameterSpec;
  readonly range: KeyRange;
  /** One value for each of `spec.scalars`. */
  readonly scalars: Float64Array;
  /** Their bits. */
  readonly scalarWords: Uint32Array;
  readonly #limits: SegmentStoreLimits;
  readonly #keys: RowKeys;
  readonly #positions: ByteCache<CachedPositions>;
  #columns: readonly Values[];
  /** Views of the columns: to make one costs more than to digest a few rows. */
  #columnWords: readonly Uint32Array[];
  /** What is read of no row. */
  readonly #noValues: readonly Values[];
  #generation: number = 0;

  constructor(spec: ParameterSpec, range: KeyRange, limits: Partial<SegmentStoreLimits> = {}) {
    this.spec = spec;
    this.range = range;
    this.scalars = new Float64Array(spec.scalars.length);
    this.scalarWords = wordsOf(this.scalars, this.scalars.length);
    this.#limits = { ...defaultStoreLimits, ...limits };
    this.#positions = new ByteCache(this.#limits.positionBytesMax, (kept) => kept.positions.byteLength);
    if (spec.layout === "dense") requireDenseRows(spec, range, this.#limits.rowsMax);
    this.#keys = spec.layout === "dense" ? new DenseKeys(range) : new SparseKeys(range);
    this.#columns = spec.columns.map(({ initial }) => newValues(spec.element, this.rows).fill(initial));
    this.#columnWords = this.#columns.map((column) => wordsOf(column, column.length));
    this.#noValues = spec.columns.map(() => newValues(spec.element, 0));
  }

  get rows(): number {
    return this.#keys.rows;
  }

  /** Grows when rows move: positions found before are then another row's. */
  get generation(): number {
    return this.#generation;
  }

  /** One array a column, `rows` long or longer; other arrays after an insertion. */
  get columns(): readonly Values[] {
    return this.#columns;
  }

  /** The bits of each column. */
  get columnWords(): readonly Uint32Array[] {
    return this.#columnWords;
  }

  /** Why these keys cannot be found or inserted here; undefined: they can. */
  refuseKeys(keys: KeyList): string | undefined {
    const count = keyCount(keys);
    if (count === 0) return undefined;
    const { name } = this.spec;
    const first = keyAt(keys.pairs, 0);
    const last = keyAt(keys.pairs, count - 1);
    if (!contains(this.range, first) || !contains(this.range, last)) {
      const { begin, end } = this.range;
      return `parameter ${name}: keys ${first} to ${last} are not in the segment's range [${begin}, ${end})`;
    }
    const { rowsMax } = this.#limits;
    if (this.spec.layout === "sparse" && this.rows + count > rowsMax) {
      return `parameter ${name}: ${this.rows} rows and ${count} keys exceed rowsMax ${rowsMax}; more servers would do`;
    }
    return undefined;
  }

  /**
   * The row of each key, ascending. Keys without a row get one (`insert`, which may move rows) or -1 (`find`).
   * A list seen before at this generation costs no look-up. The array is the store's: read it only.
   */
  positionsOf(keys: KeyList, mode: "insert" | "find"): Int32Array {
    // A part of a push has no key in most segments.
    if (keys.pairs.length === 0) return noPositions;
    const known = this.#positions.get(keys.hash);
    if (known !== undefined && (known.isComplete || mode === "find")) return known.positions;
    const refusal = this.refuseKeys(keys);
    assert(refusal === undefined, `keys are checked before they are looked up: ${refusal}`);
    const found = this.#keys.find(keys);
    const { positions, missing } = found;
    if (missing > 0 && mode === "insert") this.#open(this.#keys.insert(keys, found));
    else if (missing > 0) for (let j = 0; j < positions.length; j++) if (positions[j] < 0) positions[j] = -1;
    this.#positions.set(keys.hash, { positions, isComplete: missing === 0 || mode === "insert" });
    return positions;
  }

  /** The rows whose keys are in the range. */
  rowRange(range: KeyRange): RowRange {
    return this.#keys.rowRange(range);
  }

  /** The keys of rows [begin, end), in memory of their own. */
  keysOf(begin: number, end: number): Uint32Array {
    assert(0 <= begin && begin <= end && end <= this.rows, `[${begin}, ${end}) is of the ${this.rows} rows`);
    return this.#keys.keysOf(begin, end);
  }

  /** The keys of these rows. */
  pairsAt(positions: Int32Array): Uint32Array {
    return this.#keys.pairsAt(positions);
  }

  /** For each key block that has rows in [begin, end): the row after its last. */
  blockEnds(begin: number, end: number): Int32Array {
    assert(0 <= begin && begin <= end && end <= this.rows, `[${begin}, ${end}) is of the ${this.rows} rows`);
    return this.#keys.blockEnds(this.spec, begin, end);
  }

  /** Rows of the range of which a pulled column is not as it was at first. `columns`: another state of the same rows. */
  changedRows(range: KeyRange, columns: readonly Values[] = this.#columns): RowSet {
    const { begin, end } = this.rowRange(range);
    const flags = new Uint8Array(end - begin);
    for (const c of this.spec.pulled) flagChanged(columns[c], begin, flags, this.spec.columns[c].initial);
    const positions = new Int32Array(end - begin);
    let count = 0;
    for (let i = 0; i < flags.length; i++) if (flags[i] !== 0) positions[count++] = begin + i;
    const changed = positions.slice(0, count);
    return { positions: changed, pairs: this.pairsAt(changed) };
  }

  /** Row j of `out`: the columns named, at `positions[j]`. A missing row (-1) reads as initial. */
  gather(positions: Int32Array, columns: readonly number[], out: Values): void {
    assert(out.length >= positions.length * columns.length, "out has room for every row");
    for (let c = 0; c < columns.length && positions.length > 0; c++) {
      const lane = { stride: columns.length, first: c, initial: this.spec.columns[columns[c]].initial };
      gather(this.#columns[columns[c]], positions, out, lane);
    }
  }

  /** The built-in update `add`: row j of `values` to the first columns at `positions[j]`. */
  add(positions: Int32Array, values: Values): void {
    const width = this.spec.pushWidth;
    assert(
      values.length === positions.length * width,
      `${values.length} values are ${width} for each position`,
    );
    for (let c = 0; c < width && positions.length > 0; c++) {
      scatterAdd(this.#columns[c], positions, values, { stride: width, first: c });
    }
  }

  /** The built-in update `assign`. */
  assign(positions: Int32Array, values: Values): void {
    const width = this.spec.pushWidth;
    assert(
      values.length === positions.length * width,
      `${values.length} values are ${width} for each position`,
    );
    for (let c = 0; c < width && positions.length > 0; c++) {
      scatterAssign(this.#columns[c], positions, values, { stride: width, first: c });
    }
  }

  /** Overwrites every column at `positions` with one array of values each. */
  overwrite(positions: Int32Array, columns: readonly Values[]): void {
    assert(columns.length === this.#columns.length, "every column is overwritten");
    for (let c = 0; c < columns.length && positions.length > 0; c++) {
      scatterAssign(this.#columns[c], positions, columns[c], onlyLane);
    }
  }

  /** Every column at `positions`, one array of values each. */
  read(positions: Int32Array): readonly Values[] {
    if (positions.length === 0) return this.#noValues;
    return this.#columns.map((column, c) => {
      const values = newValues(this.spec.element, positions.length);
      gather(column, positions, values, { stride: 1, first: 0, initial: this.spec.columns[c].initial });
      return values;
    });
  }

  /** Equal keys, columns and scalars give equal digests, in whichever order rows were inserted. */
  digest(): number {
    let hash = this.#keys.digest(digestWords(wordsOf(this.scalars, this.scalars.length), 0));
    for (const column of this.#columns) hash = digestWords(wordsOf(column, this.rows), hash);
    return hash;
  }

  /** Opens the rows in every column, as they were opened among the keys. */
  #open(opened: Opened): void {
    const room = this.#columns.length === 0 ? 0 : this.#columns[0].length;
    if (this.rows > room) {
      this.#columns = this.#columns.map((column) => {
        const larger = newValues(this.spec.element, grown(room, this.rows));
        larger.set(column.subarray(0, opened.rows));
        return larger;
      });
      this.#columnWords = this.#columns.map((column) => wordsOf(column, column.length));
    }
    for (let c = 0; c < this.#columns.length; c++) {
      openRows(this.#columns[c], opened.rows, opened.at, this.spec.columns[c].initial);
    }
    this.#generation++;
    this.#positions.clear();
  }
}

const noPositions: Int32Array = new Int32Array(0);

interface CachedPositions {
  readonly positions: Int32Array;
  /** No key is missing. */
  readonly isComplete: boolean;
}

function requireDenseRows(spec: ParameterSpec, range: KeyRange, rowsMax: number): void {
  const keys = range.end - range.begin;
  if (keys <= BigInt(rowsMax)) return;
  throw new Error(
    `parameter ${spec.name}: a dense segment of ${keys} keys exceeds rowsMax ${rowsMax}; ` +
      `layout sparse or more servers would do`,
  );
}
