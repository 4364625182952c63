/** What a scheduler says of the job: its slots, its tasks, how it converges and how it ends. */
import type { Observation } from "../../core/index.ts";
import type { ParameterView, ProgressPoint } from "./cluster-view.ts";
import type { NodePart } from "./node-part.ts";

type SchedulerFact = Extract<
  Observation,
  {
    type:
      | "job-submitted"
      | "slot-assigned"
      | "task-issued"
      | "frontier-rose"
      | "progress-reported"
      | "job-resumed"
      | "job-ended"
      | "job-failed";
  }
>;

const pointsKept = 512;
const slotsKept = 2 ** 20;

export function reduceScheduler(part: NodePart, at: number, fact: SchedulerFact): void {
  switch (fact.type) {
    case "job-submitted": {
      const { name, slotCount, tau } = fact;
      part.job = {
        at,
        name,
        slotCount,
        tau,
        reference: fact.reference ?? null,
        parameters: parametersOf(fact),
      };
      return;
    }
    case "slot-assigned": {
      const { slot, worker, epoch } = fact;
      if (slot >= slotsKept) return;
      const { assignments } = part;
      while (assignments.length <= slot) assignments.push(null);
      assignments[slot] = { worker, epoch, at, before: assignments[slot]?.worker ?? null };
      return;
    }
    case "task-issued":
      if (part.newestTask === null || fact.time > part.newestTask.time) {
        part.newestTask = { time: fact.time, name: fact.name };
      }
      return;
    case "frontier-rose":
      part.frontier = Math.max(part.frontier, fact.floor);
      return;
    case "progress-reported":
      // After a rollback, and where another scheduler took over, a pass is told again.
      part.progress = part.progress.filter(({ pass }) => pass < fact.progress.pass);
      part.progress = thinned([...part.progress, { ...fact.progress, at }]);
      return;
    case "job-resumed":
      part.frontier = fact.first;
      part.newestTask = null;
      return;
    case "job-ended":
      part.ended = { at, reason: fact.endedBy, isFailure: false };
      return;
    default:
      part.ended = { at, reason: fact.reason, isFailure: true };
  }
}

/** Older traces do not say which keys a parameter has. */
function parametersOf({
  parameters,
}: Extract<Observation, { type: "job-submitted" }>): readonly ParameterView[] {
  return parameters.flatMap(({ name, begin, end, keyBlockCount }) =>
    begin === undefined ? [] : [{ name, begin, end, keyBlockCount }],
  );
}

/** Every other point goes where there are too many; the first and the newest stay. */
function thinned(points: ProgressPoint[]): ProgressPoint[] {
  if (points.length <= pointsKept) return points;
  return points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
}
