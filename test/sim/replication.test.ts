/** [G1 G2 G6 P1] Servers are lost, come back and join while a job trains: the model is the undisturbed one's. */
import { describe, expect, test } from "vitest";
import type { ScenarioInput } from "../../src/sim/index.ts";
import { runInput, smallJobFile } from "./drawn-run.ts";

function story(seed: number, cluster: Partial<ScenarioInput["cluster"]>, faults: unknown[]): ScenarioInput {
  return {
    schema: "tauring.scenario/1",
    name: "replication",
    why: "as the test says",
    seed,
    cluster: { servers: 4, workers: 2, consistency: { kind: "sequential" }, ...cluster },
    timing: { suspect: "300ms" },
    workload: [{ kind: "train", job: smallJobFile }],
    horizon: "60s",
    faults,
  } as ScenarioInput;
}

describe("with replicas", () => {
  test.each([0, 1, 2, 3])("%i, and no fault", (replicas) => {
    const { report } = runInput(story(1, { replicas }, []));
    expect(report.reason).toBeUndefined();
    expect(report.verdict).toBe("pass");
  });

  test.each([1, 2])("%i, a server is lost for good", (replicas) => {
    for (const at of [50, 100, 200, 400]) {
      const crash = { kind: "crash", node: "server-1", at: `${at}ms`, restart: "never" };
      const { report } = runInput(story(1, { replicas }, [crash]));
      expect([at, report.reason, report.verdict, report.violations]).toEqual([at, undefined, "pass", []]);
    }
  });
});
