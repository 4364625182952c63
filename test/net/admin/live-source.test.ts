/** The screen of a live cluster: now, paused, and the last minutes; and what it says of nodes that it does not hear. */
import { afterEach, expect, test } from "vitest";
import { eventOf, type EventView } from "../../../src/observe/index.ts";
import { type Hands, LiveSource } from "../../../src/net/index.ts";
import { until } from "../support/clock.ts";
import { CountCluster, countJob } from "../support/count-cluster.ts";

let cluster: CountCluster | undefined;
let source: LiveSource | undefined;
afterEach(async () => {
  source?.close();
  await cluster?.stop();
  cluster = undefined;
});

function follow(address: string, hands?: Hands): LiveSource {
  const access = { tls: undefined, clusterId: "count", timeoutMs: 2_000 };
  source = new LiveSource({ addresses: [address], access, intervalMs: 100 }, hands);
  return source;
}

test("it shows what is now; paused it stays, looks back, and goes on with what is then", async () => {
  cluster = await CountCluster.start();
  const client = cluster.client();
  await client.submit(countJob({ tasks: 1_000_000 }));
  await client.close();
  const live = follow(cluster.node("server-1").address);
  const frontier = (): number => live.view().header.frontier;
  let changes = 0;
  live.subscribe(() => changes++);
  const runUntil = (isSo: () => boolean): Promise<void> =>
    until(() => {
      live.tick(250);
      return isSo();
    }, "the cluster goes on");
  await runUntil(() => frontier() > 20);
  expect(changes).toBeGreaterThan(0);
  expect(live.title).toBe(cluster.node("server-1").address);

  live.setPaused(true);
  const shown = live.view();
  await runUntil(() => live.playhead().endMicros > shown.atMicros + 1_000_000);
  expect(live.view()).toBe(shown);
  expect(live.playhead()).toMatchObject({ isPaused: true, atMicros: shown.atMicros });

  live.setPaused(false);
  await runUntil(() => frontier() > shown.header.frontier);
  const now = live.view().atMicros;
  expect(live.stepMicros(-700_000)).toEqual({ ok: true, text: "" });
  expect(live.view().atMicros).toBeLessThanOrEqual(now - 700_000);
  const { atMicros } = live.view();
  expect(live.stepFacts(1)).toMatchObject({ ok: true });
  expect(live.view().atMicros).toBeGreaterThan(atMicros);
  expect(live.bookmark()).toEqual({ ok: true, text: "bookmark 1" });
  live.setPaused(false);
  live.tick(250);
  live.goToBookmark("1");
  expect(live.playhead().isPaused).toBe(true);
  expect(live.goToFirstViolation()).toMatchObject({ ok: false });
  expect(live.break({ kind: "heal" })).toMatchObject({
    ok: false,
    reason: expect.stringContaining("tauring node drain"),
  });
});

test("a node that cannot be reached keeps its row, with the age of what is known, and the title says so", async () => {
  cluster = await CountCluster.start();
  const live = follow(cluster.registryAddress);
  const seen = (isSo: () => boolean): Promise<void> =>
    until(() => {
      live.tick(250);
      return isSo();
    }, "it is seen");
  await seen(() => live.view().nodes.length === 6 && live.isSettled);
  cluster.node("manager-0").stop("to see what is said of it");
  await cluster.node("manager-0").exited;
  await seen(() => live.title.endsWith("(1 of 6 nodes not reached)"));
  const manager = live.view().nodes.find(({ node }) => node === "manager-0");
  // Its last word was that it stops; without that it is told apart from those that answer.
  expect(["stopped", "suspected"]).toContain(manager?.state);
  expect(live.view().nodes).toHaveLength(6);
});

test("what was done from here and no node tells is among the events, by its time", async () => {
  cluster = await CountCluster.start();
  const told: EventView[] = [];
  const live = follow(cluster.registryAddress, {
    breakages: ["cut"],
    break: () => ({ ok: true, text: "" }),
    held: () => new Map(),
    told: () => told,
    ticked: () => {},
    close: () => {},
  });
  await until(() => {
    live.tick(250);
    return live.view().events.length > 0;
  }, "its nodes tell something");
  const cutAt = live.view().events[0].at + 0.5;
  const event = eventOf(cutAt, "world", { type: "link-cut", from: ["server-0"], to: ["worker-0"] });
  if (event === undefined) throw new Error("a cut is no news");
  told.push(event);
  live.tick(250);
  const { events } = live.view();
  expect(events).toContain(event);
  expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((a, b) => a - b));
});
