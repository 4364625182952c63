/** [G1 G2 G6 P1] Servers are lost, come back and join while a job trains: the model is the undisturbed one's. */
import { describe, expect, test } from "vitest";
import type { Fact } from "../../src/observe/index.ts";
import { type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { runDrawn, runInput, smallJobFile } from "./drawn-run.ts";

function story(seed: number, cluster: Partial<ScenarioInput["cluster"]>, faults: unknown[]): ScenarioInput {
  return {
    schema: "tauring.scenario/1",
    name: "replication",
    why: "as the test says",
    seed,
    cluster: { servers: 4, workers: 2, consistency: { kind: "sequential" }, ...cluster },
    timing: { suspect: "300ms" },
    cost: { nonzerosPerSecond: 1e5, step: "3ms" },
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
      expect(report.virtualSeconds).toBeGreaterThan(0.5);
      expect([at, report.reason, report.verdict, report.violations]).toEqual([at, undefined, "pass", []]);
    }
  });
});

/** Facts of one type, with who said them and when. */
function collected(input: ScenarioInput): {
  readonly run: ReturnType<typeof runInput>;
  readonly facts: readonly Fact[];
} {
  const facts: Fact[] = [];
  const run = runDrawn(scenarioSchema.parse(input), (fact) => facts.push(fact));
  return { run, facts };
}

test("replicas that forget lists of keys are sent them again", () => {
  const input = {
    ...story(1, { servers: 3, virtualServers: 1, replicas: 2 }, []),
    limits: { keyListCacheBytesMax: 30 },
  };
  const { report } = runInput(input);
  expect([report.reason, report.verdict]).toEqual([undefined, "pass"]);
});

test("a server that is filled slowly, a row at a time while all goes on, is master of its share in the end", () => {
  const limits = { fillChunkBytes: 1, fillBytesPerSecondMax: 60_000 };
  const join = { kind: "join", node: "server-4", at: "20ms" };
  const { run, facts } = collected({ ...story(1, { replicas: 1 }, [join]), limits });
  expect([run.report.reason, run.report.verdict]).toEqual([undefined, "pass"]);
  const views = facts.flatMap(({ fact }) => (fact.type === "view-published" ? [fact.view] : []));
  expect(views[views.length - 1].segments.filter(({ holders }) => holders[0] === "server-4")).toHaveLength(3);
});

describe("a server that is asked to leave", () => {
  test.each([0, 1, 2])(
    "hands its segments over and goes before its time is up, with %i replicas",
    (replicas) => {
      const preempt = { kind: "preempt", node: "server-1", at: "60ms", notice: "5s" };
      const { run, facts } = collected(story(1, { replicas }, [preempt]));
      expect([run.report.reason, run.report.verdict]).toEqual([undefined, "pass"]);
      const left = facts.find(({ node, fact }) => node === "server-1" && fact.type === "node-stopped");
      const ended = facts.find(({ fact }) => fact.type === "job-ended");
      expect(left?.at).toBeLessThan(ended?.at ?? 0);
      expect(facts.filter(({ fact }) => fact.type === "node-suspected")).toEqual([]);
      expect(
        facts.flatMap(({ fact }) => (fact.type === "node-evicted" ? [fact.peer, fact.reason] : [])),
      ).toEqual(["server-1", "left, as it was asked to"]);
    },
  );

  test("and is the only one goes when its time is up", () => {
    const preempt = { kind: "preempt", node: "server-0", at: "60ms", notice: "200ms" };
    const { run } = collected(story(1, { servers: 1, replicas: 0 }, [preempt]));
    expect(run.report.verdict).toBe("failed");
    expect(run.report.reason).toMatch(/server-0 was silent .* nobody else has segment/);
  });
});

describe("a server that joins", () => {
  test.each([0, 1])("is master of its share by and by, with %i replicas", (replicas) => {
    const { run, facts } = collected(
      story(1, { replicas }, [{ kind: "join", node: "server-4", at: "60ms" }]),
    );
    expect([run.report.reason, run.report.verdict]).toEqual([undefined, "pass"]);
    const views = facts.flatMap(({ fact }) => (fact.type === "view-published" ? [fact.view] : []));
    const last = views[views.length - 1];
    expect(last.segments.filter(({ holders }) => holders[0] === "server-4")).toHaveLength(3);
  });
});
