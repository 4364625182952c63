/** What each task of a worker waits for: others to finish, servers to answer, or its turn to compute. */
import { type NodeId, slotsName } from "../ids.ts";
import type { Wait, WaitEdge } from "../node.ts";
import type { TaskSpec } from "../tasks/task.ts";
import type { Requests } from "./requests.ts";
import type { SlotTasks } from "./slot-tasks.ts";
import { type TaskRun, taskName } from "./task-run.ts";

export interface WorkerState {
  readonly node: NodeId;
  readonly slots: readonly SlotTasks[];
  readonly requests: Requests | undefined;
  readonly blockedBy: (task: TaskSpec) => Extract<WaitEdge, { readonly kind: "task" }> | undefined;
}

export function workerWaits(state: WorkerState): readonly Wait[] {
  return state.slots.flatMap((held) => [
    ...sharesOf(state, held),
    ...[...held.underWay].flatMap((run) => underWay(state, held, run)),
    ...held.queued.map((queued) => blocked(state, held, queued)),
  ]);
}

function sharesOf(state: WorkerState, held: SlotTasks): readonly Wait[] {
  if (held.share !== undefined) return [];
  const { slot, loadingSince: since } = held;
  return [
    {
      node: state.node,
      since,
      blocked: `slot ${slot}`,
      waitsFor: "its share of the data",
      edge: { kind: "share" },
    },
  ];
}

function underWay(state: WorkerState, held: SlotTasks, run: TaskRun): readonly Wait[] {
  const unanswered = state.requests?.unanswered(run) ?? [];
  if (unanswered.length > 0) return unanswered.map((part) => ({ node: state.node, ...part }));
  const { time } = run.task;
  const waitsFor = held.computing === run ? "its program to compute" : `slot ${run.slot} to compute it`;
  return [
    { node: state.node, since: run.since, blocked: taskName(run), waitsFor, edge: { kind: "compute", time } },
  ];
}

function blocked(state: WorkerState, held: SlotTasks, { task, since }: SlotTasks["queued"][number]): Wait {
  const { node } = state;
  const name = taskName({ slot: held.slot, task });
  const edge = state.blockedBy(task);
  if (edge === undefined) {
    const waitsFor = `slot ${held.slot} to compute it`;
    return { node, since, blocked: name, waitsFor, edge: { kind: "compute", time: task.time } };
  }
  const known = edge.unfinishedSlots.length > 0 ? ` at ${slotsName(edge.unfinishedSlots)}` : "";
  return { node, since, blocked: name, waitsFor: `task ${edge.time}${known} to finish`, edge };
}
