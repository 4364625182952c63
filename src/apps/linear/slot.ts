/** What the worker parts of all solvers share: the columns of the share, the end of the job, and accounts of work done. */
import { assert, mix32, type Examples, type JobSpec, type KeyRange, type Program } from "../../core/index.ts";
import type { SlotProgram, TaskSpec } from "../../core/index.ts";
import { pullRange } from "../requests.ts";
import { byColumn, type Columns } from "./columns.ts";
import { Margins } from "./margins.ts";
import { linearOptions, type LinearOptions } from "./options.ts";

export interface SlotParts {
  readonly job: JobSpec;
  readonly slot: number;
  /** Every key of the weights. */
  readonly span: KeyRange;
  readonly examples: Examples;
}

/** A solver's tasks, by name. */
export type Tasks = Readonly<Record<string, (task: TaskSpec) => Program>>;

export abstract class LinearSlot implements SlotProgram {
  protected readonly span: KeyRange;
  protected readonly options: LinearOptions;
  /** Every run has the same bits. */
  protected readonly isExact: boolean;
  protected readonly columns: Columns;
  protected abstract readonly tasks: Tasks;
  /** Non-zeros touched since `takeWork`. */
  protected work = 0;
  private trail = 0;

  constructor({ job, slot, span, examples }: SlotParts) {
    this.span = span;
    this.options = linearOptions(job);
    this.isExact = job.tau === 0;
    this.columns = byColumn(examples, slot);
  }

  run(task: TaskSpec): Program {
    if (task.name === "finish") return this.finish(task);
    assert(Object.hasOwn(this.tasks, task.name), `${this.options.solver} has a task named "${task.name}"`);
    return this.tasks[task.name](task);
  }

  /**
   * [the loss of the share], from the model as the servers hold it. The first slot adds the penalty and the weights, and says
   * whose they are.
   */
  protected *finish({ slots }: TaskSpec): Program {
    const { keys, values } = yield* pullRange(0, this.span);
    const width = keys.length === 0 ? 1 : (2 * values.length) / keys.length;
    const loss = this.lossUnder(keys, (j) => values[width * j]);
    if (this.columns.slot !== slots[0]) return { numbers: Float64Array.of(loss), keys: new Uint32Array(0) };
    const { lambda, lambda2 } = this.options;
    const pairs: number[] = [];
    const weights: number[] = [];
    let penalty = 0;
    for (let j = 0; 2 * j < keys.length; j++) {
      const weight = values[width * j];
      if (weight === 0) continue;
      pairs.push(keys[2 * j], keys[2 * j + 1]);
      weights.push(weight);
      penalty += lambda * Math.abs(weight) + 0.5 * lambda2 * weight * weight;
    }
    const numbers = Float64Array.from([loss, penalty, ...weights]);
    return { numbers, keys: Uint32Array.from(pairs) };
  }

  /** Both lists of keys ascend. */
  private lossUnder(pairs: Uint32Array, weightAt: (j: number) => number): number {
    const margins = new Margins(this.columns, false);
    const own = this.columns.keys.pairs;
    for (let j = 0, k = 0; 2 * j < pairs.length && 2 * k < own.length; j++) {
      const low = pairs[2 * j];
      const high = pairs[2 * j + 1];
      while (2 * k < own.length && (own[2 * k + 1] < high || (own[2 * k + 1] === high && own[2 * k] < low)))
        k++;
      if (own[2 * k] === low && own[2 * k + 1] === high) this.work += margins.add(k, weightAt(j));
    }
    return margins.loss();
  }

  /** Something of the state changed: a word of it, for the digest. */
  protected changed(word: number): void {
    this.trail = mix32(this.trail, word);
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
