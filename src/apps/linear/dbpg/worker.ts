/** Delayed block proximal gradient, the worker part (OSDI'14 section 5.1, NIPS'14 algorithm 3). */
import {
  keyList,
  lowerBound,
  mix32,
  type Examples,
  type JobSpec,
  type KeyList,
} from "../../../core/index.ts";
import type { KeyRange, Program, ProgramReply, SlotProgram, TaskSpec } from "../../../core/index.ts";
import { ask, nothing, pull, push } from "../../requests.ts";
import { byColumn, type Columns } from "../columns.ts";
import { finish, logisticLoss } from "../objective.ts";
import { linearOptions } from "../options.ts";
import { surveyKeys } from "./blocks.ts";
import { blockGradient, Margins } from "./margins.ts";

/** Columns [first, first + count) of the share. */
interface Block {
  readonly first: number;
  readonly count: number;
  readonly keys: KeyList;
}

export class DbpgWorker implements SlotProgram {
  private readonly job: JobSpec;
  private readonly slot: number;
  private readonly span: KeyRange;
  private readonly columns: Columns;
  private readonly margins: Margins;
  private readonly blocks: Map<bigint, Block> = new Map();
  private readonly deltaMax: number;
  /** Per column: the weight, the trust radius, and whether the KKT filter lets it through. */
  private readonly weights: Float64Array;
  private readonly deltas: Float64Array;
  private readonly active: Uint8Array;
  private work = 0;
  private trail = 0;

  constructor(job: JobSpec, slot: number, span: KeyRange, examples: Examples) {
    const { deltaInit, deltaMax } = linearOptions(job);
    this.job = job;
    this.slot = slot;
    this.span = span;
    this.columns = byColumn(examples);
    this.margins = new Margins(this.columns, job.tau === 0);
    this.deltaMax = deltaMax;
    this.weights = new Float64Array(this.columns.columnCount);
    this.deltas = new Float64Array(this.columns.columnCount).fill(deltaInit);
    this.active = new Uint8Array(this.columns.columnCount).fill(1);
  }

  *run(task: TaskSpec): Program {
    if (task.name === "survey") return surveyKeys(this.columns);
    if (task.name === "declare") return yield* this.declare();
    if (task.name === "update") return yield* this.update(task);
    if (task.name === "evaluate") return yield* this.evaluate();
    if (task.name === "finish") return yield* finish(this.job, this.slot, this.columns, this.span);
    throw new Error(`task ${task.time}: the solver dbpg knows no "${task.name}"`);
  }

  /** Makes the rows of the share's keys at once, and changes none. */
  private *declare(): Program {
    const { keys, columnCount } = this.columns;
    yield* push(0, keys, new Float64Array(2 * columnCount), new Uint8Array(columnCount));
    return nothing;
  }

  private *update({ argument, writes }: TaskSpec): Program {
    const block = this.blockAt(writes[0].range);
    const { first, count, keys } = block;
    const [, , , isEveryKeyActive] = argument;
    if (isEveryKeyActive === 1) this.active.fill(1, first, first + count);
    const active = this.active.slice(first, first + count);
    const gradient = new Float64Array(2 * count);
    this.work += blockGradient(this.margins, first, { deltas: this.deltas, active }, gradient);
    const op = yield* push(0, keys, gradient, active);
    this.follow(block, yield* pull(0, keys, op));
    return nothing;
  }

  private *evaluate(): Program {
    this.work += this.columns.rows;
    const inactive = this.active.reduce((sum, isActive) => sum + 1 - isActive, 0);
    const own = [logisticLoss(this.margins.margins, this.columns.labels), inactive, this.active.length];
    const segments = this.slot === 0 ? yield* ask(0, this.span, "summary") : [];
    return {
      numbers: Float64Array.of(...own, ...segments.flatMap((segment) => [...segment])),
      keys: nothing.keys,
    };
  }

  /** Takes over what the servers made of the block. */
  private follow(
    { first, count }: Block,
    { values, present }: Extract<ProgramReply, { type: "pulled" }>,
  ): void {
    const width = values.length / Math.max(1, count);
    for (let j = 0; j < count; j++) {
      const k = first + j;
      const isPresent = present === undefined || present[j] === 1;
      const weight = isPresent ? values[width * j] : 0;
      const change = weight - this.weights[k];
      this.active[k] = isPresent ? 1 : 0;
      // With tau = 0 the trust radius is read with the weight; with a delay it follows from the step.
      const isRead = width === 2 && isPresent;
      this.deltas[k] = isRead ? values[2 * j + 1] : Math.min(this.deltaMax, 2 * Math.abs(change) + 0.1);
      if (change === 0) continue;
      this.weights[k] = weight;
      this.trail = mix32(this.trail, change * 2 ** 24);
      this.work += this.margins.add(k, change);
    }
    this.margins.settle();
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

  takeWork(): number {
    const { work } = this;
    this.work = 0;
    return work;
  }

  digest(): number {
    return this.trail;
  }
}
