/**
 * A worker's next life pulls at once what the one before had pulled by and by: rounded or skipped otherwise. So where slots may move,
 * drawn scenarios round and skip pushes only: C7 would have nothing to compare (docs/protocol.md 9).
 */
import { withoutPhases } from "../scenario/phases.ts";
import type { ScenarioInput } from "../scenario/scenario.ts";
import { roleOfTarget } from "./budget.ts";
import { rollsBack } from "./lost-range.ts";

type Fault = NonNullable<ScenarioInput["faults"]>[number];
type Filter = NonNullable<NonNullable<ScenarioInput["filters"]>["pull"]>[number];

export function withExactPulls(scenario: ScenarioInput): ScenarioInput {
  const { filters } = scenario;
  const { faults = [] } = withoutPhases(scenario);
  const isResumed = scenario.resume !== undefined;
  const isMoved = isResumed || faults.some(movesSlots) || rollsBack({ ...scenario, faults });
  if (filters?.pull === undefined || !isMoved) return scenario;
  return { ...scenario, filters: { ...filters, pull: filters.pull.filter(isExact) } };
}

function isExact(filter: Filter): boolean {
  return typeof filter === "string" || (filter.kind !== "fixed-point" && filter.kind !== "random-skip");
}

/** May a slot's program begin again, at another worker or in another life? */
function movesSlots(fault: Fault): boolean {
  switch (fault.kind) {
    case "crash":
    case "crash-loop":
    case "memory":
    case "join":
    case "preempt":
    case "leave":
    case "decommission":
      return (roleOfTarget(fault.node ?? "@self") ?? "worker") === "worker";
    case "core":
      return true;
    default:
      return false;
  }
}
