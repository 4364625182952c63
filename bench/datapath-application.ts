/** An application that pushes and pulls, and times each: values are added, and nothing is learned. */
import type {
  Application,
  JobSpec,
  KeyList,
  KeyRange,
  ParameterSpec,
  Program,
  ProgramReply,
  ProgramRequest,
  Schedule,
  ShareSpec,
  TaskSpec,
} from "#tauring/core/index.js";
import { keyListFromNumbers } from "#tauring/core/index.js";
import { type LoadedShare, monotonicMicros } from "#tauring/net/index.js";
import { tell } from "./told.ts";

/** Keys of the sparse parameter: the multiples of this. */
const stride = 4;
/** 1 MB of float32. */
export const denseBlockKeys = 262_144;
const denseBlocks = 8;
const newLists = 8;

export interface DatapathOptions {
  readonly keys: number;
  /** How often a list is pushed and pulled. */
  readonly lists: number;
  readonly singles: number;
  readonly saturateMicros: number;
}

type Timed = Generator<ProgramRequest, void, ProgramReply>;

const optionsOf = (job: JobSpec): DatapathOptions => job.options as unknown as DatapathOptions;

function parameters(job: JobSpec): readonly ParameterSpec[] {
  const { keys } = optionsOf(job);
  const filters = [{ kind: "key-caching" }] as const;
  const shared = {
    keyBlockCount: 1024,
    element: "float32",
    columns: [{ name: "value", initial: 0 }],
    scalars: [],
    pushWidth: 1,
    pulled: [0],
    update: { kind: "add" },
    pushFilters: filters,
    pullFilters: filters,
    isProvenance: false,
  } as const;
  const span = (end: number): KeyRange => ({ begin: 0n, end: BigInt(end) });
  return [
    { ...shared, name: "sparse", layout: "sparse", span: span(stride * keys) },
    { ...shared, name: "dense", layout: "dense", span: span(denseBlockKeys * denseBlocks) },
  ];
}

/** Phases are tasks of their own, one after the other; each writes what it says, and so sends to no other segment. */
function* schedule(job: JobSpec): Schedule {
  yield { type: "record", record: { phase: 0 } };
  const spans = parameters(job).map(({ span }) => span);
  const first = { begin: 0n, end: 1n };
  const phases: readonly (readonly [string, number, KeyRange])[] = [
    ["insert", 0, spans[0]],
    ["lists", 0, spans[0]],
    ["new-lists", 0, spans[0]],
    ["dense", 1, spans[1]],
    ["singles", 0, first],
    ["saturate", 0, spans[0]],
  ];
  for (const [name, parameter, range] of phases) {
    const writes = [{ parameter, range }];
    const issued = yield { type: "issue", name, argument: [], writes, after: "all" };
    if (issued.type === "issued") yield { type: "wait", time: issued.time };
  }
  const ending = { endedBy: "measured", objective: 0, nonzeros: 0, passes: 1, filteredShare: 0, chosen: {} };
  return { ...ending, model: undefined, nodes: [] };
}

class DatapathProgram {
  private readonly options: DatapathOptions;
  private readonly keys: KeyList;
  private readonly values: Float32Array;

  constructor(job: JobSpec) {
    this.options = optionsOf(job);
    this.keys = everyKeyBut(this.options.keys, undefined);
    this.values = new Float32Array(this.options.keys).fill(0.5);
  }

  *run(task: TaskSpec): Program {
    const phases: Readonly<Record<string, () => Timed>> = {
      insert: () => this.timed("push, every key new", 1, () => this.push()),
      lists: () => this.lists(),
      "new-lists": () => this.newLists(),
      dense: () => this.dense(),
      singles: () => this.singles(),
      saturate: () => this.saturate(),
    };
    yield* phases[task.name]();
    return { numbers: new Float64Array(0), keys: new Uint32Array(0) };
  }

  takeWork(): number {
    return 0;
  }

  digest(): number {
    return 0;
  }

  private push(keys: KeyList = this.keys): ProgramRequest {
    const values = this.values.subarray(0, keys.pairs.length / 2);
    return { type: "push", parameter: 0, keys, values, active: undefined };
  }

  private pull(): ProgramRequest {
    return { type: "pull", parameter: 0, keys: this.keys, afterOp: undefined };
  }

  /** One request at a time; microseconds of each of the second half: before it, code and memory become warm. */
  private *timed(what: string, count: number, request: (i: number) => ProgramRequest): Timed {
    const micros: number[] = [];
    for (let i = 0; i < count; i++) {
      const next = request(i);
      const begin = process.hrtime.bigint();
      yield next;
      micros.push(Number(process.hrtime.bigint() - begin) / 1000);
    }
    tell({ type: "measured", what, micros: micros.slice(Math.floor(count / 2)) });
  }

  private *lists(): Timed {
    yield* this.timed("push", this.options.lists, () => this.push());
    yield* this.timed("pull", this.options.lists, () => this.pull());
  }

  /** Each list lacks another key, so that none was seen before. */
  private *newLists(): Timed {
    const lists = Array.from({ length: newLists }, (_, i) => everyKeyBut(this.options.keys, i));
    yield* this.timed("push of a new list", newLists, (i) => this.push(lists[i]));
  }

  private *dense(): Timed {
    const blocks = Array.from({ length: denseBlocks }, (_, block) =>
      keyListFromNumbers(Float64Array.from({ length: denseBlockKeys }, (_, k) => block * denseBlockKeys + k)),
    );
    const values = new Float32Array(denseBlockKeys).fill(0.5);
    const pushes = blocks.map(
      (keys) => ({ type: "push", parameter: 1, keys, values, active: undefined }) as const,
    );
    const pulls = blocks.map((keys) => ({ type: "pull", parameter: 1, keys, afterOp: undefined }) as const);
    yield* this.timed("dense pushes", this.options.lists, () => ({ type: "all", requests: pushes }));
    yield* this.timed("dense pulls", this.options.lists, () => ({ type: "all", requests: pulls }));
  }

  private *singles(): Timed {
    const keys = keyListFromNumbers([0]);
    const one = this.push(keys);
    const { singles } = this.options;
    yield* this.timed("push of a key", singles, () => one);
    yield* this.timed("pull of a key", singles, () => ({
      type: "pull",
      parameter: 0,
      keys,
      afterOp: undefined,
    }));
    const many: ProgramRequest = { type: "all", requests: Array.from({ length: smallAtOnce }, () => one) };
    yield* this.timed("pushes of a key at once", Math.ceil(singles / 20), () => many);
  }

  /** As many bytes as the server takes, for so long. */
  private *saturate(): Timed {
    const begin = monotonicMicros();
    const several: ProgramRequest = {
      type: "all",
      requests: [this.push(), this.push(), this.push(), this.push()],
    };
    while (monotonicMicros() - begin < this.options.saturateMicros) yield several;
    tell({ type: "measured", what: "saturated", micros: [begin, monotonicMicros()] });
  }
}

export const smallAtOnce = 64;
export const denseAtOnce: number = denseBlocks;

function everyKeyBut(keys: number, left: number | undefined): KeyList {
  const numbers = new Float64Array(left === undefined ? keys : keys - 1);
  for (let j = 0, at = 0; j < keys; j++) if (j !== left) numbers[at++] = stride * j;
  return keyListFromNumbers(numbers);
}

const datapath: Application = {
  name: "datapath",
  parameters,
  updates: {},
  functions: {},
  slotProgram: (job) => new DatapathProgram(job),
  schedule,
};

export function applications(name: string): Application | undefined {
  return name === datapath.name ? datapath : undefined;
}

export function loadShare(_share: ShareSpec): Promise<LoadedShare> {
  return Promise.resolve({ share: {}, summary: { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 } });
}
