import { assert } from "../assert.ts";
import type { KeyList } from "../keys/key-list.ts";
import type { PushIdentity } from "../identities.ts";
import type { ParameterSpec } from "../parameter.ts";
import { SegmentStore } from "../store/segment-store.ts";
import { asElement } from "../store/kernels.ts";
import { filterCode, leaveOut, type Rows } from "./pack-rows.ts";

/** A push between its encoding and its end. */
interface Pending {
  readonly keys: KeyList;
  /** Rows: what the residual changes by when the push is finished. */
  readonly changes: Float64Array;
}

/**
 * What significantly-modified pushes of one slot to one parameter hold back: a residual per key, sent along with the
 * next push that, with it, is large enough (OSDI'14 section 3.6). The residual advances when a push is finished; a
 * push that is abandoned leaves no trace.
 *
 * Invariant: the residual is what finished pushes meant less what they sent. One push at a time it is never above the
 * threshold; of several under way each may send the same residual along, which then turns negative and is taken back.
 */
export class LossyState {
  readonly #width: number;
  /** A column of residuals for each value of a push. */
  readonly #store: SegmentStore;
  readonly #pending: Map<string, Pending> = new Map();

  constructor(spec: ParameterSpec) {
    this.#width = spec.pushWidth;
    const columns = Array.from({ length: spec.pushWidth }, (_, c) => ({ name: `${c}`, initial: 0 }));
    this.#store = new SegmentStore(
      { ...spec, layout: "sparse", element: "float64", columns, scalars: [], update: { kind: "add" } },
      spec.span,
    );
  }

  /** Adds the residual to the rows, and leaves out those in which no value is above the threshold then. */
  withhold(rows: Rows, keys: KeyList, identity: PushIdentity, threshold: number): void {
    const name = nameOf(identity);
    assert(!this.#pending.has(name), () => `push ${name} is encoded once`);
    const refusal = this.#store.refuseKeys(keys);
    if (refusal !== undefined)
      throw new Error(`significantly-modified keeps a residual of every key: ${refusal}`);
    const width = this.#width;
    const values = new Float64Array(rows.values);
    this.#store.positionsOf(keys, "insert");
    const changes = this.residual(keys);
    const leftOutBy = leaveOut(rows);
    const code = filterCode("significantly-modified");
    for (let j = 0; j < leftOutBy.length; j++) {
      let isLarge = false;
      for (let i = j * width; i < (j + 1) * width; i++) {
        // Written so that a value which is not a number is sent, and seen.
        if (!(Math.abs(values[i] + changes[i]) <= threshold)) isLarge = true;
      }
      if (leftOutBy[j] !== 0) {
        for (let i = j * width; i < (j + 1) * width; i++) changes[i] = 0;
      } else if (isLarge) {
        for (let i = j * width; i < (j + 1) * width; i++) {
          values[i] += changes[i];
          changes[i] = -changes[i];
        }
      } else {
        leftOutBy[j] = code;
        for (let i = j * width; i < (j + 1) * width; i++) changes[i] = values[i];
      }
    }
    rows.values = asElement(values, rows.spec.element);
    this.#pending.set(name, { keys, changes });
  }

  /** The push is finished: the residual is what is left. */
  commit(identity: PushIdentity): void {
    const pending = this.#pending.get(nameOf(identity));
    if (pending === undefined) return;
    this.#pending.delete(nameOf(identity));
    this.#store.add(this.#store.positionsOf(pending.keys, "find"), pending.changes);
  }

  /** The push was refused for good. */
  abandon(identity: PushIdentity): void {
    this.#pending.delete(nameOf(identity));
  }

  /** The residual of these keys, row by row. */
  residual(keys: KeyList): Float64Array {
    const positions = this.#store.positionsOf(keys, "find");
    const out = new Float64Array(positions.length * this.#width);
    const columns = this.#store.columns.map((_, c) => c);
    this.#store.gather(positions, columns, out);
    return out;
  }

  digest(): number {
    return this.#store.digest();
  }
}

function nameOf(identity: PushIdentity): string {
  return `${identity.parameter}/${identity.slot}/${identity.time}/${identity.op}`;
}
