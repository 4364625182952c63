/** Delayed block proximal gradient, the worker part (OSDI'14 section 5.1, NIPS'14 algorithm 3). */
import { assert, keyList, lowerBound } from "../../../core/index.ts";
import type { KeyList, KeyRange, Program, Values } from "../../../core/index.ts";
import { all, ask, type Asking, nothing, pull, push } from "../../requests.ts";
import { Margins } from "../margins.ts";
import { LinearSlot, type Tasks } from "../slot.ts";
import { surveyKeys } from "./blocks.ts";
import { blockGradient } from "./gradient.ts";

/** Columns [first, first + count) of the share. */
interface Block {
  readonly first: number;
  readonly count: number;
  readonly keys: KeyList;
}

export class DbpgWorker extends LinearSlot {
  protected readonly tasks: Tasks = {
    survey: () => {
      this.knowsModel = true; // Nothing was pushed before.
      return surveyKeys(this.columns);
    },
    declare: () => this.declare(),
    update: (task) => this.update(this.blockAt(task.writes[0].range), task.argument[3] === 1),
    evaluate: ({ slots }) => this.evaluate(slots),
  };
  private readonly margins: Margins = new Margins(this.columns, this.isExact);
  private readonly blocks: Map<bigint, Block> = new Map();
  /** Per column: the weight, the trust radius, and 1 unless the KKT filter holds it back. */
  readonly weights: Float64Array = new Float64Array(this.columns.columnCount);
  readonly deltas: Float64Array = new Float64Array(this.columns.columnCount).fill(this.options.deltaInit);
  readonly active: Uint8Array = new Uint8Array(this.columns.columnCount).fill(1);
  private knowsModel = false;

  /** Whoever took the slot over reads what its predecessors followed block by block. */
  private *catchUp(): Asking<void> {
    if (this.knowsModel) return;
    const { keys, columnCount: count } = this.columns;
    const { values, present } = yield* pull(0, keys);
    // With a delay another task may have been quicker.
    if (!this.knowsModel) this.follow({ first: 0, count, keys }, values, present);
    this.knowsModel = true;
  }

  /** Makes the rows of the share's keys at once, and changes none. */
  private *declare(): Program {
    const { keys, columnCount } = this.columns;
    yield* push(0, keys, new Float64Array(2 * columnCount), new Uint8Array(columnCount));
    return nothing;
  }

  private *update(block: Block, isEveryKeyActive: boolean): Program {
    yield* this.catchUp();
    const { first, count, keys } = block;
    if (isEveryKeyActive) this.active.fill(1, first, first + count);
    const values = new Float64Array(2 * count);
    this.work += blockGradient(this.margins, first, this, values);
    const active = this.active.slice(first, first + count);
    const [, pulled] = yield* all([
      { type: "push", parameter: 0, keys, values, active },
      { type: "pull", parameter: 0, keys, afterOp: 0 },
    ]);
    assert(pulled.type === "pulled", `a request is answered by "pulled", not "${pulled.type}"`);
    this.follow(block, pulled.values, pulled.present);
    return nothing;
  }

  /** Takes over what the servers made of the block. */
  private follow({ first, count }: Block, values: Values, present: Uint8Array | undefined): void {
    const width = values.length / Math.max(1, count);
    for (let j = 0; j < count; j++) {
      const k = first + j;
      const isPresent = present === undefined || present[j] === 1;
      const weight = isPresent ? values[width * j] : 0;
      const change = weight - this.weights[k];
      this.active[k] = isPresent ? 1 : 0;
      // With tau = 0 the trust radius is read beside the weight; with a delay it follows from the step.
      const followed = Math.min(this.options.deltaMax, 2 * Math.abs(change) + 0.1);
      this.deltas[k] = isPresent && width === 2 ? values[2 * j + 1] : followed;
      if (change === 0) continue;
      this.weights[k] = weight;
      this.work += this.margins.add(k, change);
      this.changed(weight * 2 ** 24);
    }
  }

  private *evaluate(slots: readonly number[]): Program {
    yield* this.catchUp();
    const { slot, columnCount } = this.columns;
    const filtered = this.active.reduce((sum, isActive) => sum - isActive, columnCount);
    const segments = slot === slots[0] ? yield* ask(0, this.span, "summary") : [];
    const sum = (index: number) => segments.reduce((total, numbers) => total + numbers[index], 0);
    const violation = Math.max(0, ...segments.map((numbers) => numbers[2]));
    const numbers = [this.margins.loss(), filtered, columnCount, sum(0), sum(1), violation];
    return { numbers: Float64Array.from(numbers), keys: nothing.keys };
  }

  private blockAt({ begin, end }: KeyRange): Block {
    const known = this.blocks.get(begin);
    if (known !== undefined) return known;
    const { pairs } = this.columns.keys;
    const first = lowerBound(pairs, begin);
    const last = lowerBound(pairs, end);
    const block = { first, count: last - first, keys: keyList(pairs.slice(2 * first, 2 * last)) };
    this.blocks.set(begin, block);
    return block;
  }
}
