/** [G8] What a disk does to checkpoints is found before a job goes on with it, and named. */
import { expect, test } from "vitest";
import type { Fact } from "../../src/observe/index.ts";
import { CheckpointDisk, type RunReport, type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { runDrawn, smallJobFile } from "./drawn-run.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;
type What = Extract<Faults[number], { readonly kind: "disk" }>["what"];

function ran(faults: Faults, disk: CheckpointDisk, resume?: string): { report: RunReport; facts: Fact[] } {
  const facts: Fact[] = [];
  const scenario = scenarioSchema.parse({
    schema: "tauring.scenario/1",
    name: "disks",
    why: "The disk under the checkpoints fails",
    seed: 3,
    cluster: { servers: 2, workers: 2, slots: 2, consistency: { kind: "sequential" } },
    checkpoint: { everyPasses: 1, checkpointsKept: 100 },
    workload: [{ kind: "train", job: smallJobFile }],
    faults,
    horizon: "60s",
  });
  const { report } = runDrawn(scenario, (fact) => facts.push(fact), { disk, resume });
  return { report, facts };
}

const during = (node: string, what: What): Faults => [
  { kind: "disk", node, at: "0s", for: "50s", what, ...(what === "slow" ? { by: "20ms" } : {}) },
];

const ofType = (facts: readonly Fact[], type: Fact["fact"]["type"]): readonly Fact[] =>
  facts.filter(({ fact }) => fact.type === type);

test.each(["full", "failing"] as const)(
  "a disk that is %s lets checkpoints fail by name, and the job ends well",
  (what) => {
    const disk = new CheckpointDisk();
    const { report, facts } = ran(during("server-1", what), disk);
    expect([report.reason, report.verdict]).toEqual([undefined, "pass"]);
    expect(ofType(facts, "checkpoint-saved")).toEqual([]);
    const [failed] = ofType(facts, "checkpoint-failed");
    expect(failed.fact).toMatchObject({ reason: expect.stringMatching(/no space|input\/output error/) });
    expect(disk.newest).toBeUndefined();
    // Of those that failed the last one is left, into which somebody may still have been writing.
    expect(disk.checkpoints.size).toBeLessThan(2);
  },
);

test.each([
  ["torn", "server-1", /part .* is damaged/],
  ["flipped", "server-1", /part .* is damaged/],
  ["lost", "server-1", /part .* is missing/],
  ["torn", "scheduler-0", /manifest is damaged/],
  ["flipped", "scheduler-0", /manifest is damaged/],
  ["lost", "scheduler-0", /there is no such checkpoint/],
] as const)("what is %s as %s writes is found when it is read, and named", (what, node, words) => {
  const disk = new CheckpointDisk();
  const first = ran(during(node, what), disk);
  expect([first.report.reason, first.report.verdict]).toEqual([undefined, "pass"]);
  const [saved] = ofType(first.facts, "checkpoint-saved");
  const name = saved.fact.type === "checkpoint-saved" ? saved.fact.checkpoint : "";
  const again = ran([], disk, name);
  expect(again.report.verdict).toBe("failed");
  expect(again.report.reason).toMatch(words);
  expect(again.report.reason).toContain(name);
});

test("a slow disk changes no bit of the model, and only takes longer", () => {
  const [well, slow] = [[], during("server-0", "slow")].map((faults) => ran(faults, new CheckpointDisk()));
  expect(slow.report.outcome?.objective).toBe(well.report.outcome?.objective);
  expect(slow.report.virtualSeconds).toBeGreaterThan(well.report.virtualSeconds + 0.02);
});

test("a crash keeps what was being written, or nothing of it", () => {
  const parts = (["kept", "lost"] as const).map((writes) => {
    const disk = new CheckpointDisk();
    const crash = {
      kind: "crash",
      node: "server-1",
      on: { fact: "part-saved", node: "server-0" },
      writes,
    } as const;
    ran([...during("server-1", "slow"), crash], disk);
    return [...disk.checkpoints.values()].reduce((sum, kept) => sum + kept.parts.size, 0);
  });
  expect(parts[0]).toBeGreaterThan(parts[1]);
});

test("a trouble that began while another lasted goes on when that ends", () => {
  const on = { fact: "job-submitted" } as const;
  const disk = new CheckpointDisk();
  const { facts } = ran(
    [
      { kind: "disk", node: "server-1", on, for: "1ms", what: "slow", by: "1us" },
      { kind: "disk", node: "server-1", on, for: "50s", what: "full" },
    ],
    disk,
  );
  expect(ofType(facts, "disk-troubled")).toHaveLength(2);
  expect(ofType(facts, "checkpoint-saved")).toEqual([]);
});
