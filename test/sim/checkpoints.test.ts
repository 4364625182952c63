/** [G8] A job is saved at one frontier while it trains, and goes on from there on other servers, with the same model. */
import { describe, expect, test } from "vitest";
import type { Fact } from "../../src/observe/index.ts";
import { CheckpointDisk, type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { type DrawnRun, runDrawn, smallJobFile } from "./drawn-run.ts";

interface Told {
  readonly run: DrawnRun;
  readonly facts: readonly Fact[];
}

function story(cluster: Partial<ScenarioInput["cluster"]>, more: Partial<ScenarioInput> = {}): ScenarioInput {
  return {
    schema: "tauring.scenario/1",
    name: "checkpoints",
    why: "as the test says",
    seed: 1,
    cluster: { servers: 3, workers: 2, consistency: { kind: "sequential" }, ...cluster },
    checkpoint: { everyPasses: 1, checkpointsKept: 100 },
    cost: { nonzerosPerSecond: 1e5, step: "1ms" },
    workload: [{ kind: "train", job: smallJobFile }],
    horizon: "60s",
    ...more,
  } as ScenarioInput;
}

function told(input: ScenarioInput, disk: CheckpointDisk, resume?: string): Told {
  const facts: Fact[] = [];
  const run = runDrawn(scenarioSchema.parse(input), (fact) => facts.push(fact), { disk, resume });
  return { run, facts };
}

const factsOf = (facts: readonly Fact[], type: Fact["fact"]["type"]): readonly Fact[] =>
  facts.filter(({ fact }) => fact.type === type);

describe("a job that is saved at each pass", () => {
  test("ends like one that is not, and goes on from each of its checkpoints on other servers", () => {
    const disk = new CheckpointDisk();
    const { run, facts } = told(story({ replicas: 1, slots: 2 }), disk);
    expect([run.report.reason, run.report.verdict]).toEqual([undefined, "pass"]);
    const saved = factsOf(facts, "checkpoint-saved");
    expect(saved.length).toBeGreaterThan(1);
    expect(disk.checkpoints.size).toBe(saved.length);
    const names = [...disk.checkpoints.keys()];
    for (const [i, resume] of names.entries()) {
      const cluster = { servers: 1 + (i % 4), virtualServers: 1 + (i % 3), workers: 1 + (i % 2), slots: 2 };
      const again = told(story(cluster), disk, resume);
      expect([resume, again.run.report.reason, again.run.report.verdict]).toEqual([
        resume,
        undefined,
        "pass",
      ]);
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
  const whole = told(story({ slots: 2 }), disk);
  const [first] = factsOf(whole.facts, "checkpoint-saved");
  const crash = { kind: "crash", node: "server-1", at: `${Math.ceil(first.at) + 2000}us`, restart: "never" };
  const left = new CheckpointDisk();
  const more = { policy: { lostRange: "fail" }, faults: [crash] } as Partial<ScenarioInput>;
  const lost = told(story({ slots: 2 }, more), left);
  expect(lost.run.report.verdict).toBe("failed");
  expect(lost.run.report.reason).toMatch(
    /segment \d+.*; checkpoint 000001-task-\d+-\S+ has the job as it was/,
  );
  const again = told(story({ slots: 2 }), left, newest(left));
  expect([again.run.report.reason, again.run.report.verdict]).toEqual([undefined, "pass"]);
});

test("a scheduler that is lost while a checkpoint is taken: another goes on, and the model is the same", () => {
  const begun = told(story({ slots: 2, schedulers: 2 }), new CheckpointDisk());
  const parts = factsOf(begun.facts, "part-saved");
  for (const { at } of [parts[0], parts[Math.floor(parts.length / 2)]]) {
    const crash = { kind: "crash", node: "scheduler-0", at: `${Math.round(at)}us`, restart: "never" };
    const faults = { faults: [crash], timing: { suspect: "300ms" } } as Partial<ScenarioInput>;
    const disk = new CheckpointDisk();
    const { run, facts } = told(story({ slots: 2, schedulers: 2 }, faults), disk);
    expect([at, run.report.reason, run.report.verdict]).toEqual([at, undefined, "pass"]);
    expect(factsOf(facts, "checkpoint-saved").length).toBeGreaterThan(0);
    const again = told(story({ slots: 2 }), disk, newest(disk));
    expect([at, again.run.report.reason, again.run.report.verdict]).toEqual([at, undefined, "pass"]);
  }
});

test("a full disk does not end the job, and leaves no checkpoint", () => {
  const disk = new CheckpointDisk();
  disk.isFull = true;
  const { run, facts } = told(story({ slots: 2 }), disk);
  expect([run.report.reason, run.report.verdict]).toEqual([undefined, "pass"]);
  expect(factsOf(facts, "checkpoint-failed").length).toBeGreaterThan(1);
  expect(disk.newest).toBeUndefined();
});

test("of the same run only the newest are kept", () => {
  const disk = new CheckpointDisk();
  told(story({ slots: 2 }, { checkpoint: { everyPasses: 1, checkpointsKept: 1 } }), disk);
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
  told(story({ slots: 2 }), disk);
  const name = newest(disk);
  const text = disk.checkpoints.get(name)?.manifest?.text ?? "";
  disk.execute({ type: "write-manifest", checkpoint: name, text: change(text) });
  const { run } = told(story({ slots: 2 }), disk, name);
  expect(run.report.verdict).toBe("failed");
  expect(run.report.reason).toContain(`checkpoint ${name} cannot be restored`);
  expect(run.report.reason).toMatch(reason);
});
