/** A screen follows a real cluster: every node's part, whoever leads, and how old what it knows is. */
import { afterEach, expect, test } from "vitest";
import { type AdminAccess, ClusterWatch } from "../../../src/net/index.ts";
import { until } from "../support/clock.ts";
import { CountCluster, countJob } from "../support/count-cluster.ts";

const access: AdminAccess = { tls: undefined, clusterId: "count", timeoutMs: 2_000 };
let cluster: CountCluster | undefined;
const watches: ClusterWatch[] = [];
afterEach(async () => {
  for (const watch of watches.splice(0)) watch.close();
  await cluster?.stop();
  cluster = undefined;
});

function follow(...addresses: readonly string[]): ClusterWatch {
  const watch = new ClusterWatch({ addresses, access, intervalMs: 100 });
  watches.push(watch);
  return watch;
}

test("through any node it sees the job, the ring and every node; one that ends stays, with the age of what is known", async () => {
  cluster = await CountCluster.start();
  const watch = follow("127.0.0.1:1", cluster.node("worker-1").address);
  await until(() => watch.view().header.view === 1, "the first view");
  const client = cluster.client();
  await client.submit(countJob({ tasks: 1_000_000 }));
  await client.close();
  await until(() => watch.view().header.frontier > 5, "tasks finish");
  const view = watch.view();
  expect(view.header).toMatchObject({ job: "count", state: "running" });
  expect(view.nodes.map(({ node, state }) => `${node} ${state}`)).toEqual(
    ["manager-0", "scheduler-0", "server-0", "server-1", "worker-0", "worker-1"].map(
      (node) => `${node} alive`,
    ),
  );
  expect(view.slots.map(({ slot, worker }) => [slot, worker])).toEqual([
    [0, expect.stringMatching(/^worker-/)],
    [1, expect.stringMatching(/^worker-/)],
  ]);
  const areHeard = (): boolean =>
    watch.contacts().every(({ lost, ageMs }) => lost === null && ageMs !== null);
  await until(areHeard, "every node is heard");
  cluster.node("manager-0").stop("to see what is still known");
  await cluster.node("manager-0").exited;
  const contact = () => watch.contacts().find(({ node }) => node === "manager-0");
  await until(() => contact()?.lost !== null, "the manager cannot be reached");
  expect(contact()?.ageMs).toBeGreaterThanOrEqual(0);
  expect(watch.view().ring.segments.length).toBeGreaterThan(0);
});

test("one who comes after the manager has gone still sees who led and which view holds", async () => {
  cluster = await CountCluster.start();
  const first = follow(cluster.registryAddress);
  await until(() => first.view().header.view === 1 && first.contacts().length === 6, "the first view");
  cluster.node("manager-0").stop("it is not there for those who come now");
  await cluster.node("manager-0").exited;
  const late = follow(cluster.node("server-0").address);
  await until(() => late.isSettled && late.view().header.view === 1, "the view, from the others");
  const { header, ring } = late.view();
  expect(header.leaders).toMatchObject([{ node: "manager-0" }, { node: "scheduler-0" }]);
  expect(ring.segments.map(({ holders }) => holders)).toEqual(
    first.view().ring.segments.map(({ holders }) => holders),
  );
  const lost = late.contacts().filter((contact) => contact.lost !== null);
  expect(lost.map(({ node, ageMs }) => [node, ageMs])).toEqual([["manager-0", null]]);
});

test("where nobody is, it says so, and finds the cluster once it is there", async () => {
  const watch = follow("127.0.0.1:1");
  await until(() => watch.unreached !== undefined, "nobody answers");
  expect(watch.unreached).toMatchObject({
    kind: "unreachable",
    reason: expect.stringContaining("127.0.0.1:1: connect ECONNREFUSED"),
  });
});
