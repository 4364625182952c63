/** A running cluster is asked through any of its nodes: who is there, what waits, and who is to leave. */
import { afterEach, expect, test } from "vitest";
import { nodeId } from "../../../src/core/index.ts";
import {
  type AdminAccess,
  AdminClient,
  askEach,
  findCluster,
  startNode,
  type Waiting,
} from "../../../src/net/index.ts";
import { until } from "../support/clock.ts";
import { CountCluster, countJob } from "../support/count-cluster.ts";

const access: AdminAccess = { tls: undefined, clusterId: "count", timeoutMs: 5_000 };
let cluster: CountCluster | undefined;
const clients: AdminClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await cluster?.stop();
  cluster = undefined;
});

function ask(name: string): AdminClient {
  const node = (cluster as CountCluster).node(name);
  const client = new AdminClient({ node: nodeId(name), address: node.address }, access);
  clients.push(client);
  return client;
}

async function registered(running: CountCluster, count: number): Promise<void> {
  const started = (): number => running.facts.filter(({ fact }) => fact.type === "node-started").length;
  await until(() => started() >= count, "all nodes are registered");
}

test("any node names all others, and every one of them says what it waits for, the manager or not", async () => {
  cluster = await CountCluster.start();
  await registered(cluster, 6);
  const gone = "127.0.0.1:1";
  const answer = await findCluster([gone, cluster.node("worker-1").address], access);
  if (!answer.ok) throw new Error(answer.reason);
  const names = ["manager-0", "scheduler-0", "server-0", "server-1", "worker-0", "worker-1"];
  expect(answer.found.cluster).toBe("count");
  expect(answer.found.members.map(({ node, isGone }) => [node, isGone])).toEqual(
    names.map((name) => [name, false]),
  );
  cluster.node("manager-0").stop("to see what the others say");
  await cluster.node("manager-0").exited;
  const answers = await askEach(answer.found, access, (client) => client.why());
  expect(answers.get(nodeId("manager-0"))).toMatchObject({ ok: false, kind: "unreachable" });
  expect(answers.get(nodeId("scheduler-0"))).toMatchObject({
    ok: true,
    answer: { waits: [{ blocked: "job", waitsFor: "a job to be submitted" }] },
  });
});

test("a task that waits is told with what it waits for, its edge, and for how long", async () => {
  cluster = await CountCluster.start();
  await registered(cluster, 6);
  const client = cluster.client();
  await client.submit(countJob({ tasks: 1_000_000 }));
  const worker = ask("worker-0");
  let wait: Waiting | undefined;
  while (wait === undefined) {
    const answer = await worker.why();
    if (answer.ok) wait = answer.answer.waits.find(({ blocked }) => blocked.startsWith("task "));
  }
  await client.close();
  expect(JSON.parse(wait.edge)).toHaveProperty("kind");
  expect(wait.waitsFor).not.toBe("");
  expect(wait.waitedMicros).toBeGreaterThanOrEqual(0);
});

test("a drained server hands over and leaves with what it was asked; the last one may not", async () => {
  cluster = await CountCluster.start();
  await registered(cluster, 6);
  const request = { reason: "a test", drainTimeoutMs: 20_000, allowsFewerCopies: false };
  expect(await ask("server-1").leave(request)).toEqual({ ok: true, answer: {} });
  expect(await cluster.node("server-1").exited).toEqual({ type: "drained", reason: "a test" });
  expect(await ask("server-0").leave(request)).toMatchObject({
    ok: false,
    kind: "refused",
    reason: expect.stringContaining("server-0 is the only server"),
  });
  expect(await ask("worker-0").leave(request)).toEqual({ ok: true, answer: {} });
  expect(await cluster.node("worker-0").exited).toMatchObject({ type: "drained" });
  expect(await ask("manager-0").leave(request)).toMatchObject({ ok: false, kind: "refused" });
  expect(await ask("server-0").leave({ ...request, drainTimeoutMs: 0 })).toMatchObject({
    ok: false,
    kind: "refused",
    reason: expect.stringContaining("drain_timeout_ms 0"),
  });
});

test("a server that nobody takes over from within its time goes all the same, and says so", async () => {
  cluster = await CountCluster.start();
  await registered(cluster, 6);
  const request = { reason: "a test", drainTimeoutMs: 300, allowsFewerCopies: false };
  // Without a manager nobody is told to take over; other nodes go on for registryLostAfterMs.
  cluster.node("manager-0").stop("nobody decides");
  await cluster.node("manager-0").exited;
  const answer = await ask("server-1").leave(request);
  expect(answer).toMatchObject({ ok: false, kind: "late" });
  expect(answer).toMatchObject({
    reason: expect.stringMatching(
      /^server-1 left without having handed over what it held, after 300 ms: it waited for other servers/,
    ),
  });
});

test("an address where nobody is, and one of another cluster, are told apart", async () => {
  cluster = await CountCluster.start();
  const { address } = cluster.node("server-0");
  expect(await findCluster(["127.0.0.1:1"], access)).toMatchObject({ ok: false, kind: "unreachable" });
  expect(await findCluster([address], { ...access, clusterId: "other" })).toMatchObject({
    ok: false,
    kind: "refused",
    reason: expect.stringContaining('the caller belongs to cluster "other", this node to "count"'),
  });
});

test("a node that is gone for good is marked by the acting manager alone, and may not come back under its name", async () => {
  cluster = await CountCluster.start();
  await registered(cluster, 6);
  cluster.node("server-1").stop("it burns down", 10_000);
  await cluster.node("server-1").exited;
  expect(await ask("server-0").decommission("server-1")).toMatchObject({
    kind: "refused",
    reason: "server-0 is not the acting manager: manager-0 is",
  });
  expect(await ask("manager-0").decommission("server-7")).toMatchObject({
    reason: "there is no server-7 in the cluster",
  });
  expect(await ask("manager-0").decommission("server-0")).toMatchObject({
    kind: "refused",
    reason: expect.stringMatching(
      /^server-0 is the only one that has segment \d+ of view \d+, and without it the job is rolled back to its newest checkpoint, or ends where/,
    ),
  });
  expect(await ask("manager-0").decommission("server-1")).toEqual({ ok: true, answer: {} });
  const again = await startNode(cluster.setup("server-1"));
  expect(await again.exited).toEqual({
    type: "stopped",
    reason:
      "server-1 was decommissioned, and may not come back: start it under another name (--id), which nobody has had",
  });
});
