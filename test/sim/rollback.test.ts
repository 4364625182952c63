/** [G13] More holders of a range are lost than it has replicas while the job trains: it goes on from its newest checkpoint by itself. */
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
    name: "rollback",
    why: "as the test says",
    seed: 1,
    cluster: { servers: 3, workers: 2, slots: 2, consistency: { kind: "sequential" }, ...cluster },
    checkpoint: { everyPasses: 1 },
    cost: { nonzerosPerSecond: 1e5, step: "1ms" },
    timing: { suspect: "300ms" },
    workload: [{ kind: "train", job: smallJobFile }],
    horizon: "60s",
    ...more,
  } as ScenarioInput;
}

function told(input: ScenarioInput, disk: CheckpointDisk = new CheckpointDisk()): Told {
  const facts: Fact[] = [];
  const run = runDrawn(scenarioSchema.parse(input), (fact) => facts.push(fact), { disk });
  return { run, facts };
}

const factsOf = (facts: readonly Fact[], type: Fact["fact"]["type"]): readonly Fact[] =>
  facts.filter(({ fact }) => fact.type === type);

function crash(node: string, at: number, restart: string = "never"): unknown {
  return { kind: "crash", node, at: `${Math.ceil(at)}us`, restart };
}

const verdictOf = ({ run }: Told): readonly unknown[] => [run.report.reason, run.report.verdict];

describe("a server without replicas is lost after a checkpoint", () => {
  test.each(["never", "200ms"])("restart: %s", (restart) => {
    const [first] = factsOf(told(story({})).facts, "checkpoint-saved");
    const lost = told(
      story({}, { faults: [crash("server-1", first.at + 5000, restart)] } as Partial<ScenarioInput>),
    );
    expect(verdictOf(lost)).toEqual([undefined, "pass"]);
    expect(factsOf(lost.facts, "job-rolled-back")).toHaveLength(1);
    expect(lost.run.report.checks.L1.evaluated).toBeGreaterThan(10);
  });
});
