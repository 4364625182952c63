/** Pushes of several slots that are aggregated, and timed: what goes down the chains, and what a join costs. Nothing is learned. */
import type {
  Application,
  JobSpec,
  KeyList,
  ParameterSpec,
  Program,
  ProgramReply,
  ProgramRequest,
  Schedule,
  ScheduleReply,
  ScheduleRequest,
  SlotProgram,
  TaskSpec,
  TaskTime,
} from "#tauring/core/index.js";
import { keyListFromNumbers, roleOf } from "#tauring/core/index.js";
import { monotonicMicros } from "#tauring/net/index.js";
import { tell } from "./told.ts";

export interface ChainBenchOptions {
  readonly keys: number;
  /** Pushes of all keys. */
  readonly lists: number;
  /** Pushes of a key. */
  readonly singles: number;
  /** How long pushes go on while a server joins; 0: none does. */
  readonly joinMicros: number;
}

/** More than the segments that move. */
const rangeCount = 12n;

type Timed = Generator<ProgramRequest, void, ProgramReply>;
type Step<T> = Generator<ScheduleRequest, T, ScheduleReply>;

const optionsOf = (job: JobSpec): ChainBenchOptions => job.options as unknown as ChainBenchOptions;

function parameterOf(job: JobSpec): ParameterSpec {
  const filters = [{ kind: "key-caching" }] as const;
  return {
    name: "sums",
    span: { begin: 0n, end: BigInt(optionsOf(job).keys) },
    keyBlockCount: 1024,
    layout: "sparse",
    element: "float32",
    columns: [{ name: "value", initial: 0 }],
    scalars: [],
    pushWidth: 1,
    pulled: [0],
    update: { kind: "aggregated", name: "sum" },
    pushFilters: filters,
    pullFilters: filters,
    isProvenance: false,
    replication: job.policy?.replication ?? "after-aggregation",
  };
}

function* schedule(job: JobSpec): Schedule {
  yield { type: "record", record: { phase: 0 } };
  const { joinMicros } = optionsOf(job);
  const all = parameterOf(job).span;
  yield* runPhase("insert", all);
  if (joinMicros > 0) yield* runJoin(all);
  else {
    const before = yield* sentBytes();
    yield* runPhase("lists", all);
    const after = yield* sentBytes();
    tell({ type: "sent", servers: after.servers - before.servers, workers: after.workers - before.workers });
    yield* runPhase("singles", { begin: 0n, end: 1n });
  }
  const ending = { endedBy: "measured", objective: 0, nonzeros: 0, passes: 1, filteredShare: 0, chosen: {} };
  return { ...ending, model: undefined, nodes: [] };
}

/** A task for each of some ranges, all at once: one that waits for a range holds up none of the others. */
function* runJoin({ end }: ParameterSpec["span"]): Step<void> {
  const times: TaskTime[] = [];
  for (let i = 0n; i < rangeCount; i++) {
    const range = { begin: (end * i) / rangeCount, end: (end * (i + 1n)) / rangeCount };
    const argument = [Number((range.begin + range.end) / 2n)];
    const after = { tasks: [] };
    const writes = [{ parameter: 0, range }];
    const issued = yield { type: "issue", name: "join", argument, writes, after };
    if (issued.type === "issued") times.push(issued.time);
  }
  for (const time of times) yield { type: "wait", time };
}

function* runPhase(name: string, range: ParameterSpec["span"]): Step<void> {
  const writes = [{ parameter: 0, range }];
  const issued = yield { type: "issue", name, argument: [], writes, after: "all" };
  if (issued.type === "issued") yield { type: "wait", time: issued.time };
}

function* sentBytes(): Step<{ readonly servers: number; readonly workers: number }> {
  const reply = yield { type: "statistics" };
  const sent = { servers: 0, workers: 0 };
  if (reply.type !== "statistics") return sent;
  for (const { node, sentBytes: bytes } of reply.nodes) {
    const role = roleOf(node as Parameters<typeof roleOf>[0]);
    if (role === "server") sent.servers += bytes;
    if (role === "worker") sent.workers += bytes;
  }
  return sent;
}

class ChainProgram implements SlotProgram {
  private readonly options: ChainBenchOptions;
  private readonly isTimed: boolean;
  private readonly keys: KeyList;
  private readonly one: KeyList = keyListFromNumbers([0]);
  private readonly values: Float32Array;
  private isJoining: boolean = false;

  constructor(job: JobSpec, slot: number) {
    this.options = optionsOf(job);
    this.isTimed = slot === 0;
    this.keys = keyListFromNumbers(Float64Array.from({ length: this.options.keys }, (_, key) => key));
    this.values = new Float32Array(this.options.keys).fill(0.5);
  }

  *run(task: TaskSpec): Program {
    const { lists, singles } = this.options;
    if (task.name === "insert") yield* this.timed("insert", 3, this.keys);
    if (task.name === "lists") yield* this.timed("push", lists, this.keys);
    if (task.name === "singles") yield* this.timed("push of a key", singles, this.one);
    if (task.name === "join") yield* this.join(keyListFromNumbers([...task.argument]));
    return { numbers: new Float64Array(0), keys: new Uint32Array(0) };
  }

  takeWork(): number {
    return 0;
  }

  digest(): number {
    return 0;
  }

  /** Microseconds of each of the second half: before it, code and memory become warm. */
  private *timed(what: string, count: number, keys: KeyList): Timed {
    const micros: number[] = [];
    for (let i = 0; i < count; i++) {
      const begin = monotonicMicros();
      yield this.push(keys);
      micros.push(monotonicMicros() - begin);
    }
    if (this.isTimed) tell({ type: "measured", what, micros: micros.slice(Math.floor(count / 2)) });
  }

  /** One push after the other of a key: what waits at most is what a range is away. */
  private *join(key: KeyList): Timed {
    const begun: number[] = [];
    const micros: number[] = [];
    const end = monotonicMicros() + this.options.joinMicros;
    if (!this.isJoining) tell({ type: "measured", what: "join begins", micros: [monotonicMicros()] });
    this.isJoining = true;
    for (;;) {
      const begin = monotonicMicros();
      yield this.push(key);
      begun.push(begin);
      micros.push(monotonicMicros() - begin);
      if (begin > end) break;
    }
    tell({ type: "measured", what: "join, begun", micros: begun });
    tell({ type: "measured", what: "join, took", micros });
  }

  private push(keys: KeyList): ProgramRequest {
    const values = this.values.subarray(0, keys.pairs.length / 2);
    return { type: "push", parameter: 0, keys, values, active: undefined };
  }
}

const chains: Application = {
  name: "chains",
  parameters: (job) => [parameterOf(job)],
  updates: {
    sum: ({ columns, positions, count, values }) => {
      const [column] = columns;
      for (let j = 0; j < count; j++) column[positions[j]] += values[j];
    },
  },
  functions: {},
  slotProgram: (job, slot) => new ChainProgram(job, slot),
  schedule,
};

export function applications(name: string): Application | undefined {
  return name === chains.name ? chains : undefined;
}

export { loadShare } from "./datapath-application.ts";
