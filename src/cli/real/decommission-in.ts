/** An operator of a cluster of this machine says that a node is gone for good, to whichever manager acts. */
import type { NodeId } from "../../core/index.ts";
import { AdminClient } from "../../net/index.ts";

const timeoutMs = 2_000;

/** Resolves with whether it is marked: else nobody acts, or whoever acts refuses. */
export async function decommissionIn(
  managers: readonly string[],
  node: NodeId,
  clusterId: string,
): Promise<boolean> {
  for (const address of managers) {
    const client = new AdminClient({ node: undefined, address }, { tls: undefined, clusterId, timeoutMs });
    const answer = await client.decommission(node);
    client.close();
    if (answer.ok) return true;
  }
  return false;
}
