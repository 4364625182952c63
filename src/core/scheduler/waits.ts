/** What the scheduler waits for, and who keeps it waiting. */
import { type Micros, milliseconds, type NodeId, type Slot, slotsName, type TaskTime } from "../ids.ts";
import type { Wait, WaitEdge } from "../node.ts";
import { recordKeys } from "../registry/records.ts";
import type { Shell } from "../shell.ts";
import type { Leadership } from "./leadership.ts";
import type { Awaited } from "./schedule-run.ts";
import { type SlotHolders, workersIn } from "./slot-holders.ts";
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
  readonly holders: SlotHolders | undefined;
  readonly isReady: (slot: Slot) => boolean;
  /** Servers that were asked how far the job is. */
  readonly unheard: readonly NodeId[];
  readonly board: TaskBoard | undefined;
  readonly awaited: Awaited;
  readonly unanswered: readonly NodeId[];
  readonly leadership: Leadership;
  /** The checkpoint that is being taken. */
  readonly checkpoint:
    | { readonly name: string; readonly since: Micros; readonly missing: number }
    | undefined;
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
      return [...waits, ...vacant(state), ...loading(state), ...asking(state)];
    case "running":
      return [...waits, ...vacant(state), ...loading(state), ...running(state)];
    default:
      return waits;
  }
}

function gathering(state: SchedulerState): readonly Wait[] {
  const { shell, phaseSince } = state;
  const missing = (key: string, what: string): Wait =>
    wait(state, { since: phaseSince, blocked: "job", waitsFor: what, edge: { kind: "registry", key } });
  if (state.leadership.term === undefined) {
    const leader = shell.leader("scheduler")?.node;
    // Another one leads: this one has nothing to do.
    if (leader !== undefined && leader !== shell.id && shell.members.has(leader)) return [];
    return [missing(recordKeys.term("scheduler"), "a term as scheduler")];
  }
  if (shell.job === undefined) return [missing(recordKeys.job, "a job to be submitted")];
  if (shell.view === undefined) return [missing(recordKeys.view, "a view of the servers")];
  const absent: NodeId[] = [];
  const { workerCount } = shell.options;
  const present = workersIn(shell.members).length;
  for (let i = 0; absent.length < workerCount - present; i++) {
    const node = `worker-${i}` as NodeId;
    if (!shell.members.has(node)) absent.push(node);
  }
  if (absent.length === 0) return [];
  const waitsFor = `${absent.length} of ${workerCount} workers, such as ${absent[0]}`;
  const edge: WaitEdge = { kind: "members", missing: absent };
  return [wait(state, { since: phaseSince, blocked: `job ${shell.job.name}`, waitsFor, edge })];
}

/** Slots whose worker is lost, and that nobody has taken over yet. */
function vacant(state: SchedulerState): readonly Wait[] {
  const { shell, holders } = state;
  return slotsOf(state, (slot) => holders?.vacantSince(slot) !== undefined).map((slot) => {
    const since = holders?.vacantSince(slot) as Micros;
    const { worker, incarnation } = (holders as SlotHolders).of(slot);
    const leftMs = (since + milliseconds(shell.options.replaceAfterMs) - state.now) / 1000;
    const any = workersIn(shell.members).length === 0 ? "" : `, or for ${Math.max(0, leftMs)} ms to pass`;
    const waitsFor = `a worker in place of ${worker}#${incarnation}, which is gone${any}`;
    return wait(state, {
      since,
      blocked: `slot ${slot}`,
      waitsFor,
      edge: { kind: "members", missing: [worker] },
    });
  });
}

/** Slots whose worker has not said that it has their share: it loads, or has to tell this scheduler yet. */
function loading(state: SchedulerState): readonly Wait[] {
  const { holders } = state;
  const isVacant = (slot: Slot) => holders?.vacantSince(slot) !== undefined;
  const missing = slotsOf(state, (slot) => !state.isReady(slot) && !isVacant(slot));
  if (missing.length === 0) return [];
  const waitsFor = `the shares of ${slotsByWorker(state, missing)}`;
  const blocked = `job ${state.shell.job?.name ?? ""}`;
  return [wait(state, { since: state.phaseSince, blocked, waitsFor, edge: { kind: "share" } })];
}

function asking(state: SchedulerState): readonly Wait[] {
  const { unheard, phaseSince: since, shell } = state;
  if (unheard.length === 0) return [];
  const waitsFor = `${unheard.join(", ")} to say how far the job is`;
  const edge: WaitEdge = { kind: "members", missing: unheard };
  return [wait(state, { since, blocked: `job ${shell.job?.name ?? ""}`, waitsFor, edge })];
}

function slotsOf({ holders }: SchedulerState, test: (slot: Slot) => boolean): readonly Slot[] {
  return (holders?.slots ?? []).filter(test);
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
  if (state.checkpoint !== undefined) {
    const { name, since, missing } = state.checkpoint;
    const waitsFor = missing === 0 ? "its manifest" : `${missing} parts`;
    const edge: WaitEdge = { kind: "registry", key: recordKeys.checkpoint };
    waits.push(wait(state, { since, blocked: `checkpoint ${name}`, waitsFor, edge }));
  }
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
  return slotsName(slots.map((slot) => `${slot} (${state.holders?.of(slot).worker})`));
}

function wait(state: SchedulerState, about: Omit<Wait, "node">): Wait {
  return { node: state.shell.id, ...about };
}
