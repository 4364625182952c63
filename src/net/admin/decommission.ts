/** A node is gone for good: the acting manager marks it, so that nobody takes its name for a restart of it. */
import { isNodeId, type NodeId, segmentName } from "../../core/index.ts";
import type { KnownCluster } from "./known-cluster.ts";

/** The registry has so long to take it. */
export const decommissionWithinMs = 5_000;

/** Resolves to the reason why it was not done, and what would help. */
export async function decommission(
  self: NodeId,
  name: string,
  known: KnownCluster,
  ask: (node: NodeId) => void,
): Promise<string | undefined> {
  const { members, leaders, view } = known.records;
  const leader = leaders.find(({ role }) => role === "manager")?.node;
  if (leader !== self) return `${self} is not the acting manager: ${leader ?? "nobody"} is`;
  const member = members.find(({ node }) => node === name);
  if (member === undefined || !isNodeId(name)) return `there is no ${name} in the cluster`;
  if (name === self)
    return `${self} is the acting manager: drain it, or decommission it once another manager acts`;
  if (member.isDecommissioned) return undefined;
  const live = new Map(
    members.filter(({ gone }) => gone === undefined).map((one) => [one.node, one.incarnation]),
  );
  const last = view?.segments.find(({ holders }) =>
    holders.every((holder) => holder === name || live.get(holder) !== view.incarnations[holder]),
  );
  if (last !== undefined) {
    return (
      `${name} is the only one that has segment ${segmentName(last.begin)} of view ${view?.number}, and without it the job is rolled back ` +
      "to its newest checkpoint, or ends where it has none: bring it back, or end the job"
    );
  }
  ask(name);
  const isMarked = (): boolean =>
    known.members.some(({ node, isDecommissioned }) => node === name && isDecommissioned);
  if (await known.until(isMarked, decommissionWithinMs)) return undefined;
  return `the registry has not taken it within ${decommissionWithinMs} ms: ask again`;
}
