/** `tauring why [TASK]`: what everything that is blocked waits for, and since when, from every node of the cluster. */
import type { WaitEdge } from "../../core/index.ts";
import { askEach, type Waiting } from "../../net/index.ts";
import { type ClusterOptions, reachCluster } from "../cluster-access.ts";
import { exitCodes } from "../exit.ts";
import { duration } from "../figures.ts";
import { print, printJson, say } from "../output.ts";
import { table } from "../table.ts";

export interface NodeWait {
  readonly node: string;
  readonly blocked: string;
  readonly waits_for: string;
  readonly waited_seconds: number;
  readonly edge: WaitEdge;
}

export async function why(task: number | undefined, options: ClusterOptions): Promise<number> {
  const { access, ...found } = await reachCluster(options);
  const answers = await askEach(found, access, (client) => client.why());
  const waits: NodeWait[] = [];
  const silent: { readonly node: string; readonly reason: string }[] = [];
  for (const [node, answer] of answers) {
    if (answer.ok) waits.push(...answer.answer.waits.map((wait) => nodeWait(node, wait)));
    else silent.push({ node, reason: answer.reason });
  }
  const asked = task === undefined ? waits : causesOf(waits, task);
  const longest = asked.toSorted((a, b) => b.waited_seconds - a.waited_seconds);
  if (options.json === true) {
    printJson({
      schema_version: 1,
      cluster: found.cluster,
      task: task ?? null,
      waits: longest,
      unreachable: silent,
    });
  } else {
    print(text(longest, task));
    for (const { node, reason } of silent) say(`${node} did not answer: ${reason}`);
  }
  return exitCodes.success;
}

/** What of the task is blocked, what that waits for, and so on. */
export function causesOf(waits: readonly NodeWait[], task: number): readonly NodeWait[] {
  const times = new Set([task]);
  const causes = new Set<NodeWait>();
  for (const time of times) {
    for (const wait of waits) {
      if (timeOf(wait) !== time) continue;
      causes.add(wait);
      if ("time" in wait.edge) times.add(wait.edge.time);
    }
  }
  return [...causes];
}

/** Of the task that is blocked, in the words of core: `task 12 (…)`, `pull 12/1 of …`, `push part of slot 0 for 12/0`. */
function timeOf({ blocked }: NodeWait): number | undefined {
  const match = /\btask (\d+)\b|\b(\d+)\/\d+\b/.exec(blocked);
  return match === null ? undefined : Number(match[1] ?? match[2]);
}

function nodeWait(node: string, { blocked, waitsFor, waitedMicros, edge }: Waiting): NodeWait {
  return {
    node,
    blocked,
    waits_for: waitsFor,
    waited_seconds: waitedMicros / 1e6,
    edge: JSON.parse(edge) as WaitEdge,
  };
}

function text(waits: readonly NodeWait[], task: number | undefined): string {
  if (waits.length === 0) {
    return task === undefined
      ? "nothing waits"
      : `nothing of task ${task} waits: it has finished, or was not issued`;
  }
  const alike = new Map<string, NodeWait[]>();
  for (const wait of waits) {
    const kind = [wait.node, kindOf(wait.blocked), wait.waits_for].join("|");
    alike.set(kind, [...(alike.get(kind) ?? []), wait]);
  }
  const rows = [...alike.values()].map(([first, ...others]) => {
    const { node, waited_seconds, blocked, waits_for } = first;
    const what = others.length === 0 ? blocked : `${blocked}, and ${others.length} like it`;
    return [duration(Math.round(waited_seconds * 1e6)), node, what, waits_for];
  });
  return table(["waited", "node", "what", "waits for"], rows);
}

/** What is blocked without its numbers: the tasks behind one that waits are seldom news. */
function kindOf(blocked: string): string {
  return blocked.replace(/\d+/g, "").replace(/ \(.*?\)/, "");
}
