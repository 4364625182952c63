/** Which facts are news to a person, and how bad they are. */
import type { Observation } from "../../core/index.ts";
import { describeFact } from "../describe-fact.ts";
import type { EventView, Severity } from "./cluster-view.ts";

const severities: Partial<Record<Observation["type"], Severity>> = {
  "node-started": "info",
  "node-stopped": "info",
  "view-published": "info",
  "node-evicted": "warn",
  "leader-elected": "good",
  "node-suspected": "warn",
  "job-submitted": "info",
  "slot-assigned": "detail",
  "push-refused": "warn",
  "segment-sealed": "detail",
  "holder-filled": "good",
  "checkpoint-saved": "info",
  "checkpoint-failed": "warn",
  "checkpoint-passed-over": "warn",
  "job-rolled-back": "warn",
  "job-resumed": "info",
  "progress-reported": "detail",
  "model-saved": "info",
  "job-ended": "good",
  "job-failed": "error",
  "node-crashed": "fault",
  "node-launched": "good",
  "node-paused": "fault",
  "node-resumed": "good",
  "node-asked-to-leave": "fault",
  "node-decommissioned": "fault",
  "node-slowed": "fault",
  "clock-changed": "fault",
  "link-changed": "fault",
  "link-restored": "good",
  "bandwidth-changed": "fault",
  "disk-troubled": "fault",
  "disk-well": "good",
  "memory-capped": "fault",
  "memory-uncapped": "good",
  "node-out-of-memory": "fault",
  "all-healed": "good",
  "core-chosen": "fault",
  "client-gone": "fault",
  "job-submitted-again": "fault",
  "link-cut": "fault",
  "link-healed": "good",
};

/** Undefined: no news. */
export function severityOf(fact: Observation): Severity | undefined {
  if (fact.type === "node-stopped" && fact.reason !== undefined) return "warn";
  if (fact.type === "slot-assigned" && fact.epoch > 1) return "info";
  return severities[fact.type];
}

export function eventOf(at: number, node: string, fact: Observation): EventView | undefined {
  const severity = severityOf(fact);
  if (severity === undefined) return undefined;
  return { at, node, kind: fact.type, severity, text: describeFact(fact) };
}
