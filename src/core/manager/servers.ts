/** Which servers are there, and which are waited for. */
import { nodeId, type NodeId, roleOf } from "../ids.ts";
import type { Shell } from "../shell.ts";

export function serversIn({ members }: Pick<Shell, "members">): readonly NodeId[] {
  return [...members.keys()].filter((node) => roleOf(node) === "server").sort();
}

/** The lowest names that are free, as many as servers are missing. */
export function missingServers(shell: Pick<Shell, "members" | "options">): readonly NodeId[] {
  const missing: NodeId[] = [];
  const count = shell.options.serverCount - serversIn(shell).length;
  for (let i = 0; missing.length < count; i++) {
    const node = nodeId(`server-${i}`);
    if (!shell.members.has(node)) missing.push(node);
  }
  return missing;
}
