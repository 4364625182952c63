/** What happened between a kill and the first push after it, from the facts of all nodes: what a slow recovery waited for. */
import type { Recovery } from "#tauring/cli/recovery.js";
import { describeFact, type Fact } from "#tauring/observe/index.js";

/** Of the others there are thousands. */
const told: readonly Fact["fact"]["type"][] = [
  "node-started",
  "node-stopped",
  "node-suspected",
  "node-evicted",
  "leader-elected",
  "view-published",
  "view-adopted",
  "segment-sealed",
  "holder-filled",
  "slot-assigned",
  "task-issued",
  "task-started",
  "task-finished",
  "slot-waited",
  "pull-invoked",
  "pull-finished",
  "push-invoked",
  "push-finished",
  "applied",
  "committed",
  "frame-resent",
];

interface Line {
  readonly from: number;
  readonly node: string;
  readonly text: string;
  to: number;
  count: number;
}

/** A line for each kind of fact at each node: from when to when after the kill, how often, and the first of them in words. */
export function timelineOf(facts: readonly Fact[], { node, by, at, ...recovery }: Recovery): string {
  const end = at + 1000 * Math.max(recovery.firstPushMs ?? 0, recovery.firstPullMs ?? 0);
  const lines = new Map<string, Line>();
  for (const entry of facts) {
    const { fact } = entry;
    if (entry.at < at || entry.at > end || !told.includes(fact.type)) continue;
    const key = `${entry.node} ${fact.type} ${fact.type === "view-adopted" ? fact.view : ""}`;
    const line = lines.get(key);
    if (line === undefined) {
      const text = describeFact(fact).slice(0, 100);
      lines.set(key, { from: entry.at, to: entry.at, node: entry.node, text, count: 1 });
    } else {
      line.to = entry.at;
      line.count++;
    }
  }
  const ms = (time: number): string => ((time - at) / 1000).toFixed(0).padStart(5);
  const rows = [...lines.values()].map(({ from, to, count, node: by, text }) => {
    const till = count === 1 ? "            " : ` ..${ms(to)} x${String(count).padEnd(3)}`;
    return `${ms(from)}${till}  ${by.padEnd(12)} ${text}`;
  });
  const head = `${node}, ${by} during ${recovery.during} (${recovery.phase}): first push after ${recovery.firstPushMs} ms, pull ${recovery.firstPullMs}`;
  return [head, ...rows].join("\n");
}
