/**
 * Runs an application's schedule: a generator that issues tasks, waits for their results and decides what comes next
 * (docs/protocol.md 8). What it asks of the cluster is the host's to do.
 */
import { unreachable } from "../assert.ts";
import type {
  JobOutcome,
  NodeStatistics,
  Progress,
  Schedule,
  ScheduleReply,
  ScheduleRequest,
} from "../application.ts";
import type { Micros, TaskTime } from "../ids.ts";
import { hashText } from "../keys/mix.ts";
import type { PassRecord } from "../registry/records.ts";
import type { TaskSpec } from "../tasks/task.ts";
import type { TaskBoard } from "./task-board.ts";

export interface ScheduleHost {
  readonly now: Micros;
  /** @param tau the delay that the task is allowed */
  issued(task: TaskSpec, tau: number | null): void;
  /** Writes the record; `recorded` is called when it is there. */
  record(hash: string, record: PassRecord["record"]): void;
  /** Asks every node; `counted` is called when all have answered. */
  count(): void;
  progress(progress: Omit<Progress, "elapsedMicros">): void;
  ended(outcome: JobOutcome): void;
  failed(reason: string): void;
}

/** What the schedule waits for. */
export type Awaited =
  | { readonly type: "nothing" }
  | { readonly type: "record"; readonly since: Micros }
  | { readonly type: "results"; readonly time: TaskTime; readonly since: Micros }
  | { readonly type: "statistics"; readonly since: Micros }
  /** It has returned, or thrown. */
  | { readonly type: "over" };

export class ScheduleRun {
  private readonly schedule: Schedule;
  private readonly board: TaskBoard;
  private readonly host: ScheduleHost;
  private recordHash: string = recordHashOf({});
  private awaits: Awaited = { type: "nothing" };

  constructor(schedule: Schedule, board: TaskBoard, host: ScheduleHost) {
    this.schedule = schedule;
    this.board = board;
    this.host = host;
  }

  get awaited(): Awaited {
    return this.awaits;
  }

  start(): void {
    this.proceed(undefined);
  }

  recorded(): void {
    if (this.awaits.type === "record") this.proceed({ type: "recorded" });
  }

  counted(nodes: readonly NodeStatistics[]): void {
    if (this.awaits.type === "statistics") this.proceed({ type: "statistics", nodes });
  }

  /** Some task has finished at all its slots. */
  taskFinished(): void {
    if (this.awaits.type !== "results") return;
    const results = this.board.takeResults(this.awaits.time);
    if (results !== undefined) this.proceed({ type: "results", results });
  }

  /** Resumes the schedule, and goes on until it waits or ends. */
  private proceed(first: ScheduleReply | undefined): void {
    let reply = first;
    this.awaits = { type: "nothing" };
    try {
      do {
        // A generator's first `next` takes no reply.
        const schedule = this.schedule as Iterator<ScheduleRequest, JobOutcome, ScheduleReply | undefined>;
        const next = schedule.next(reply);
        if (next.done === true) {
          this.awaits = { type: "over" };
          return this.host.ended(next.value);
        }
        reply = this.perform(next.value);
      } while (reply !== undefined);
    } catch (error) {
      this.awaits = { type: "over" };
      this.host.failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** The reply, where there is one at once. */
  private perform(request: ScheduleRequest): ScheduleReply | undefined {
    const since = this.host.now;
    switch (request.type) {
      case "issue": {
        const task = this.board.issue(request, this.recordHash, since);
        this.host.issued(task, this.board.delayOf(request.after));
        return { type: "issued", time: task.time };
      }
      case "set-tau":
        this.board.setTau(request.tau);
        return { type: "recorded" };
      case "progress":
        this.host.progress(request.progress);
        return { type: "recorded" };
      case "record":
        // Whoever takes over begins with the newest record: what it does not tell must be over.
        if (!this.board.isIdle) throw new Error("a pass begins when every task before it has finished");
        this.recordHash = recordHashOf(request.record);
        this.awaits = { type: "record", since };
        this.host.record(this.recordHash, request.record);
        return undefined;
      case "statistics":
        this.awaits = { type: "statistics", since };
        this.host.count();
        return undefined;
      case "wait": {
        const results = this.board.takeResults(request.time);
        if (results !== undefined) return { type: "results", results };
        this.awaits = { type: "results", time: request.time, since };
        return undefined;
      }
      default:
        return unreachable(request);
    }
  }
}

/** Names a pass's record: equal for equal records, in whatever order their fields were written. */
export function recordHashOf(record: PassRecord["record"]): string {
  const fields = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const [high, low] = hashText(JSON.stringify(fields));
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
