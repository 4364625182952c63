/** `tauring node drain`: nodes leave a running cluster in good order. */
import type { NodeId } from "../../core/index.ts";
import { AdminClient } from "../../net/index.ts";
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

async function showWait(client: AdminClient, name: string): Promise<void> {
  const answer = await client.why();
  const wait = answer.ok
    ? answer.answer.waits.find(({ blocked }) => blocked === `${name} is leaving`)
    : undefined;
  if (wait !== undefined) showStatus(`${name} waits for ${wait.waitsFor}`);
}

function addressOf({ members }: ReachedCluster, name: string): string {
  const member = members.find(({ node }) => node === name);
  const present = members.filter(({ isGone }) => !isGone).map(({ node }) => node);
  if (member === undefined) {
    throw new CommandError(exitCodes.usage, `there is no ${name} in the cluster: ${present.join(", ")} are`);
  }
  if (!member.isGone) return member.address;
  throw new CommandError(exitCodes.usage, `${name} is gone already: ${member.goneReason}`);
}
