/** [G8] A job is saved at one frontier while it trains, and goes on from there on other servers, with the same model. */
import { describe, expect, test } from "vitest";
import { CheckpointDisk } from "../../src/sim/index.ts";
import { crash, factsOf, savedStories, tell, verdictOf } from "./support/saved-jobs.ts";

const story = savedStories({ checkpoint: { everyPasses: 1, checkpointsKept: 100 } });

describe("a job that is saved at each pass", () => {
  test("ends like one that is not, and goes on from each of its checkpoints on other servers", () => {
    const disk = new CheckpointDisk();
    const told = tell(story({ replicas: 1 }), { disk });
    expect(verdictOf(told)).toEqual([undefined, "pass"]);
    const saved = factsOf(told.facts, "checkpoint-saved");
    expect(saved.length).toBeGreaterThan(1);
    expect(disk.checkpoints.size).toBe(saved.length);
    const names = [...disk.checkpoints.keys()];
    for (const [i, resume] of names.entries()) {
      const cluster = { servers: 1 + (i % 4), virtualServers: 1 + (i % 3), workers: 1 + (i % 2) };
      const again = tell(story(cluster), { disk, resume });
      expect([resume, ...verdictOf(again)]).toEqual([resume, undefined, "pass"]);
      expect(factsOf(again.facts, "job-resumed")).toHaveLength(1);
    }
  });
});

/** The newest of what the disk has, as a job would go on from. */
function newest(disk: CheckpointDisk): string {
  const { newest: name } = disk;
  if (name === undefined) throw new Error("there is no checkpoint");
  return name;
}

test("the last holder of a segment is lost: the job ends by the segment's name and that of its newest checkpoint", () => {
  const disk = new CheckpointDisk();
  const whole = tell(story({}), { disk });
  const [first] = factsOf(whole.facts, "checkpoint-saved");
  const left = new CheckpointDisk();
  const more = { policy: { lostRange: "fail" }, faults: [crash("server-1", first.at + 2000)] };
  const lost = tell(story({}, more), { disk: left });
  expect(lost.run.report.verdict).toBe("failed");
  expect(lost.run.report.reason).toMatch(
    /segment \d+.*; checkpoint 000001-task-\d+-\S+ has the job as it was/,
  );
  const again = tell(story({}), { disk: left, resume: newest(left) });
  expect(verdictOf(again)).toEqual([undefined, "pass"]);
});

test("a scheduler that is lost while a checkpoint is taken: another goes on, and the model is the same", () => {
  const begun = tell(story({ schedulers: 2 }));
  const parts = factsOf(begun.facts, "part-saved");
  for (const { at } of [parts[0], parts[Math.floor(parts.length / 2)]]) {
    const faults = { faults: [crash("scheduler-0", at)], timing: { suspect: "300ms" } };
    const disk = new CheckpointDisk();
    const told = tell(story({ schedulers: 2 }, faults), { disk });
    expect([at, ...verdictOf(told)]).toEqual([at, undefined, "pass"]);
    expect(factsOf(told.facts, "checkpoint-saved").length).toBeGreaterThan(0);
    const again = tell(story({}), { disk, resume: newest(disk) });
    expect([at, ...verdictOf(again)]).toEqual([at, undefined, "pass"]);
  }
});

test("a full disk does not end the job, and leaves no checkpoint", () => {
  const disk = new CheckpointDisk();
  disk.isFull = true;
  const told = tell(story({}), { disk });
  expect(verdictOf(told)).toEqual([undefined, "pass"]);
  expect(factsOf(told.facts, "checkpoint-failed").length).toBeGreaterThan(1);
  expect(disk.newest).toBeUndefined();
});

test("of the same run only the newest are kept", () => {
  const disk = new CheckpointDisk();
  tell(story({}, { checkpoint: { everyPasses: 1, checkpointsKept: 1 } }), { disk });
  expect(disk.checkpoints.size).toBe(1);
});

test.each([
  ["another job", (text: string) => text.replaceAll('"seed":"1"', '"seed":"2"'), /whose seed is/],
  [
    "a newer format",
    (text: string) => text.replace("tauring.checkpoint/1", "tauring.checkpoint/9"),
    /newer tauring/,
  ],
  ["no manifest at all", () => "{}", /it is no checkpoint/],
])("%s is refused by name", (_, change, reason) => {
  const disk = new CheckpointDisk();
  tell(story({}), { disk });
  const name = newest(disk);
  const text = disk.checkpoints.get(name)?.manifest?.text ?? "";
  disk.execute({ type: "write-manifest", checkpoint: name, text: change(text) });
  const told = tell(story({}), { disk, resume: name });
  expect(told.run.report.verdict).toBe("failed");
  expect(told.run.report.reason).toContain(`checkpoint ${name} cannot be restored`);
  expect(told.run.report.reason).toMatch(reason);
});
