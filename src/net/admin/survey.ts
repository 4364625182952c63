/** Asks the whole cluster: finds its nodes through any one of them, and asks each. */
import type { NodeId } from "../../core/index.ts";
import { isNodeId } from "../../core/index.ts";
import { type AdminAccess, type AdminAnswer, AdminClient, type AdminRefusal } from "./admin-client.ts";
import type { ClusterMember, ClusterShape, MembersAnswer } from "./admin-messages.ts";

export interface FoundCluster {
  readonly cluster: string;
  readonly shape: ClusterShape;
  /** As the first that answered knows them, those that are gone included. */
  readonly members: readonly (ClusterMember & { readonly node: NodeId })[];
}

/** The first of these addresses that answers tells of all others; else why none does. */
export async function findCluster(
  addresses: readonly string[],
  access: AdminAccess,
): Promise<{ readonly ok: true; readonly found: FoundCluster } | AdminRefusal> {
  const refusals: AdminRefusal[] = [];
  for (const address of addresses) {
    const client = new AdminClient({ node: undefined, address }, access);
    const answer: AdminAnswer<MembersAnswer> = await client.members();
    client.close();
    if (answer.ok) {
      const { cluster, shape, members } = answer.answer;
      return { ok: true, found: { cluster, shape, members: members.filter(isNamed) } };
    }
    refusals.push({ ...answer, reason: `${address}: ${answer.reason}` });
  }
  const worst = refusals.find(({ kind }) => kind !== "unreachable") ?? refusals[0];
  return { ...worst, reason: refusals.map(({ reason }) => reason).join("; ") };
}

/** Asks every member at once; one that is gone is asked nothing. */
export async function askEach<T>(
  { members }: FoundCluster,
  access: AdminAccess,
  ask: (client: AdminClient) => Promise<AdminAnswer<T>>,
): Promise<ReadonlyMap<NodeId, AdminAnswer<T>>> {
  const present = members.filter(({ isGone }) => !isGone);
  const answers = await Promise.all(
    present.map(async ({ node, address }) => {
      const client = new AdminClient({ node, address }, access);
      const answer = await ask(client);
      client.close();
      return [node, answer] as const;
    }),
  );
  return new Map(answers);
}

function isNamed(member: ClusterMember): member is ClusterMember & { readonly node: NodeId } {
  return isNodeId(member.node);
}
