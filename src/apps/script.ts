/**
 * Pushes and pulls that a person has written down, with the values that the pulls must bring: one column of numbers, to
 * which pushes add. Each step is a task. A pull that brings something else ends the job with where and what.
 */
import {
  keyList,
  slot as slotOf,
  type Application,
  type JobSpec,
  type KeyList,
  type ParameterSpec,
  type Program,
  type Schedule,
  type SlotProgram,
  type TaskSpec,
  type TaskTime,
} from "../core/index.ts";
import {
  issue,
  issueAndWait,
  nothing,
  pull,
  pullRange,
  push,
  record,
  report,
  statistics,
} from "./requests.ts";

/** Keys one by one, or all from the first up to, and without, the second. */
interface ScriptKeys {
  readonly keys?: readonly number[] | undefined;
  readonly range?: readonly [number, number] | undefined;
}

/** What a slot does in one task: the push first, and then the pull, which reads the state that the task began with. */
interface ScriptStep {
  /** Undefined: every slot. */
  readonly by?: readonly number[] | undefined;
  readonly push?: (ScriptKeys & { readonly value: number }) | undefined;
  readonly pull?: (ScriptKeys & { readonly seesOwnPush: boolean }) | undefined;
  /** Of each key that is pulled. */
  readonly expect?: { readonly min: number; readonly max: number } | undefined;
  /** Steps, by their place; undefined: as the job's consistency has it. */
  readonly after?: readonly number[] | undefined;
}

function stepsOf({ options, slotCount }: JobSpec): readonly ScriptStep[] {
  const { steps: text } = options;
  if (typeof text !== "string") throw new Error("option steps: a script has steps, as JSON text");
  const steps = JSON.parse(text) as readonly ScriptStep[];
  steps.forEach(({ by = [] }, i) => {
    const unknown = by.find((slot) => slot >= slotCount);
    if (unknown === undefined) return;
    throw new Error(`option steps: step ${i} is by slot ${unknown}; the job has slots 0 to ${slotCount - 1}`);
  });
  return steps;
}

export const script: Application = {
  name: "script",
  parameters: (job) => {
    stepsOf(job);
    return [parameter(job)];
  },
  updates: {},
  functions: {},
  slotProgram: (job, slot) => new ScriptSlot(job, slot),
  schedule: (job) => schedule(job),
};

function parameter(job: JobSpec): ParameterSpec {
  const span = { begin: 0n, end: BigInt(job.keyMax) + 1n };
  return {
    name: "script",
    span,
    keyBlockCount: Number(span.end < 64n ? span.end : 64n),
    layout: "sparse",
    element: "float64",
    columns: [{ name: "value", initial: 0 }],
    scalars: [],
    pushWidth: 1,
    pulled: [0],
    update: { kind: "add" },
    pushFilters: job.pushFilters,
    pullFilters: job.pullFilters,
    isProvenance: false,
  };
}

class ScriptSlot implements SlotProgram {
  private readonly job: JobSpec;
  private readonly slot: number;
  private readonly steps: readonly ScriptStep[];
  private work = 0;

  constructor(job: JobSpec, slot: number) {
    this.job = job;
    this.slot = slotOf(slot);
    this.steps = stepsOf(job);
  }

  *run(task: TaskSpec): Program {
    if (task.name === "read-all") {
      const { keys, values } = yield* pullRange(0, parameter(this.job).span);
      return { numbers: Float64Array.from(values), keys };
    }
    const [place] = task.argument;
    const step = this.steps[place];
    if (step.by !== undefined && !step.by.includes(this.slot)) {
      // Where the order of slots matters, a server waits for the part of every slot: these have nothing to add.
      if (step.push !== undefined) yield* push(0, keyList(new Uint32Array(0)), new Float64Array(0));
      return nothing;
    }
    let op: number | undefined;
    if (step.push !== undefined) {
      const keys = keysOf(step.push);
      this.work += keys.pairs.length / 2;
      op = yield* push(0, keys, new Float64Array(keys.pairs.length / 2).fill(step.push.value));
    }
    if (step.pull === undefined) return nothing;
    const keys = keysOf(step.pull);
    this.work += keys.pairs.length / 2;
    const afterOp = step.pull.seesOwnPush ? op : undefined;
    const { values } = yield* pull(0, keys, afterOp);
    if (step.expect !== undefined) this.compare(place, keys, values, step.expect);
    return nothing;
  }

  private compare(
    place: number,
    { pairs }: KeyList,
    values: ArrayLike<number>,
    { min, max }: NonNullable<ScriptStep["expect"]>,
  ): void {
    for (let i = 0; i < values.length; i++) {
      if (values[i] >= min && values[i] <= max) continue;
      const expected = min === max ? `${min}` : `${min} to ${max}`;
      throw new Error(
        `step ${place} at slot ${this.slot}: key ${pairs[2 * i]} is ${values[i]}, expected ${expected}`,
      );
    }
  }

  takeWork(): number {
    const { work } = this;
    this.work = 0;
    return work;
  }

  digest(): number {
    return this.work;
  }
}

function keysOf({ keys = [], range }: ScriptKeys): KeyList {
  const every =
    range === undefined
      ? keys.toSorted((a, b) => a - b)
      : Array.from({ length: range[1] - range[0] }, (_, i) => range[0] + i);
  const pairs = new Uint32Array(2 * every.length);
  every.forEach((key, i) => {
    pairs[2 * i] = key;
  });
  return keyList(pairs);
}

function* schedule(job: JobSpec): Schedule {
  const steps = stepsOf(job);
  const { span } = parameter(job);
  yield* record({ pass: 1 });
  const issued: TaskTime[] = [];
  for (let i = 0; i < steps.length; i++) {
    const after = steps[i].after;
    const writes = steps[i].push === undefined ? [] : [{ parameter: 0, range: span }];
    const order = after === undefined ? "tau" : { tasks: [...new Set(after)].map((step) => issued[step]) };
    issued.push(yield* issue({ name: "step", argument: [i], writes, after: order }));
  }
  const [first] = yield* issueAndWait("read-all");
  const nonzeros = first.keys.length / 2;
  yield* report({ pass: 1, objective: 0, nonzeros, filteredShare: 0 });
  return {
    endedBy: "script",
    objective: 0,
    nonzeros,
    passes: 1,
    filteredShare: 0,
    chosen: { steps: steps.length },
    model: steps.some(({ after }) => after !== undefined)
      ? undefined
      : { keys: first.keys, weights: first.numbers },
    nodes: yield* statistics(),
  };
}
