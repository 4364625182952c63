/**
 * Checks runs instead of learning: every value says which pushes it contains (src/core/provenance.ts). A last column, which
 * no pull brings, adds up numbers that are not exact, so that the model at the end says in which order they were added.
 */
import {
  hashText,
  keyList,
  mix32,
  provenanceRow,
  provenanceWidth,
  shuffled,
  slot as slotOf,
  taskTime,
  type Application,
  type FunctionContext,
  type JobSpec,
  type KeyList,
  type ParameterSpec,
  type Program,
  type ProgramReply,
  type ProgramRequest,
  type Schedule,
  type SlotProgram,
  type TaskSpec,
  type TaskTime,
  type UpdateContext,
} from "../core/index.ts";
import { ask, issue, issueAndWait, nothing, pullRange, record, report, statistics } from "./requests.ts";

const pushWidth = provenanceWidth + 1;

const graphs = ["tau", "independent", "chain", "diamond", "random"] as const;
const updates = ["add", "simple", "aggregated"] as const;
const layouts = ["sparse", "dense"] as const;

interface ProvenanceOptions {
  readonly tasks: number;
  /** Keys that occur, spread evenly over the span, and how many of them a push or a read draws. */
  readonly keys: number;
  readonly keysPerRequest: number;
  readonly pushesPerTask: number;
  /** Calls of a function that changes state, after the pushes, each on the lower half of the span. */
  readonly callsPerTask: number;
  readonly readsPerTask: number;
  readonly graph: (typeof graphs)[number];
  readonly update: (typeof updates)[number];
  readonly layout: (typeof layouts)[number];
}

const numbers = {
  tasks: 20,
  keys: 64,
  keysPerRequest: 8,
  pushesPerTask: 1,
  callsPerTask: 0,
  readsPerTask: 1,
};
const words = { graph: graphs, update: updates, layout: layouts };

function provenanceOptions(job: JobSpec): ProvenanceOptions {
  const options: Record<string, unknown> = { ...numbers };
  for (const [name, known] of Object.entries(words)) options[name] = known[0];
  for (const [name, value] of Object.entries(job.options)) {
    if (Object.hasOwn(words, name)) {
      const known: readonly unknown[] = words[name as keyof typeof words];
      if (!known.includes(value)) throw new Error(`option ${name}: ${value} is none of ${known.join(", ")}`);
    } else if (Object.hasOwn(numbers, name)) {
      const isCount = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
      if (!isCount) throw new Error(`option ${name}: ${value} is not an integer that is not negative`);
    } else {
      const known = [...Object.keys(numbers), ...Object.keys(words)];
      throw new Error(`option ${name}: provenance knows ${known.join(", ")}`);
    }
    options[name] = value;
  }
  const checked = options as unknown as ProvenanceOptions;
  const spanKeys = BigInt(job.keyMax) + 1n;
  if (BigInt(checked.keys) > spanKeys) {
    throw new Error(
      `option keys: ${checked.keys} is more than the ${spanKeys} keys up to keyMax ${job.keyMax}`,
    );
  }
  return checked;
}

export const provenance: Application = {
  name: "provenance",
  parameters: (job) => [parameter(job)],
  updates: { "add-rows": addRows },
  functions: { tick, orders },
  slotProgram: (job, slot) => new ProvenanceSlot(job, slot),
  schedule: (job) => schedule(job),
};

function parameter(job: JobSpec): ParameterSpec {
  const { update, layout } = provenanceOptions(job);
  const span = { begin: 0n, end: BigInt(job.keyMax) + 1n };
  return {
    name: "provenance",
    span,
    keyBlockCount: Number(span.end < 64n ? span.end : 64n),
    layout,
    element: "float64",
    columns: ["count", "hash1", "hash2", "order"].map((name) => ({ name, initial: 0 })),
    scalars: ["ticks"],
    pushWidth,
    pulled: [0, 1, 2],
    update: update === "add" ? { kind: "add" } : { kind: update, name: "add-rows" },
    pushFilters: job.pushFilters,
    pullFilters: job.pullFilters,
    isProvenance: true,
    // The others keep the empty parts, so that both ways are checked.
    pushParts: update === "add" ? "keyed" : "declared",
    replication: job.policy?.replication ?? "after-aggregation",
  };
}

/** The built-in `add` in the application's own words, for `simple` and `aggregated`. */
function addRows({ columns, positions, count, values }: UpdateContext): void {
  for (let j = 0; j < count; j++) {
    for (let c = 0; c < pushWidth; c++) columns[c][positions[j]] += values[pushWidth * j + c];
  }
}

/** Counts its calls: its values are not those of keys, so it leaves provenance as it is. */
function tick({ scalars }: FunctionContext): Float64Array {
  scalars[0] += 1;
  return Float64Array.of(scalars[0]);
}

/** The last column of every key that was pushed to, in key order. */
function orders({ columns, rowBegin, rowEnd }: FunctionContext): Float64Array {
  return Float64Array.from(
    columns[provenanceWidth].subarray(rowBegin, rowEnd).filter((value) => value !== 0),
  );
}

class ProvenanceSlot implements SlotProgram {
  private readonly job: JobSpec;
  private readonly slot: number;
  private readonly spec: ParameterSpec;
  private readonly options: ProvenanceOptions;
  /** (low, high) words of every key that occurs. */
  private readonly words: Uint32Array;
  private work = 0;
  private trail = 0;

  constructor(job: JobSpec, slot: number) {
    this.job = job;
    this.slot = slot;
    this.spec = parameter(job);
    this.options = provenanceOptions(job);
    const { keys } = this.options;
    this.words = new Uint32Array(2 * keys);
    for (let i = 0; i < keys; i++) {
      const key = (this.spec.span.end * BigInt(i)) / BigInt(keys);
      this.words[2 * i] = Number(key & 0xffff_ffffn);
      this.words[2 * i + 1] = Number(key >> 32n);
    }
  }

  *run(task: TaskSpec): Program {
    if (task.name === "read-all") {
      const { keys } = yield* pullRange(0, this.spec.span);
      const segments = yield* ask(0, this.spec.span, "orders");
      return { numbers: Float64Array.from(segments.flatMap((values) => [...values])), keys };
    }
    const writes = this.writesOf(task.time);
    const reads = this.readsOf(task.time, writes.length);
    this.work += writes.length + reads.length;
    for (const batch of this.batches(task.time, writes, reads)) {
      const reply = yield batch.length === 1 ? batch[0] : { type: "all", requests: batch };
      this.follow(reply);
    }
    return nothing;
  }

  /** One after the other, the writes at once, or everything at once: reads then wait for the writes that they follow. */
  private batches(
    time: TaskTime,
    writes: readonly ProgramRequest[],
    reads: readonly ProgramRequest[],
  ): readonly (readonly ProgramRequest[])[] {
    const all = [...writes, ...reads];
    const choice = this.draw(time, "at once") % 3;
    const batches =
      choice === 0
        ? [all]
        : choice === 1
          ? [writes, ...reads.map((read) => [read])]
          : all.map((one) => [one]);
    return batches.filter((batch) => batch.length > 0);
  }

  private writesOf(time: TaskTime): readonly ProgramRequest[] {
    const { pushesPerTask, callsPerTask } = this.options;
    const { begin, end } = this.spec.span;
    const range = { begin, end: (begin + end + 1n) / 2n };
    const argument = new Float64Array(0);
    const call = { type: "call", parameter: 0, range, function: "tick", argument, isWrite: true } as const;
    const writes: ProgramRequest[] = [];
    for (let op = 0; op < pushesPerTask; op++) writes.push(this.pushOf(time, op));
    for (let i = 0; i < callsPerTask; i++) writes.push(call);
    return writes;
  }

  /** Each as the task began, or after one of its writes. */
  private readsOf(time: TaskTime, writeCount: number): readonly ProgramRequest[] {
    const reads: ProgramRequest[] = [];
    for (let read = 0; read < this.options.readsPerTask; read++) {
      const op = (this.draw(time, `read ${read}`) % (writeCount + 1)) - 1;
      const afterOp = op < 0 ? undefined : op;
      reads.push({ type: "pull", parameter: 0, keys: this.keysOf(time, `pull ${read}`), afterOp });
    }
    return reads;
  }

  private follow(reply: ProgramReply): void {
    if (reply.type === "all") for (const each of reply.replies) this.follow(each);
    else if (reply.type === "pulled") for (const value of reply.values) this.trail = mix32(this.trail, value);
    else if (reply.type === "called")
      for (const [count] of reply.results) this.trail = mix32(this.trail, count);
  }

  private pushOf(time: TaskTime, op: number): Extract<ProgramRequest, { type: "push" }> {
    const keys = this.keysOf(time, `push ${op}`);
    const [one, hash1, hash2] = provenanceRow({ parameter: 0, slot: slotOf(this.slot), time, op });
    const row = [one, hash1, hash2, (hash1 + 1) / (hash2 + 1)];
    const values = new Float64Array((keys.pairs.length / 2) * pushWidth);
    for (let i = 0; i < values.length; i++) values[i] = row[i % pushWidth];
    return { type: "push", parameter: 0, keys, values, active: undefined };
  }

  private draw(time: TaskTime, name: string): number {
    return hashText(`${this.job.seed}/${this.slot}/${time}/${name}`)[0];
  }

  private keysOf(time: TaskTime, name: string): KeyList {
    const { keys, keysPerRequest } = this.options;
    const chosen = shuffled(keys, `${this.job.seed}/${this.slot}/${time}/${name}`)
      .slice(0, keysPerRequest)
      .sort();
    const pairs = new Uint32Array(2 * chosen.length);
    for (let j = 0; j < chosen.length; j++) {
      pairs[2 * j] = this.words[2 * chosen[j]];
      pairs[2 * j + 1] = this.words[2 * chosen[j] + 1];
    }
    return keyList(pairs);
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

function* schedule(job: JobSpec): Schedule {
  const { tasks, graph } = provenanceOptions(job);
  const { span } = parameter(job);
  yield* record({ pass: 1 });
  const issued: TaskTime[] = [];
  for (let i = 0; i < tasks; i++) {
    const after = graph === "tau" ? graph : { tasks: edges(graph, issued, job.seed) };
    const writes = [{ parameter: 0, range: span }];
    issued.push(yield* issue({ name: "push-and-read", argument: [], writes, after }));
  }
  const [first] = yield* issueAndWait("read-all");
  const { keys: pairs, numbers: weights } = first;
  const keys = pairs.length / 2;
  yield* report({ pass: 1, objective: 0, nonzeros: keys, filteredShare: 0 });
  return {
    endedBy: "tasks",
    objective: 0,
    nonzeros: keys,
    passes: 1,
    filteredShare: 0,
    chosen: { tasks },
    // In a graph of its own, tasks that go side by side are applied in the order in which they come.
    model: graph === "tau" ? { keys: pairs, weights } : undefined,
    nodes: yield* statistics(),
  };
}

/** The tasks that the next one waits for. */
function edges(
  graph: Exclude<ProvenanceOptions["graph"], "tau">,
  issued: readonly TaskTime[],
  seed: string,
): readonly TaskTime[] {
  const next = issued.length;
  if (graph === "independent" || next === 0) return [];
  if (graph === "chain") return issued.slice(-1);
  // One, then two side by side, then one: the diamond's four corners.
  if (graph === "diamond")
    return next % 4 === 3 ? issued.slice(-2) : [issued[next - (next % 4 === 2 ? 2 : 1)]];
  const [a, b] = hashText(`${seed}/edges/${next}`);
  return [...new Set([a % next, b % next])].sort((x, y) => x - y).map((i) => taskTime(issued[i]));
}
