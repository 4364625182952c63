/** What something waits for, in words. */
import { segmentName, slotsName, type WaitEdge } from "../core/index.ts";

export function edgeText(edge: WaitEdge): string {
  switch (edge.kind) {
    case "task":
      return `task ${edge.time} ${edge.unfinishedSlots.length === 0 ? "to finish" : `at ${slotsName(edge.unfinishedSlots)}`}`;
    case "reply":
      return `${edge.server} to answer op ${edge.op} of task ${edge.time} for segment ${segmentName(edge.segment)}`;
    case "parts":
      return `parts of op ${edge.op} of task ${edge.time} from ${slotsName(edge.missingSlots)}`;
    case "compute":
      return `task ${edge.time} to compute`;
    case "share":
      return "its share of the data";
    case "members":
      return `${edge.missing.join(", ")} to register`;
    case "chain":
      return `holders ${edge.holders.join(", ")} of segment ${segmentName(edge.segment)} in view ${edge.view}`;
    case "registry":
      return `the registry's ${edge.key}`;
    default:
      throw new Error(`Invariant: no such edge: ${JSON.stringify(edge satisfies never)}`);
  }
}
