/** The command of each process of a scenario: its wires run through the proxy, and SIGTERM is a notice. */
import type { NodeId } from "../../core/index.ts";
import { type ChildCommand, drainsVariable, proxiedEnvironment } from "../../net/index.ts";
import { type LocalNodes, localCommand } from "../local-nodes.ts";
import type { FaultProxy } from "./fault-proxy.ts";

export function disturbedCommand(
  nodes: LocalNodes,
  proxy: FaultProxy,
): (node: NodeId, registryAddress: string | undefined) => ChildCommand {
  const lives = new Map<NodeId, number>();
  return (node, registryAddress) => {
    const life = (lives.get(node) ?? 0) + 1;
    lives.set(node, life);
    const command = throughProxy(localCommand(nodes, node, registryAddress, life), proxy.urlOf(node));
    return { ...command, env: { ...command.env, [drainsVariable]: "1" } };
  };
}

/** `url` names the node too. */
export function throughProxy(command: ChildCommand, url: string): ChildCommand {
  return { ...command, env: { ...command.env, ...proxiedEnvironment(url) } };
}
