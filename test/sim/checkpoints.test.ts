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
