/** A scheduler whose workers are the test, and a schedule of two passes that can be resumed. */
import type {
  JobSpec,
  Message,
  NodeId,
  NodeOptions,
  Schedule,
  ScheduleReply,
  TaskSpec,
} from "../../../src/core/index.ts";
import { slot, taskTime } from "../../../src/core/index.ts";
import { Scheduler } from "../../../src/core/scheduler/scheduler.ts";
import { FakeRegistry, FakeShell } from "../../support/fake-shell.ts";
import { application, jobSpec, outcome, share } from "../../support/jobs.ts";

const view = { number: 1, lineage: 0, incarnations: {}, segments: [] };

/** Tasks of a pass: the last one writes nothing, and what it returned is asked for. */
export const passTasks = 4;

const writes = [{ parameter: 0, range: { begin: 0n, end: 100n } }];

/** Two passes; the second is made from what the last task of the first returned. */
export function* twoPasses(
  _job: JobSpec,
  _shares: unknown,
  resumeFrom?: Readonly<Record<string, number | string | boolean>>,
): Schedule {
  let sum = Number(resumeFrom?.sum ?? 0);
  for (let pass = Number(resumeFrom?.pass ?? 1); pass <= 2; pass++) {
    yield { type: "record", record: { pass, sum } };
    for (let i = 1; i < passTasks; i++) {
      yield { type: "issue", name: "update", argument: [sum], writes, after: "tau" };
    }
    const issued = yield { type: "issue", name: "evaluate", argument: [], writes: [], after: "all" };
    const time = (issued as Extract<ScheduleReply, { type: "issued" }>).time;
    const told = (yield { type: "wait", time }) as Extract<ScheduleReply, { type: "results" }>;
    for (const { numbers } of told.results) sum += numbers[0];
    const progress = { pass, objective: sum, nonzeros: 0, sentBytes: 0, filteredShare: 0 };
    yield { type: "progress", progress };
  }
  return { ...outcome, objective: sum };
}

export interface BenchSetup {
  readonly id?: string;
  readonly incarnation?: number;
  readonly schedule?: (...args: Parameters<typeof twoPasses>) => Schedule;
  readonly job?: Partial<JobSpec>;
  readonly options?: Partial<NodeOptions>;
  readonly registry?: FakeRegistry;
  readonly workers?: readonly string[];
}

export class SchedulerBench {
  readonly registry: FakeRegistry;
  readonly shell: FakeShell;
  readonly scheduler: Scheduler;

  constructor(setup: BenchSetup = {}) {
    const { id = "scheduler-0", schedule = twoPasses, registry, options } = setup;
    this.registry = registry ?? new FakeRegistry();
    this.shell = new FakeShell({ id, registry: this.registry, options: { workerCount: 2, ...options } });
    this.shell.incarnation = setup.incarnation ?? 1;
    this.scheduler = new Scheduler(this.shell, () => application({ schedule }));
    if (registry === undefined) {
      this.registry.put("view", view);
      this.registry.put("job", jobSpec(setup.job));
      for (const node of [id, ...(setup.workers ?? ["worker-0", "worker-1"])]) this.join(node);
    }
    this.settle();
    this.shell.attach(this.scheduler);
    this.scheduler.started();
    this.settle();
  }

  settle(): void {
    this.shell.settle();
  }

  join(node: string, incarnation: number = 1): void {
    this.registry.put(`nodes/${node}`, { incarnation });
    this.shell.settle();
  }

  lose(node: string, incarnation: number = 1): void {
    this.registry.put(`nodes/${node}`, { incarnation, gone: "silent" });
    this.shell.settle();
  }

  /** Every slot's worker says that it has its share. */
  ready(slots: readonly number[] = [0, 1], floor: number = 0): void {
    for (const number of slots) {
      const { worker, epoch } = this.holder(number);
      const at = { slot: slot(number), epoch, floor: taskTime(floor), summary: share };
      this.receive(worker, { type: "slot-ready", ...at });
    }
  }

  finish(time: number, slots: readonly number[] = [0, 1]): void {
    for (const number of slots) {
      const { worker, epoch } = this.holder(number);
      this.receive(worker, finished(number, epoch, time));
    }
  }

  receive(from: string, message: Message): void {
    this.scheduler.received(from as NodeId, message);
    this.settle();
  }

  /** As the registry has it. */
  holder(number: number): { worker: string; incarnation: number; epoch: number } {
    const { slots } = JSON.parse(this.registry.get("slots")?.value ?? "{}") as {
      slots: { worker: string; incarnation: number; epoch: number }[];
    };
    return slots[number];
  }

  holders(): readonly string[] {
    return [0, 1].map((number) => {
      const { worker, incarnation, epoch } = this.holder(number);
      return `${worker}#${incarnation} under ${epoch}`;
    });
  }

  /** What a worker was issued, in order. */
  issuedTo(worker: string): readonly TaskSpec[] {
    return this.shell
      .sentOf("issue")
      .filter(({ to }) => to === worker)
      .flatMap(({ message }) => message.tasks);
  }

  why(): readonly string[] {
    const { shell, scheduler } = this;
    return scheduler.why(shell.now).map(({ blocked, waitsFor }) => `${blocked}: ${waitsFor}`);
  }
}

export function finished(number: number, epoch: number, time: number): Message {
  const result = { numbers: Float64Array.of(10 * time + number), keys: new Uint32Array(0) };
  return { type: "finished", view: 0, slot: slot(number), epoch, time: taskTime(time), result };
}
