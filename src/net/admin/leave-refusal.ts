/** Whether a node may be asked to leave: what it does must have somewhere to go. */
import { type NodeId, nodeId, type Role, roleOf } from "../../core/index.ts";
import type { KnownMember } from "./known-cluster.ts";

export interface Leaver {
  readonly node: NodeId;
  /** Copies of each segment beside its master that the cluster was asked to keep. */
  readonly replicas: number;
  /** The registry lives in this node's process. */
  readonly servesRegistry: boolean;
}

const without: Readonly<Record<Role, string>> = {
  manager: "nobody would notice who is lost",
  scheduler: "the job would wait for another one",
  server: "what it holds has nowhere to go",
  worker: "its slots have nowhere to go",
};

/** The reason, and what would help; undefined: others can take over what the node has. */
export function leaveRefusal(
  { node, replicas, servesRegistry }: Leaver,
  members: readonly KnownMember[],
  allowsFewerCopies: boolean,
): string | undefined {
  if (servesRegistry) {
    return (
      `${node} serves the cluster's registry, and the cluster ends without it: end the cluster instead, or run it ` +
      "with its registry in etcd (--registry etcd://host:port)"
    );
  }
  const role = roleOf(node);
  const others = members.filter(
    (member) => member.gone === undefined && member.node !== node && roleOf(member.node) === role,
  );
  const help = `start another first (tauring node join ${freeName(role, members)})`;
  if (others.length === 0) return `${node} is the only ${role}, and ${without[role]}: ${help}`;
  if (role !== "server" || others.length > replicas || allowsFewerCopies) return undefined;
  const remain = others.length === 1 ? "1 server would remain" : `${others.length} servers would remain`;
  return (
    `${remain} without ${node}, and ${replicas + 1} keep each segment (replicas ${replicas}): ${help}, or allow ` +
    "fewer copies (--fewer-copies)"
  );
}

/** The lowest name that nobody has or had. */
export function freeName(role: Role, members: readonly Pick<KnownMember, "node">[]): NodeId {
  const taken = new Set<string>(members.map(({ node }) => node));
  for (let i = 0; ; i++) if (!taken.has(`${role}-${i}`)) return nodeId(`${role}-${i}`);
}
