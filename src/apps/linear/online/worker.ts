/** The worker part of the online solvers: minibatches of a slot's rows, each a pull, a gradient and a push. */
import { exp, keyList, type Examples, type KeyList } from "../../../core/index.ts";
import type { Program, Values } from "../../../core/index.ts";
import { nothing, pull, push } from "../../requests.ts";
import { LinearSlot, type SlotParts, type Tasks } from "../slot.ts";

/** Rows [first, last) of the share; entry `e` of these belongs to key `positions[e - begin]` of the batch. */
interface Batch {
  readonly first: number;
  readonly last: number;
  readonly begin: number;
  readonly keys: KeyList;
  readonly positions: Uint32Array;
}

export class OnlineWorker extends LinearSlot {
  protected readonly tasks: Tasks = {
    batch: (task) => this.learn(task.argument[0]),
    evaluate: (task) => this.finish(task),
  };
  private readonly examples: Examples;
  private readonly batches: Map<number, Batch> = new Map();

  constructor(parts: SlotParts) {
    super(parts);
    this.examples = parts.examples;
  }

  private *learn(number: number): Program {
    const batch = this.batchAt(number);
    const { values } = yield* pull(0, batch.keys);
    const gradient = batchGradient(this.examples, batch, values);
    this.work += 2 * batch.positions.length;
    this.changed(batch.first);
    yield* push(0, batch.keys, gradient);
    return nothing;
  }

  /** Slots with fewer rows have empty batches at the end: their pushes move the clock. */
  private batchAt(number: number): Batch {
    const known = this.batches.get(number);
    if (known !== undefined) return known;
    const { rows, rowStarts, columns, keys } = this.examples;
    const first = Math.min(rows, number * this.options.batchRows);
    const last = Math.min(rows, first + this.options.batchRows);
    const begin = rowStarts[first];
    const entries = columns.subarray(begin, rowStarts[last]);
    const own = entries
      .slice()
      .sort()
      .filter((k, i, sorted) => i === 0 || k !== sorted[i - 1]);
    const pairs = new Uint32Array(2 * own.length);
    const positionOf = new Map<number, number>();
    for (let j = 0; j < own.length; j++) {
      pairs[2 * j] = keys.pairs[2 * own[j]];
      pairs[2 * j + 1] = keys.pairs[2 * own[j] + 1];
      positionOf.set(own[j], j);
    }
    const positions = entries.map((k) => positionOf.get(k) ?? 0);
    const batch = { first, last, begin, keys: keyList(pairs), positions };
    this.batches.set(number, batch);
    return batch;
  }
}

/** The gradient of the batch's summed loss at the pulled weights, summed in float64, in the parameter's element. */
function batchGradient({ rowStarts, labels, values }: Examples, batch: Batch, weights: Values): Values {
  const { begin, positions } = batch;
  const gradient = new Float64Array(weights.length);
  for (let i = batch.first; i < batch.last; i++) {
    const from = rowStarts[i];
    const to = rowStarts[i + 1];
    let margin = 0;
    for (let e = from; e < to; e++) {
      margin += (values === undefined ? 1 : values[e]) * weights[positions[e - begin]];
    }
    const slope = -labels[i] / (1 + exp(labels[i] * margin));
    for (let e = from; e < to; e++) {
      gradient[positions[e - begin]] += (values === undefined ? 1 : values[e]) * slope;
    }
  }
  return weights instanceof Float32Array ? Float32Array.from(gradient) : gradient;
}
