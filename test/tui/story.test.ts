/** What the demo tells: the sentence follows from what the view shows, so it is true of any cluster. */
import { expect, test } from "vitest";
import { story } from "../../src/tui/app/story.ts";
import type { ClusterView } from "../../src/observe/index.ts";
import { clusterOf, withFailover, withWait } from "./fixture.ts";

const calm = clusterOf({ servers: 4, workers: 3 });
const failed = withFailover(calm);

/** As long after the loss, with so much known of it. */
function loss(atMicros: number, known: Partial<ClusterView["ring"]["failovers"][number]>): ClusterView {
  const [failover] = failed.ring.failovers;
  return { ...failed, atMicros, ring: { ...failed.ring, failovers: [{ ...failover, ...known }] } };
}

const open = { evictedAt: null, restoredAt: null, tookMicros: null, successors: [] };

test.each<readonly [string, ClusterView, RegExp]>([
  ["nothing", calm, /^Workers pull weights, compute, and push gradients/],
  [
    "a ring without a job",
    { ...calm, header: { ...calm.header, state: "loading" } },
    /^The manager has drawn the ring/,
  ],
  [
    "a death that only the world knows",
    { ...failed, ring: { ...failed.ring, failovers: [] } },
    /^server-1 died 362 ms ago, and nobody knows it yet/,
  ],
  ["a suspicion", loss(460_000, open), /^server-1 is silent for too long/],
  [
    "an eviction",
    loss(471_000, { ...open, evictedAt: 470_000 }),
    /^server-1 counts as gone: others take over 4 segments/,
  ],
  [
    "a failover",
    loss(512_000, {}),
    /^server-2, server-3 took over 4 segments of server-1, 331 ms after it was lost.*New copies are made/,
  ],
  [
    "a slow worker",
    {
      ...withWait(calm),
      nodes: calm.nodes.map((node) => (node.node === "worker-0" ? { ...node, slowness: 6 } : node)),
    },
    /^worker-0 is 6 times as slow: the others run at most 4 tasks ahead of it, then wait \(2\)\. 1 wait now/,
  ],
  [
    "the end",
    { ...failed, header: { ...failed.header, state: "ended" } },
    /^The job has ended through 1 loss\./,
  ],
])("of %s", (_what, view, expected) => {
  expect(story(view)).toMatch(expected);
});

test("what was taken over long ago is told no more", () => {
  expect(story(loss(2_000_000, {}))).not.toContain("took over");
});
