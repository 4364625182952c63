/** What the scheduler waits for, and who keeps it waiting. */
import type { Micros, NodeId, Slot, TaskTime } from "../ids.ts";
import { slot as slotOf } from "../ids.ts";
import type { Wait, WaitEdge } from "../node.ts";
import { recordKeys } from "../registry/records.ts";
import type { Shell } from "../shell.ts";
import type { Leadership } from "./leadership.ts";
import type { Awaited } from "./schedule-run.ts";
import type { TaskBoard } from "./task-board.ts";

/** Where the scheduler is in the job's life. */
export type Phase =
  /** For a term, then for a job, a view and enough workers. */
  | "gathering"
  /** For the slots record, then for every slot's share. */
  | "assigning"
  | "running"
  | "over";

export interface SchedulerState {
  readonly shell: Shell;
  readonly now: Micros;
  readonly phase: Phase;
  readonly phaseSince: Micros;
  readonly floorSince: Micros;
  readonly workers: readonly NodeId[];
  readonly isReady: (slot: Slot) => boolean;
  readonly board: TaskBoard | undefined;
  readonly awaited: Awaited;
  readonly unanswered: readonly NodeId[];
  readonly leadership: Leadership;
}

export function schedulerWaits(state: SchedulerState): readonly Wait[] {
  const { writing } = state.leadership;
  const waits: Wait[] = [];
  if (writing !== undefined) {
    const edge: WaitEdge = { kind: "registry", key: writing.key };
    const { since, key } = writing;
    waits.push(wait(state, { since, blocked: `record ${key}`, waitsFor: "the registry", edge }));
  }
  switch (state.phase) {
    case "gathering":
      return [...waits, ...gathering(state)];
    case "assigning":
      return [...waits, ...loading(state)];
    case "running":
      return [...waits, ...running(state)];
    default:
      return waits;
  }
}

function gathering(state: SchedulerState): readonly Wait[] {
  const { shell, phaseSince } = state;
  const missing = (key: string, what: string): Wait =>
    wait(state, { since: phaseSince, blocked: "job", waitsFor: what, edge: { kind: "registry", key } });
  if (state.leadership.term === undefined)
    return [missing(recordKeys.term("scheduler"), "a term as scheduler")];
  if (shell.job === undefined) return [missing(recordKeys.job, "a job to be submitted")];
  if (shell.view === undefined) return [missing(recordKeys.view, "a view of the servers")];
  const absent: NodeId[] = [];
  const { workerCount } = shell.options;
  const present = [...shell.members.keys()].filter((node) => node.startsWith("worker-")).length;
  for (let i = 0; absent.length < workerCount - present; i++) {
    const node = `worker-${i}` as NodeId;
    if (!shell.members.has(node)) absent.push(node);
  }
  if (absent.length === 0) return [];
  const waitsFor = `${absent.length} of ${workerCount} workers, such as ${absent[0]}`;
  const edge: WaitEdge = { kind: "members", missing: absent };
  return [wait(state, { since: phaseSince, blocked: `job ${shell.job.name}`, waitsFor, edge })];
}

function loading(state: SchedulerState): readonly Wait[] {
  const missing = state.workers.map((_, slot) => slotOf(slot)).filter((slot) => !state.isReady(slot));
  if (missing.length === 0) return [];
  const waitsFor = `the shares of ${slotsByWorker(state, missing)}`;
  const blocked = `job ${state.shell.job?.name ?? ""}`;
  return [wait(state, { since: state.phaseSince, blocked, waitsFor, edge: { kind: "share" } })];
}

function running(state: SchedulerState): readonly Wait[] {
  const { board, awaited, floorSince } = state;
  if (board === undefined) return [];
  const waits: Wait[] = [];
  if (awaited.type === "results") {
    waits.push(taskWait(state, board, { time: awaited.time, since: awaited.since, blocked: "schedule" }));
  }
  if (awaited.type === "statistics") {
    const { unanswered } = state;
    const edge: WaitEdge = { kind: "members", missing: unanswered };
    const waitsFor = `the counters of ${unanswered.join(", ")}`;
    waits.push(wait(state, { since: awaited.since, blocked: "schedule", waitsFor, edge }));
  }
  const { floor } = board.frontier;
  if (floor < board.issuedEnd)
    waits.push(taskWait(state, board, { time: floor, since: floorSince, blocked: "frontier" }));
  return waits;
}

interface Blocked {
  readonly time: TaskTime;
  readonly since: Micros;
  readonly blocked: string;
}

function taskWait(state: SchedulerState, board: TaskBoard, { time, since, blocked }: Blocked): Wait {
  const unfinishedSlots = board.missing(time);
  const waitsFor = `task ${time} at ${slotsByWorker(state, unfinishedSlots)}`;
  return wait(state, { since, blocked, waitsFor, edge: { kind: "task", time, unfinishedSlots } });
}

function slotsByWorker(state: SchedulerState, slots: readonly Slot[]): string {
  return `slots ${slots.map((slot) => `${slot} (${state.workers[slot]})`).join(", ")}`;
}

function wait(state: SchedulerState, about: Omit<Wait, "node">): Wait {
  return { node: state.shell.id, ...about };
}
