/**
 * Runs an application in one process, without nodes or messages: its programs over one store per parameter. Under a
 * delay each task computes from what was finished `tau` tasks before, the worst that the consistency allows.
 */
import { assert, slot, taskTime, unreachable } from "../../src/core/index.ts";
import type {
  Application,
  Examples,
  FilterSpec,
  JobOutcome,
  JobSpec,
  KeyList,
  Program,
  ProgramReply,
  ProgramRequest,
  Progress,
  ScheduleReply,
  ScheduleRequest,
  SlotProgram,
  TaskResult,
  TaskSpec,
  Values,
} from "../../src/core/index.ts";
import { newValues } from "../../src/core/store/kernels.ts";
import { SegmentStore } from "../../src/core/store/segment-store.ts";
import { unionPositions } from "../../src/core/store/union-positions.ts";

export interface OneProcessRun {
  readonly outcome: JobOutcome;
  readonly history: readonly Omit<Progress, "elapsedMicros">[];
  readonly records: readonly Readonly<Record<string, number | string | boolean>>[];
  readonly stores: readonly SegmentStore[];
  readonly programs: readonly SlotProgram[];
}

interface Hooks {
  /** The order in which slots are served, for each task. */
  readonly slotOrder?: (time: number, slotCount: number) => readonly number[];
  readonly progress?: (progress: Omit<Progress, "elapsedMicros">) => void;
  /** Another scheduler goes on once the lost one has asked for this task's results. */
  readonly isSchedulerLostAt?: (time: number) => boolean;
  /** Slots that somebody else holds from this task on. */
  readonly newHoldersAt?: (time: number) => readonly number[];
}

export function runInOneProcess(
  application: Application,
  job: JobSpec,
  shares: readonly Examples[],
  hooks: Hooks = {},
): OneProcessRun {
  return new OneProcess(application, job, shares, hooks).run();
}

interface RunningTask {
  readonly spec: TaskSpec;
  readonly programs: readonly Program[];
  /** What each slot's program waits for; undefined: it returned. */
  readonly requests: (ProgramRequest | undefined)[];
  readonly results: TaskResult[];
  op: number;
}

class OneProcess {
  private readonly application: Application;
  private readonly job: JobSpec;
  private readonly hooks: Hooks;
  private readonly rows: readonly { rows: number; nonzeros: number }[];
  private readonly stores: readonly SegmentStore[];
  private readonly programs: SlotProgram[];
  private readonly waiting: { spec: TaskSpec; isAfterAll: boolean }[] = [];
  private readonly running: RunningTask[] = [];
  private readonly finished: Map<number, readonly TaskResult[]> = new Map();
  private readonly history: Omit<Progress, "elapsedMicros">[] = [];
  private readonly records: Readonly<Record<string, number | string | boolean>>[] = [];
  private readonly shares: readonly Examples[];
  private tau: number;
  private time = 0;
  /** Time of the first task of the newest record. */
  private passBegin = 0;
  private readonly lostAt: Set<number> = new Set();

  constructor(application: Application, job: JobSpec, shares: readonly Examples[], hooks: Hooks) {
    this.application = application;
    this.job = job;
    this.hooks = hooks;
    this.tau = job.tau ?? 64;
    this.rows = shares.map(({ rows, columns }) => ({ rows, nonzeros: columns.length }));
    this.stores = application.parameters(job).map((spec) => new SegmentStore(spec, spec.span));
    this.shares = shares;
    this.programs = shares.map((share, i) => application.slotProgram(job, i, share));
  }

  run(): OneProcessRun {
    const summaries = this.rows.map((share) => ({ ...share, badLines: 0, loadMicros: 0 }));
    let schedule = this.application.schedule(this.job, summaries);
    const begin = () =>
      (schedule as Iterator<ScheduleRequest, JobOutcome, ScheduleReply | undefined>).next(undefined);
    let next = begin();
    while (next.done !== true) {
      if (this.isSchedulerLost(next.value)) {
        schedule = this.application.schedule(this.job, summaries, this.records.pop());
        this.time = this.passBegin;
        next = begin();
      } else next = schedule.next(this.answerSchedule(next.value));
    }
    const { history, records, stores, programs } = this;
    return { outcome: next.value, history, records, stores, programs };
  }

  private isSchedulerLost(request: ScheduleRequest): boolean {
    if (request.type !== "wait" || this.lostAt.has(request.time)) return false;
    const isLost = this.hooks.isSchedulerLostAt?.(request.time) === true;
    if (isLost) this.lostAt.add(request.time);
    return isLost;
  }

  private answerSchedule(request: ScheduleRequest): ScheduleReply {
    switch (request.type) {
      case "record":
        this.records.push(JSON.parse(JSON.stringify(request.record)) as typeof request.record);
        this.passBegin = this.time;
        return { type: "recorded" };
      case "issue":
        return this.issue(request);
      case "wait":
        while (!this.finished.has(request.time)) this.advance();
        return { type: "results", results: this.finished.get(request.time) ?? [] };
      case "set-tau":
        this.tau = request.tau;
        return { type: "recorded" };
      case "statistics":
        return { type: "statistics", nodes: [] };
      case "progress":
        // As the scheduler does: a pass that is reported again is reported once.
        if (this.history.at(-1)?.pass === request.progress.pass) this.history.pop();
        this.history.push(request.progress);
        this.hooks.progress?.(request.progress);
        return { type: "recorded" };
      default:
        return unreachable(request);
    }
  }

  private issue(request: Extract<ScheduleRequest, { type: "issue" }>): ScheduleReply {
    const { name, argument, writes, after } = request;
    const time = taskTime(this.time++);
    // Workers know what they have done, or are about to do, whoever issues it.
    const isKnown =
      this.finished.has(time) || [...this.waiting, ...this.running].some((task) => task.spec.time === time);
    if (isKnown) return { type: "issued", time };
    const spec: TaskSpec = {
      time,
      name,
      argument,
      writes,
      slots: this.programs.map((_, i) => slot(i)),
      after: { below: time, tasks: [] },
      recordHash: "",
    };
    this.waiting.push({ spec, isAfterAll: after !== "tau" });
    return { type: "issued", time };
  }

  /** Begins tasks while the delay allows, then finishes the oldest. */
  private advance(): void {
    while (this.waiting.length > 0) {
      const [{ spec, isAfterAll }] = this.waiting;
      if (this.running.length > (isAfterAll ? 0 : this.tau)) break;
      if (isAfterAll && this.running.length > 0) break;
      this.waiting.shift();
      this.running.push(this.begin(spec));
      if (isAfterAll) break;
    }
    const oldest = this.running.shift();
    assert(oldest !== undefined, "a task that is waited for was issued");
    this.finish(oldest);
  }

  /** Runs the task at every slot until its first push. */
  private begin(spec: TaskSpec): RunningTask {
    for (const i of this.hooks.newHoldersAt?.(spec.time) ?? []) {
      this.programs[i] = this.application.slotProgram(this.job, i, this.shares[i]);
    }
    const programs = this.programs.map((program) => oneByOne(program.run(spec)));
    const task: RunningTask = { spec, programs, requests: [], results: [], op: 0 };
    for (const i of this.order(task)) {
      this.resume(task, i, undefined);
      this.serveReads(task, i);
    }
    return task;
  }

  private order({ spec }: RunningTask): readonly number[] {
    return this.hooks.slotOrder?.(spec.time, this.programs.length) ?? this.programs.map((_, i) => i);
  }

  /** Slots go from push to push together. */
  private finish(task: RunningTask): void {
    while (task.requests.some((request) => request !== undefined)) {
      const pushes = task.requests.map((request) => {
        assert(request?.type === "push", "slots of a task push in step");
        return request;
      });
      this.applyPushes(task, pushes);
      const op = task.op++;
      for (const i of this.order(task)) {
        this.resume(task, i, { type: "pushed", op });
        this.serveReads(task, i);
      }
    }
    this.finished.set(task.spec.time, task.results);
  }

  private resume(task: RunningTask, i: number, reply: ProgramReply | undefined): void {
    const program = task.programs[i] as Iterator<ProgramRequest, TaskResult, ProgramReply | undefined>;
    const next = program.next(reply);
    task.requests[i] = next.done === true ? undefined : next.value;
    if (next.done === true) task.results[i] = next.value;
  }

  private serveReads(task: RunningTask, i: number): void {
    for (;;) {
      const request = task.requests[i];
      if (request === undefined || request.type === "push") return;
      this.resume(task, i, this.read(task, request));
    }
  }

  private read(task: RunningTask, request: ProgramRequest): ProgramReply {
    switch (request.type) {
      case "pull":
        return this.pull(request.parameter, request.keys);
      case "pull-range": {
        const store = this.stores[request.parameter];
        const { positions, pairs } = store.changedRows(request.range);
        const { pulled } = store.spec;
        const values = newValues(store.spec.element, positions.length * pulled.length);
        store.gather(positions, pulled, values);
        return { type: "pulled-range", keys: pairs, values };
      }
      case "call":
        return this.call(task, request);
      default:
        throw new Error(`one process serves no "${request.type}" here`);
    }
  }

  private pull(parameter: number, keys: KeyList): ProgramReply {
    const store = this.stores[parameter];
    const { pulled, pullFilters, columns } = store.spec;
    const width = pulled.length;
    const positions = store.positionsOf(keys, "find");
    const values = newValues(store.spec.element, positions.length * width);
    store.gather(positions, pulled, values);
    if (!isKkt(pullFilters)) return { type: "pulled", values, present: undefined };
    const marks = store.columns[columns.findIndex(({ name }) => name === "mark")];
    const present = new Uint8Array(positions.length).fill(1);
    for (let j = 0; j < present.length; j++) {
      if (positions[j] < 0 || marks[positions[j]] === 0) continue;
      present[j] = 0;
      for (let c = 0; c < width; c++) values[j * width + c] = columns[pulled[c]].initial;
    }
    return { type: "pulled", values, present };
  }

  private call(task: RunningTask, request: Extract<ProgramRequest, { type: "call" }>): ProgramReply {
    const store = this.stores[request.parameter];
    const { begin, end } = store.rowRange(request.range);
    const result = this.application.functions[request.function]({
      columns: store.columns,
      scalars: store.scalars,
      rowBegin: begin,
      rowEnd: end,
      blockEnds: store.blockEnds(begin, end),
      time: task.spec.time,
      argument: request.argument,
      job: this.job,
    });
    return { type: "called", results: [result], begins: [request.range.begin] };
  }

  private applyPushes({ spec: { time, argument } }: RunningTask, pushes: readonly PushRequest[]): void {
    const store = this.stores[pushes[0].parameter];
    const { update } = store.spec;
    // Every list first: an insertion moves the rows of those before it.
    for (const { keys } of pushes) store.positionsOf(keys, "insert");
    const parts = pushes.map((push) => partOf(store, push));
    if (update.kind === "add") for (const { positions, values } of parts) store.add(positions, values);
    if (update.kind === "assign") for (const { positions, values } of parts) store.assign(positions, values);
    if (update.kind === "add" || update.kind === "assign") return;
    const { columns, scalars } = store;
    for (const { positions, values } of update.kind === "simple" ? parts : [this.sum(store, parts)]) {
      const count = positions.length;
      const { job } = this;
      this.application.updates[update.name]({
        columns,
        scalars,
        positions,
        count,
        values,
        time,
        argument,
        job,
      });
    }
  }

  private sum(store: SegmentStore, parts: readonly Part[]): Part {
    if (parts.length === 1) return parts[0];
    const width = store.spec.pushWidth;
    const { positions, indexOf } = unionPositions(parts.map((part) => part.positions));
    const values = new Float64Array(positions.length * width);
    parts.forEach((part, slotIndex) => {
      const at = indexOf[slotIndex];
      for (let j = 0; j < at.length; j++) {
        for (let c = 0; c < width; c++) values[at[j] * width + c] += part.values[j * width + c];
      }
    });
    return { positions, values };
  }
}

/** Asks what the program asks for all at once in its order. */
function* oneByOne(program: Program): Program {
  let next = (program as Iterator<ProgramRequest, TaskResult, undefined>).next(undefined);
  while (next.done !== true) {
    if (next.value.type === "all") {
      const replies: ProgramReply[] = [];
      for (const request of next.value.requests) replies.push(yield request);
      next = program.next({ type: "all", replies });
    } else {
      next = program.next(yield next.value);
    }
  }
  return next.value;
}

type PushRequest = Extract<ProgramRequest, { type: "push" }>;

interface Part {
  readonly positions: Int32Array;
  readonly values: Values;
}

/** The rows of a push that are sent. */
function partOf(store: SegmentStore, { keys, values, active }: PushRequest): Part {
  const positions = store.positionsOf(keys, "insert");
  const width = store.spec.pushWidth;
  if (active === undefined || !isKkt(store.spec.pushFilters)) return { positions, values };
  let count = 0;
  const kept = new Int32Array(positions.length);
  const rows = new Float64Array(values.length);
  for (let j = 0; j < positions.length; j++) {
    if (active[j] === 0) continue;
    kept[count] = positions[j];
    for (let c = 0; c < width; c++) rows[count * width + c] = values[j * width + c];
    count++;
  }
  return { positions: kept.subarray(0, count), values: rows.subarray(0, count * width) };
}

function isKkt(filters: readonly FilterSpec[]): boolean {
  return filters.some(({ kind }) => kind === "kkt");
}
