/** A node that is killed in the middle of a run, to show what comes of it, and what the run's trace tells of that. */
import { isNodeId, type NodeId, roleOf } from "../core/index.ts";
import type { Fact } from "../observe/index.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { localNodes } from "./local-nodes.ts";
import { type Disturbance, lossesIn, recoveryFrom } from "./recovery.ts";

/** A row of progress: the run is well under way, and far from its end. */
export const killAfterRows = 3;

interface Cluster {
  readonly servers: number;
  readonly workers: number;
  readonly replicas: number;
}

/** The others must be able to go on without it. */
export function nodeToKill(name: string, cluster: Cluster): NodeId {
  const refuse = (why: string): never => {
    throw new CommandError(exitCodes.usage, `--kill: ${why}`);
  };
  if (!isNodeId(name) || !localNodes(cluster).includes(name))
    return refuse(`found "${name}"; expected one of ${localNodes(cluster).slice(1).join(", ")}`);
  if (roleOf(name) === "manager") return refuse("a run of this machine ends with its only manager");
  if (cluster.replicas === 0) return refuse(`nobody goes on without ${name}: give --replicas 1`);
  return name;
}

/** A line for each thing that was to be shown. */
export function killedText(facts: readonly Fact[], killed: Disturbance): readonly string[] {
  const { node, by } = killed;
  const recovery = recoveryFrom(facts, killed);
  const { pushes, lost, doubled } = lossesIn(facts, undefined);
  const after = (ms: number | undefined): string =>
    ms === undefined ? "never" : `after ${ms.toFixed(0)} ms`;
  const parts = { server: "segments", worker: "slots", scheduler: "term", manager: "term" }[roleOf(node)];
  const count = recovery.partCount === 1 ? parts.replace(/s$/, "") : parts;
  const successors = recovery.successors.length === 0 ? "nobody" : recovery.successors.join(", ");
  return [
    `killed       ${node} by ${by}, to show what comes of it`,
    `noticed      ${after(recovery.noticedMs)}`,
    `taken over   ${recovery.partCount} ${count} by ${successors}`,
    `went on      first push on what it held ${after(recovery.firstPushMs)}, first pull ${after(recovery.firstPullMs)}`,
    `lost         ${lost} of ${pushes} finished pushes, and ${doubled} applied twice, as the checkers read the trace`,
  ];
}
