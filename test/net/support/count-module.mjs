/**
 * A program module for tests: every slot adds 1 to each of its keys in every task, and reads them in the end. Plain
 * JavaScript, because worker threads read no TypeScript.
 */
import { keyList } from "../../../dist/core/index.js";

const span = { begin: 0n, end: 1_000_000n };

const count = {
  name: "count",
  parameters: (job) => [
    {
      name: "counts",
      span,
      keyBlockCount: 16,
      layout: "sparse",
      element: "float64",
      columns: [{ name: "count", initial: 0 }],
      scalars: [],
      pushWidth: 1,
      pulled: [0],
      update: { kind: "add" },
      pushFilters: job.pushFilters,
      pullFilters: job.pullFilters,
      isProvenance: false,
    },
  ],
  updates: {},
  functions: {},
  slotProgram: (job, slot, share) => new CountProgram(job, slot, share),
  *schedule(job) {
    for (let i = 0; i < job.options.tasks; i++) {
      yield {
        type: "issue",
        name: "add",
        argument: [],
        writes: [{ parameter: 0, range: span }],
        after: "tau",
      };
    }
    const issued = yield { type: "issue", name: "read", argument: [], writes: [], after: "all" };
    const { results } = yield { type: "wait", time: issued.time };
    const objective = results.reduce((sum, { numbers }) => sum + numbers[0], 0);
    yield {
      type: "progress",
      progress: { pass: 1, objective, nonzeros: 0, sentBytes: 0, filteredShare: 0 },
    };
    const model = { keys: Uint32Array.of(1, 0, 5, 0), weights: Float64Array.of(1.5, -2.5) };
    const rest = { endedBy: "counted", nonzeros: 2, passes: 1, filteredShare: 0, chosen: {}, nodes: [] };
    return { ...rest, objective, model };
  },
};

class CountProgram {
  constructor(job, slot, share) {
    if (job.options.isBroken === true) throw new Error(`slot ${slot} cannot be made`);
    this.keys = keyList(share.pairs);
    this.failAt = job.options.failAt ?? Infinity;
  }

  *run(task) {
    if (task.time >= this.failAt) throw new Error(`task ${task.time} fails on purpose`);
    const size = this.keys.pairs.length / 2;
    const values = new Float64Array(size);
    const pull = { type: "pull", parameter: 0, keys: this.keys, afterOp: undefined };
    if (task.name === "read") {
      const read = yield pull;
      values.set(read.values);
    } else {
      values.fill(1);
      yield { type: "push", parameter: 0, keys: this.keys, values, active: undefined };
    }
    return {
      numbers: Float64Array.of(values.reduce((sum, value) => sum + value, 0)),
      keys: new Uint32Array(0),
    };
  }

  takeWork() {
    return 0;
  }

  digest() {
    return 0;
  }
}

export const applications = (name) => (name === "count" ? count : undefined);

export async function loadShare({ slot, slotCount, source }) {
  if (source.isMissing === true) throw new Error("rows.svm, line 3, column 7: expected a number");
  if (source.isEndless === true) await new Promise((resolve) => setTimeout(resolve, 60_000));
  const pairs = [];
  for (let key = slot; key < source.keyCount; key += slotCount) pairs.push(key, 0);
  const summary = { rows: 1, nonzeros: pairs.length / 2, badLines: 0, loadMicros: 1 };
  return { share: { pairs: Uint32Array.from(pairs) }, summary };
}
