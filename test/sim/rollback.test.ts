/** [G13] More holders of a range are lost than it has replicas while the job trains: it goes on from its newest checkpoint by itself. */
import { describe, expect, test } from "vitest";
import type { Observation } from "../../src/core/index.ts";
import { CheckpointDisk, type ScenarioInput } from "../../src/sim/index.ts";
import { crash, factsOf, savedStories, tell, type Told, verdictOf } from "./support/saved-jobs.ts";

const story = savedStories({ timing: { suspect: "300ms" } });

/** When the checkpoints of a run to which nothing happens are there. */
function savedAt(cluster: Partial<ScenarioInput["cluster"]>): readonly number[] {
  return factsOf(tell(story(cluster)).facts, "checkpoint-saved").map(({ at }) => at);
}

function lost(cluster: Partial<ScenarioInput["cluster"]>, faults: readonly object[]): Told {
  return tell(story(cluster, { faults }));
}

function rollbacksOf({ facts }: Told): readonly (Observation & { readonly type: "job-rolled-back" })[] {
  return facts.flatMap(({ fact }) => (fact.type === "job-rolled-back" ? [fact] : []));
}

describe("a server without replicas is lost after a checkpoint: the job goes on by itself, with the same model", () => {
  test.each(["never", "200ms"])("it comes back: %s", (restart) => {
    const [first] = savedAt({});
    const told = lost({}, [crash("server-1", first + 5000, restart)]);
    expect(verdictOf(told)).toEqual([undefined, "pass"]);
    expect(rollbacksOf(told)).toHaveLength(1);
    expect(told.run.report.checks.L1.evaluated).toBeGreaterThan(10);
  });
});

test("both holders of a range are lost at once", () => {
  const cluster = { servers: 3, replicas: 1 };
  const [, second] = savedAt(cluster);
  const both = ["server-0", "server-1"].map((node) => crash(node, second + 3000, "never"));
  const told = lost(cluster, both);
  expect(verdictOf(told)).toEqual([undefined, "pass"]);
  expect(rollbacksOf(told)).toHaveLength(1);
});

test.each(["scheduler-0", "manager-0", "server-0", "worker-0"])(
  "%s is lost while the job is rolled back",
  (node) => {
    const cluster = { servers: 3, schedulers: 2, managers: 2 };
    const [first] = savedAt(cluster);
    const one = crash("server-1", first + 5000, "never");
    const [began] = factsOf(lost(cluster, [one]).facts, "job-rolled-back");
    for (const after of [-700, 0, 400, 2500]) {
      const told = lost(cluster, [one, crash(node, began.at + after, "150ms")]);
      expect([after, ...verdictOf(told)]).toEqual([after, undefined, "pass"]);
      // A manager that dies before it hears of its success tells nobody: the others are in the new lineage all the same.
      expect(told.facts.some(({ fact }) => fact.type === "view-adopted" && fact.lineage > 1)).toBe(true);
    }
  },
);

test("two rollbacks follow one another, each under a lineage of its own", () => {
  const [first] = savedAt({});
  const one = crash("server-1", first + 5000, "100ms");
  const [began] = factsOf(lost({}, [one]).facts, "job-rolled-back");
  const told = lost({}, [one, crash("server-2", began.at + 30_000, "100ms")]);
  expect(verdictOf(told)).toEqual([undefined, "pass"]);
  expect(rollbacksOf(told).map(({ lineage }) => lineage)).toEqual([2, 3]);
});

/** Runs it with something done to the disk as the server dies. */
function damaged(
  damage: (disk: CheckpointDisk, newest: string) => void,
  nth: number,
): Told & { readonly disk: CheckpointDisk } {
  const at = savedAt({})[nth] + 3000;
  const disk = new CheckpointDisk();
  const told = tell(story({}, { faults: [crash("server-1", at, "never")] }), {
    disk,
    hears: ({ fact }) => {
      if (fact.type === "node-crashed") damage(disk, disk.newest ?? "");
    },
  });
  return { ...told, disk };
}

function spoilPart(disk: CheckpointDisk, name: string): void {
  const parts = disk.checkpoints.get(name)?.parts;
  const [part, bytes] = [...(parts ?? [])].at(-1) as [string, Uint8Array];
  parts?.set(part, bytes.slice(1));
}

test.each([
  ["a part is damaged", spoilPart, /part .* is damaged/],
  [
    "a part is gone",
    (disk: CheckpointDisk, name: string) => disk.checkpoints.get(name)?.parts.clear(),
    /missing/,
  ],
  ["it is gone", (disk: CheckpointDisk, name: string) => disk.checkpoints.delete(name), /no such checkpoint/],
] as const)("of the newest checkpoint %s: the job goes on from the one before", (_, damage, reason) => {
  const told = damaged(damage, 2);
  expect(verdictOf(told)).toEqual([undefined, "pass"]);
  const [passedOver] = told.facts.flatMap(({ fact }) =>
    fact.type === "checkpoint-passed-over" ? [fact] : [],
  );
  expect(passedOver.reason).toMatch(reason);
  const [{ checkpoint }] = rollbacksOf(told);
  expect(checkpoint < passedOver.checkpoint).toBe(true);
  // No record names it any more: it is not left behind.
  expect([...told.disk.checkpoints.keys()]).not.toContain(passedOver.checkpoint);
});

test("a disk that fails for a moment is weather: the newest checkpoint is read when it is well again", () => {
  const at = savedAt({})[2] + 3000;
  // The last holder is waited for, and the checkpoints are looked at after 5.3 s.
  const disk = {
    kind: "disk",
    node: "manager-0",
    on: { fact: "node-suspected" },
    for: "8s",
    what: "failing",
  };
  const told = lost({}, [crash("server-1", at, "never"), disk]);
  expect(verdictOf(told)).toEqual([undefined, "pass"]);
  expect(factsOf(told.facts, "checkpoint-passed-over")).toEqual([]);
  const [{ at: healedAt }] = factsOf(told.facts, "disk-well");
  const [began] = factsOf(told.facts, "job-rolled-back");
  expect(began.at).toBeGreaterThan(healedAt);
});

test("no checkpoint is whole: the job ends by the segment's name, and says of each why", () => {
  const told = damaged((disk) => {
    for (const name of disk.checkpoints.keys()) spoilPart(disk, name);
  }, 1);
  expect(told.run.report.verdict).toBe("failed");
  expect(told.run.report.reason).toMatch(
    /what it held is lost: segment [0-9a-f]{8} of view \d+ .*; no checkpoint is whole: 000002-task-.* is damaged; 000001-task-.* is damaged/,
  );
  expect(rollbacksOf(told)).toEqual([]);
});

test("there is no checkpoint yet: the job ends by the segment's name", () => {
  const [first] = savedAt({});
  const told = lost({}, [crash("server-1", first - 8000, "50ms")]);
  expect(told.run.report.verdict).toBe("failed");
  expect(told.run.report.reason).toMatch(
    /what it held is lost: segment [0-9a-f]{8} of view \d+ was only at server-1#1$/,
  );
});

test("what was whole for one rollback is read again for the next: it may have been damaged meanwhile", () => {
  const [, second] = savedAt({});
  const one = crash("server-1", second + 3000, "100ms");
  const [began] = factsOf(lost({}, [one]).facts, "job-rolled-back");
  const disk = new CheckpointDisk();
  const told = tell(story({}, { faults: [one, crash("server-2", began.at + 30_000, "100ms")] }), {
    disk,
    hears: ({ fact }, facts) => {
      if (fact.type === "node-crashed" && factsOf(facts, "job-rolled-back").length === 1)
        spoilPart(disk, disk.newest ?? "");
    },
  });
  expect(verdictOf(told)).toEqual([undefined, "pass"]);
  const [before, after] = rollbacksOf(told).map(({ checkpoint }) => checkpoint);
  expect(after < before).toBe(true);
  expect(factsOf(told.facts, "checkpoint-passed-over")).toHaveLength(1);
});
