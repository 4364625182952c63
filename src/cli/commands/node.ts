/** `tauring node drain|decommission`: nodes leave a running cluster, in good order or for good. */
import { type NodeId, roleOf } from "../../core/index.ts";
import { AdminClient, type AdminRefusal } from "../../net/index.ts";
import { type ClusterOptions, type ReachedCluster, reachCluster, refusedAs } from "../cluster-access.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson, showStatus } from "../output.ts";

export interface DrainOptions extends ClusterOptions {
  readonly drainTimeoutMs: number;
  readonly fewerCopies?: boolean;
}

const lookMs = 500;

export async function drainNode(name: string, options: DrainOptions): Promise<number> {
  const reached = await reachCluster(options);
  const address = addressOf(reached, name);
  const client = new AdminClient({ node: name as NodeId, address }, reached.access);
  const beganAt = performance.now();
  const look = setInterval(() => void showWait(client, name), lookMs);
  const answer = await client.leave({
    reason: "drained by an operator",
    drainTimeoutMs: options.drainTimeoutMs,
    allowsFewerCopies: options.fewerCopies === true,
  });
  clearInterval(look);
  client.close();
  showStatus("");
  if (!answer.ok) throw refusedAs(answer, "");
  const seconds = (performance.now() - beganAt) / 1000;
  if (options.json === true) printJson({ schema_version: 1, node: name, drained: true, seconds });
  else print(`${name} has left after ${seconds.toFixed(1)} s: others have what it held`);
  return exitCodes.success;
}

/** The acting manager marks it; any other manager says who that is. */
export async function decommissionNode(name: string, options: ClusterOptions): Promise<number> {
  const { access, members } = await reachCluster(options);
  const member = members.find(({ node }) => node === name);
  if (member === undefined) throw unknownNode(members, name);
  if (!member.isGone && (await answers({ node: member.node, address: member.address }, access))) {
    throw new CommandError(
      exitCodes.refused,
      `${name} is there, and answers at ${member.address}: tauring node drain ${name} lets others take over first`,
    );
  }
  let refusal: AdminRefusal | undefined;
  for (const { node, address, isGone } of members) {
    if (roleOf(node) !== "manager" || isGone) continue;
    const client = new AdminClient({ node, address }, access);
    const answer = await client.decommission(name);
    client.close();
    if (answer.ok) return done(name, options);
    // The one that acts knows best why it cannot be.
    if (refusal === undefined || !answer.reason.includes("is not the acting manager")) refusal = answer;
  }
  if (refusal !== undefined) throw refusedAs(refusal, "");
  throw new CommandError(exitCodes.unreachable, "no manager is there that could mark it: start one");
}

function done(name: string, { json }: ClusterOptions): number {
  if (json === true) printJson({ schema_version: 1, node: name, decommissioned: true });
  else print(`${name} is decommissioned: nobody may come back under that name`);
  return exitCodes.success;
}

async function answers(
  at: { readonly node: NodeId; readonly address: string },
  access: ReachedCluster["access"],
): Promise<boolean> {
  const client = new AdminClient(at, access);
  const answer = await client.members();
  client.close();
  // Another node may have got the port since.
  return answer.ok && answer.answer.node === at.node;
}

async function showWait(client: AdminClient, name: string): Promise<void> {
  const answer = await client.why();
  const wait = answer.ok
    ? answer.answer.waits.find(({ blocked }) => blocked === `${name} is leaving`)
    : undefined;
  if (wait !== undefined) showStatus(`${name} waits for ${wait.waitsFor}`);
}

function addressOf({ members }: ReachedCluster, name: string): string {
  const member = members.find(({ node }) => node === name);
  if (member === undefined) throw unknownNode(members, name);
  if (!member.isGone) return member.address;
  throw new CommandError(exitCodes.usage, `${name} is gone already: ${member.goneReason}`);
}

function unknownNode(members: ReachedCluster["members"], name: string): CommandError {
  const present = members.filter(({ isGone }) => !isGone).map(({ node }) => node);
  return new CommandError(exitCodes.usage, `there is no ${name} in the cluster: ${present.join(", ")} are`);
}
