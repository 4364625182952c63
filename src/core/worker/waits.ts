/** What each task of a worker waits for: others to finish, servers to answer, or its turn to compute. */
import { type NodeId, type Slot, slotsName } from "../ids.ts";
import type { Wait, WaitEdge } from "../node.ts";
import type { FinishedFrontier } from "../tasks/frontier.ts";
import type { TaskSpec } from "../tasks/task.ts";
import type { Requests } from "./requests.ts";
import type { SlotTasks } from "./slot-tasks.ts";
import { type TaskRun, taskName } from "./task-run.ts";

export interface WorkerState {
  readonly slots: readonly SlotTasks[];
  readonly requests: Requests | undefined;
  readonly frontier: FinishedFrontier;
}

type About = Omit<Wait, "node">;

export function workerWaits(node: NodeId, state: WorkerState): readonly Wait[] {
  return state.slots.flatMap((held) =>
    [
      ...sharesOf(held),
      ...[...held.underWay].flatMap((run) => underWay(state, held, run)),
      ...held.queued.map((queued) => blocked(state, held, queued)),
    ].map((about) => ({ node, ...about })),
  );
}

/** What a slot waits for that computes nothing: what its lowest task does. */
export function edgeOfSlot(state: WorkerState, { lowest: run, queued }: SlotTasks): WaitEdge {
  const task = run?.task ?? queued[0].task;
  const reply = run === undefined ? undefined : state.requests?.firstEdge(run);
  return reply ?? blockedBy(state, task) ?? { kind: "compute", time: task.time };
}

function blockedBy(
  { frontier, slots }: WorkerState,
  task: TaskSpec,
): Extract<WaitEdge, { readonly kind: "task" }> | undefined {
  const time = frontier.blocking(task.after);
  return time === undefined
    ? undefined
    : { kind: "task", time, unfinishedSlots: unfinishedSlots(slots, time) };
}

/** As far as is known here: the worker's own slots that have not finished it; the others report to the scheduler. */
function unfinishedSlots(slots: readonly SlotTasks[], time: TaskSpec["time"]): readonly Slot[] {
  return slots
    .filter((held) => held.hasUnfinished(time))
    .map(({ slot }) => slot)
    .sort((a, b) => a - b);
}

function sharesOf(held: SlotTasks): readonly About[] {
  if (held.share !== undefined) return [];
  const { slot, loadingSince: since } = held;
  return [{ since, blocked: `slot ${slot}`, waitsFor: "its share of the data", edge: { kind: "share" } }];
}

function underWay(state: WorkerState, held: SlotTasks, run: TaskRun): readonly About[] {
  const unanswered = state.requests?.unanswered(run) ?? [];
  if (unanswered.length > 0) return unanswered;
  const { time } = run.task;
  const waitsFor = held.computing === run ? "its program to compute" : `slot ${run.slot} to compute it`;
  return [{ since: run.since, blocked: taskName(run), waitsFor, edge: { kind: "compute", time } }];
}

function blocked(state: WorkerState, held: SlotTasks, { task, since }: SlotTasks["queued"][number]): About {
  const name = taskName({ slot: held.slot, task });
  const edge = blockedBy(state, task);
  if (edge === undefined) {
    const waitsFor = `slot ${held.slot} to compute it`;
    return { since, blocked: name, waitsFor, edge: { kind: "compute", time: task.time } };
  }
  const known = edge.unfinishedSlots.length > 0 ? ` at ${slotsName(edge.unfinishedSlots)}` : "";
  return { since, blocked: name, waitsFor: `task ${edge.time}${known} to finish`, edge };
}
