import { describe, expect, test } from "vitest";
import { nodeToKill } from "../../src/cli/killed-node.ts";
import { recoveryFrom } from "../../src/cli/recovery.ts";
import { nodeId } from "../../src/core/index.ts";
import type { Fact } from "../../src/observe/index.ts";

const says = (at: number, node: string, fact: unknown): Fact => ({ at: at * 1000, node, fact }) as Fact;
const push = (time: number) => ({ parameter: 0, slot: 0, time, op: 0 });
const view = (number: number, first: string, second: string, last: string) => ({
  type: "view-published",
  term: 1,
  view: {
    number,
    segments: [
      { begin: 0, holders: [first, second], filling: [] },
      { begin: 50, holders: [last], filling: [] },
    ],
  },
});
const invoked = (time: number, segments: readonly number[]) => ({
  type: "push-invoked",
  push: push(time),
  segments,
});
const finished = (time: number) => ({ type: "push-finished", push: push(time) });

const facts: readonly Fact[] = [
  says(1, "manager-0", view(1, "server-0", "server-1", "server-1")),
  says(2, "scheduler-0", { type: "slot-assigned", slot: 0, worker: "worker-0", epoch: 1 }),
  says(3, "worker-0", { type: "task-started", slot: 0, time: 0, name: "survey" }),
  says(4, "worker-0", { type: "task-started", slot: 0, time: 1, name: "update" }),
  says(5, "worker-0", invoked(1, [0, 50])),
  says(6, "worker-0", invoked(2, [50])),
  // Here a node is killed. Replies that were on their way are no recovery.
  says(11, "worker-0", finished(1)),
  says(510, "manager-0", {
    type: "node-evicted",
    term: 1,
    peer: "server-0",
    incarnation: 1,
    reason: "silent",
  }),
  says(511, "manager-0", view(2, "server-1", "server-2", "server-1")),
  says(512, "server-1", { type: "segment-sealed", parameter: 0, segment: 50, view: 2 }),
  says(513, "worker-0", finished(2)),
  says(514, "server-1", { type: "segment-sealed", parameter: 0, segment: 0, view: 2 }),
  says(515, "worker-0", { type: "part-pulled", parameter: 0, segment: 50, slot: 0, time: 3, op: 0 }),
  says(516, "worker-0", invoked(3, [0])),
  says(520, "worker-0", finished(3)),
  says(530, "worker-0", { type: "part-pulled", parameter: 0, segment: 0, slot: 0, time: 3, op: 0 }),
  says(600, "scheduler-0", { type: "leader-elected", role: "scheduler", term: 2 }),
  says(610, "scheduler-0", { type: "slot-assigned", slot: 0, worker: "worker-1", epoch: 2 }),
  says(611, "worker-0", finished(4)),
  says(700, "worker-1", { type: "part-pulled", parameter: 0, segment: 0, slot: 0, time: 4, op: 0 }),
  says(710, "worker-1", finished(4)),
];

describe("how long a cluster went without", () => {
  test.each([
    [
      "a server: until a push on what it held is finished by whoever took over",
      "server-0",
      {
        noticedMs: 500,
        successors: ["server-1"],
        partCount: 1,
        firstPushMs: 510,
        firstPullMs: 520,
      },
    ],
    [
      "a worker: until another holder of its slots has finished a push",
      "worker-0",
      {
        noticedMs: undefined,
        successors: ["worker-1"],
        partCount: 1,
        firstPushMs: 700,
        firstPullMs: 690,
      },
    ],
    [
      "a scheduler: until a push is finished under the next one",
      "scheduler-0",
      {
        noticedMs: undefined,
        successors: ["scheduler-0"],
        partCount: 1,
        firstPushMs: 601,
        firstPullMs: 690,
      },
    ],
  ])("%s", (_what, node, expected) => {
    expect(recoveryFrom(facts, { node: nodeId(node), by: "SIGKILL", at: 10_000 })).toEqual({
      node,
      by: "SIGKILL",
      // No master has said that it serves.
      during: "hand-over",
      at: 10_000,
      phase: "update",
      ...expected,
    });
  });
});

test.each([
  ["server-2", 1, '--kill: found "server-2"; expected one of scheduler-0, server-0, server-1, worker-0'],
  ["bob", 1, '--kill: found "bob"; expected one of'],
  ["manager-0", 1, "--kill: a run of this machine ends with its only manager"],
  ["server-1", 0, "--kill: nobody goes on without server-1: give --replicas 1"],
])("%s with %i replicas is not killed", (name, replicas, said) => {
  expect(() => nodeToKill(name, { servers: 2, workers: 1, replicas })).toThrow(said);
});
