/** A worker whose programs compute when the test says so, and whose servers are the test. */
import {
  type Application,
  type JobSpec,
  type Message,
  type NodeId,
  type NodeOptions,
  type ParameterSpec,
  type PartId,
  type Program,
  ProgramHost,
  type ProgramReply,
  type ProgramRequest,
  type Slot,
  slot,
  type TaskResult,
  type TaskSpec,
  taskTime,
  type View,
  Worker,
} from "../../src/core/index.ts";
import { plainValues } from "../../src/core/filters/rows.ts";
import { FakeShell } from "./fake-shell.ts";
import { application, jobSpec, parameterSpec, share } from "./jobs.ts";

/** Keys 0 to 49 are at server-0, keys 50 to 99 at server-1. */
export const halves: View = {
  number: 1,
  lineage: 0,
  incarnations: { "server-0": 1, "server-1": 1 },
  segments: [
    { begin: 0, holders: ["server-0" as NodeId], since: 1, filling: [] },
    { begin: 2 ** 31, holders: ["server-1" as NodeId], since: 1, filling: [] },
  ],
};

export const nothing: TaskResult = { numbers: new Float64Array(0), keys: new Uint32Array(0) };

export interface BenchSetup {
  /** What a task does: one generator a task. */
  readonly run?: (task: TaskSpec) => Program;
  readonly parameters?: readonly ParameterSpec[];
  readonly job?: Partial<JobSpec>;
  readonly options?: Partial<NodeOptions>;
  /** Slots of this worker; those of another are at worker-1. */
  readonly slots?: readonly number[];
  /** Of this worker; slots are given to the first one. */
  readonly incarnation?: number;
}

export function task(time: number, changes: Partial<TaskSpec> = {}): TaskSpec {
  return {
    time: taskTime(time),
    name: "update",
    argument: [],
    slots: [slot(0), slot(1)],
    writes: [{ parameter: 0, range: { begin: 0n, end: 100n } }],
    after: { below: taskTime(time), tasks: [] },
    recordHash: "r",
    ...changes,
  };
}

type Replied = ProgramReply | undefined;

/** A program of one request, which keeps its reply. */
export function asking(request: ProgramRequest, replies: Replied[] = []): (task: TaskSpec) => Program {
  return function* () {
    replies.push(yield request);
    return nothing;
  };
}

export class WorkerBench {
  readonly shell: FakeShell;
  readonly worker: Worker;
  readonly host: ProgramHost = new ProgramHost();
  private readonly application: Application;
  private performed: number = 0;

  /** The slots are assigned; their shares are still to be loaded. */
  constructor(setup: BenchSetup) {
    const { run = asking({ type: "all", requests: [] }), slots = [0, 1] } = setup;
    this.application = application({
      parameters: setup.parameters ?? [parameterSpec()],
      slotProgram: () => ({ run, takeWork: () => 1, digest: () => 0 }),
    });
    this.shell = new FakeShell({
      id: "worker-0",
      members: ["server-0", "server-1", "scheduler-0", "worker-1"],
      options: { ...setup.options },
    });
    this.shell.incarnation = setup.incarnation ?? 1;
    this.worker = new Worker(this.shell, (name) => (name === "trial" ? this.application : undefined));
    this.shell.attach(this.worker);
    this.worker.started();
    const job = jobSpec(setup.job);
    this.shell.records.put("job", job);
    this.shell.records.put("view", halves);
    this.shell.records.put("term/scheduler", { leader: "scheduler-0", term: 1 });
    const assigned = Array.from({ length: job.slotCount }, (_, number) => ({
      slot: number,
      worker: slots.includes(number) ? "worker-0" : "worker-1",
      incarnation: 1,
      epoch: 1,
    }));
    this.shell.records.put("slots", { slots: assigned });
    this.shell.settle();
  }

  load(...slots: readonly number[]): void {
    for (const number of slots) {
      this.host.addSlot(
        slot(number),
        this.application.slotProgram(this.shell.job as JobSpec, number, undefined),
      );
      this.worker.handle({ type: "share-loaded", slot: slot(number), summary: share });
    }
  }

  issue(tasks: readonly TaskSpec[], floor: number = 0, term: number = 1): void {
    const frontier = { floor: taskTime(floor), above: [] };
    this.worker.received("scheduler-0" as NodeId, { type: "issue", view: 0, term, tasks, frontier });
  }

  frontier(floor: number, above: readonly number[] = [], term: number = 1): void {
    const frontier = { floor: taskTime(floor), above: above.map(taskTime) };
    this.worker.received("scheduler-0" as NodeId, { type: "frontier", view: 0, term, frontier });
  }

  /** Runs compute effects, each `tookMicros` long, until none is left or `stepsMax` are done. Says how many were. */
  compute(tookMicros: number = 0, stepsMax: number = Infinity): number {
    let count = 0;
    for (; count < stepsMax; count++) {
      const effect = this.shell.effectsOf("compute")[this.performed];
      if (effect === undefined) break;
      this.performed += 1;
      const step = this.host.resume(effect.slot, effect.time, effect.input);
      this.shell.now = (this.shell.now + tookMicros) as typeof this.shell.now;
      this.worker.handle({ type: "computed", slot: effect.slot, time: effect.time, step });
    }
    return count;
  }

  /** What is about to compute, in order. */
  get pending(): readonly { readonly slot: Slot; readonly time: number }[] {
    return this.shell
      .effectsOf("compute")
      .slice(this.performed)
      .map(({ slot: at, time }) => ({ slot: at, time }));
  }

  started(): readonly string[] {
    return this.shell.factsOf("task-started").map((fact) => `${fact.time}@${fact.slot}`);
  }

  /** A server's answer to what was sent last to it of that type, or to the part given. */
  answer(from: string, message: Message): void {
    this.worker.received(from as NodeId, message);
  }

  pushed(from: string, part: PartId, index: number = 1): void {
    this.answer(from, { type: "pushed", part, token: { lineage: 0, view: 1, index } });
  }

  pulled(from: string, part: PartId, rows: readonly number[], index: number = 1): void {
    const values = plainValues("float64", 1, Float64Array.from(rows));
    this.answer(from, {
      type: "pulled",
      part,
      token: { lineage: 0, view: 1, index },
      keys: undefined,
      values,
    });
  }
}
