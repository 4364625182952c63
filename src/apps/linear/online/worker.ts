/** The worker part of the online solvers: minibatches of a slot's rows, each a pull, a gradient and a push. */
import { keyList, mix32, type Examples, type JobSpec, type KeyList } from "../../../core/index.ts";
import type { KeyRange, Program, SlotProgram, TaskSpec, Values } from "../../../core/index.ts";
import { nothing, pull, push } from "../../requests.ts";
import { byColumn, type Columns } from "../columns.ts";
import { exp } from "../exp-log.ts";
import { finish } from "../objective.ts";
import { linearOptions } from "../options.ts";

/** Rows [first, last) of the share; entry `e` of these belongs to key `positions[e - begin]` of the batch. */
interface Batch {
  readonly first: number;
  readonly last: number;
  readonly begin: number;
  readonly keys: KeyList;
  readonly positions: Uint32Array;
}

export class OnlineWorker implements SlotProgram {
  private readonly job: JobSpec;
  private readonly slot: number;
  private readonly span: KeyRange;
  private readonly examples: Examples;
  private readonly columns: Columns;
  private readonly batches: Map<number, Batch> = new Map();
  private readonly batchRows: number;
  private work = 0;
  private trail = 0;

  constructor(job: JobSpec, slot: number, span: KeyRange, examples: Examples) {
    this.job = job;
    this.slot = slot;
    this.span = span;
    this.examples = examples;
    this.columns = byColumn(examples);
    this.batchRows = linearOptions(job).batchRows;
  }

  *run(task: TaskSpec): Program {
    if (task.name === "batch") return yield* this.learn(task.argument[0]);
    if (task.name === "evaluate" || task.name === "finish") {
      this.work += this.columns.rowOf.length;
      return yield* finish(this.job, this.slot, this.columns, this.span);
    }
    throw new Error(`task ${task.time}: the online solvers know no "${task.name}"`);
  }

  private *learn(number: number): Program {
    const batch = this.batchAt(number);
    const { values } = yield* pull(0, batch.keys);
    const gradient = batchGradient(this.examples, batch, values);
    this.work += 2 * batch.positions.length;
    this.trail = mix32(this.trail, batch.positions.length);
    yield* push(0, batch.keys, gradient);
    return nothing;
  }

  /** Slots with fewer rows have empty batches at the end: their pushes move the clock. */
  private batchAt(number: number): Batch {
    const known = this.batches.get(number);
    if (known !== undefined) return known;
    const { rows, rowStarts, columns, keys } = this.examples;
    const first = Math.min(rows, number * this.batchRows);
    const last = Math.min(rows, first + this.batchRows);
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

  takeWork(): number {
    const { work } = this;
    this.work = 0;
    return work;
  }

  digest(): number {
    return this.trail;
  }
}

/** The gradient of the batch's summed loss at the pulled weights. */
function batchGradient({ rowStarts, labels, values }: Examples, batch: Batch, weights: Values): Float64Array {
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
  return gradient;
}
