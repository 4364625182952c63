import { assert } from "../assert.ts";
import { keyCount, type KeyList } from "../keys/key-list.ts";
import type { PushIdentity } from "../observation.ts";
import type { ParameterSpec } from "../parameter.ts";
import { SegmentStore } from "../store/segment-store.ts";
import { asElement } from "../store/kernels.ts";
import { filterCode, leaveOut, type Rows } from "./pack-rows.ts";

/** A push between its encoding and its end. */
interface Pending {
  readonly keys: KeyList;
  /** Per key: it was sent. */
  readonly isSent: Uint8Array;
  /** Per key: the push was withheld, and adds to the residual when it is finished. */
  readonly isWithheld: Uint8Array;
  /** Rows: the part of the residual that was sent along, or what was withheld. */
  readonly amounts: Float64Array;
}

/**
 * What significantly-modified pushes of one slot to one parameter hold back: a residual per key, sent along with the
 * next push that, with it, is large enough (OSDI'14 section 4.4). What was sent never differs by more than the
 * threshold, per push under way, from what was meant.
 *
 * The residual advances when a push is finished: until then what it sends along is only reserved, and a push that is
 * abandoned leaves no trace.
 */
export class LossyState {
  readonly #width: number;
  /** Columns 0 to width - 1: the residual; after these: how much of it is reserved by pushes under way. */
  readonly #store: SegmentStore;
  readonly #pending: Map<string, Pending> = new Map();

  constructor(spec: ParameterSpec) {
    this.#width = spec.pushWidth;
    const columns = Array.from({ length: 2 * spec.pushWidth }, (_, c) => ({ name: `${c}`, initial: 0 }));
    this.#store = new SegmentStore(
      { ...spec, layout: "sparse", element: "float64", columns, scalars: [], pushWidth: 1 },
      spec.span,
    );
  }

  /** Adds the residual to the rows, and leaves out those in which no value is above the threshold then. */
  withhold(rows: Rows, keys: KeyList, identity: PushIdentity, threshold: number): void {
    const name = nameOf(identity);
    assert(!this.#pending.has(name), `push ${name} is encoded once`);
    const refusal = this.#store.refuseKeys(keys);
    if (refusal !== undefined)
      throw new Error(`significantly-modified keeps a residual of every key: ${refusal}`);
    const width = this.#width;
    const values = new Float64Array(rows.values);
    const amounts = this.#available(keys);
    const leftOutBy = leaveOut(rows);
    const code = filterCode("significantly-modified");
    const isSent = new Uint8Array(keyCount(keys));
    const isWithheld = new Uint8Array(keyCount(keys));
    for (let j = 0; j < isSent.length; j++) {
      if (leftOutBy[j] !== 0) continue;
      let isLarge = false;
      for (let i = j * width; i < (j + 1) * width; i++) {
        // Written so that a value which is not a number is sent, and seen.
        if (!(Math.abs(values[i] + amounts[i]) <= threshold)) isLarge = true;
      }
      if (isLarge) {
        isSent[j] = 1;
        for (let i = j * width; i < (j + 1) * width; i++) values[i] += amounts[i];
      } else {
        isWithheld[j] = 1;
        leftOutBy[j] = code;
        for (let i = j * width; i < (j + 1) * width; i++) amounts[i] = values[i];
      }
    }
    rows.values = asElement(values, rows.spec.element);
    const pending = { keys, isSent, isWithheld, amounts };
    this.#add(pending, isSent, this.#width, 1);
    this.#pending.set(name, pending);
  }

  /** The push is finished: the residual is what is left. */
  commit(identity: PushIdentity): void {
    const pending = this.#take(identity);
    if (pending === undefined) return;
    this.#add(pending, pending.isSent, this.#width, -1);
    this.#add(pending, pending.isSent, 0, -1);
    this.#add(pending, pending.isWithheld, 0, 1);
  }

  /** The push was refused for good: it left no trace. */
  abandon(identity: PushIdentity): void {
    const pending = this.#take(identity);
    if (pending !== undefined) this.#add(pending, pending.isSent, this.#width, -1);
  }

  /** The residual of these keys, row by row: what finished pushes meant and did not send. */
  residual(keys: KeyList): Float64Array {
    const positions = this.#store.positionsOf(keys, "find");
    const out = new Float64Array(positions.length * this.#width);
    this.#store.gather(positions, range(0, this.#width), out);
    return out;
  }

  digest(): number {
    return this.#store.digest();
  }

  #take(identity: PushIdentity): Pending | undefined {
    const name = nameOf(identity);
    const pending = this.#pending.get(name);
    this.#pending.delete(name);
    return pending;
  }

  /** The residual that no push under way has reserved. */
  #available(keys: KeyList): Float64Array {
    const positions = this.#store.positionsOf(keys, "insert");
    const available = new Float64Array(positions.length * this.#width);
    const reserved = new Float64Array(available.length);
    this.#store.gather(positions, range(0, this.#width), available);
    this.#store.gather(positions, range(this.#width, 2 * this.#width), reserved);
    for (let i = 0; i < available.length; i++) available[i] -= reserved[i];
    return available;
  }

  #add(pending: Pending, flags: Uint8Array, firstColumn: number, sign: 1 | -1): void {
    const positions = this.#store.positionsOf(pending.keys, "find");
    const width = this.#width;
    for (let c = 0; c < width; c++) {
      const column = this.#store.columns[firstColumn + c] as Float64Array;
      for (let j = 0; j < flags.length; j++) {
        if (flags[j] !== 0) column[positions[j]] += sign * pending.amounts[j * width + c];
      }
    }
  }
}

function nameOf(identity: PushIdentity): string {
  return `${identity.parameter}/${identity.slot}/${identity.time}/${identity.op}`;
}

function range(begin: number, end: number): number[] {
  return Array.from({ length: end - begin }, (_, i) => begin + i);
}
