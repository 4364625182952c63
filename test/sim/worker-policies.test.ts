/** [docs/protocol.md 9] What a job does about a worker that is lost, and about one that is slow. */
import { describe, expect, test } from "vitest";
import type { JobPolicy } from "../../src/core/index.ts";
import type { Fact } from "../../src/observe/index.ts";
import { type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { type DrawnRun, runDrawn, smallJobFile } from "./drawn-run.ts";

function played(
  policy: JobPolicy,
  faults: readonly unknown[],
  more: Partial<ScenarioInput> = {},
): { readonly facts: readonly Fact[]; readonly run: DrawnRun } {
  const facts: Fact[] = [];
  const input = {
    schema: "tauring.scenario/1",
    name: "worker-policies",
    why: "as the test says",
    seed: 1,
    cluster: { servers: 2, workers: 3, slots: 6, replicas: 1, consistency: { kind: "sequential" } },
    timing: { suspect: "300ms" },
    cost: { nonzerosPerSecond: 1e5, step: "3ms", noise: 0 },
    policy,
    workload: [{ kind: "train", job: smallJobFile }],
    horizon: "60s",
    faults,
    ...more,
  };
  const run = runDrawn(scenarioSchema.parse(input), (fact) => facts.push(fact));
  expect([run.report.reason, run.report.verdict, run.report.violations]).toEqual([undefined, "pass", []]);
  return { facts, run };
}

const crash = { kind: "crash", node: "worker-1", at: "100ms", restart: "never" };
const slow = { kind: "slow", node: "worker-1", at: "100ms", for: "30s", factor: 300 };

type Dropped = Extract<Fact["fact"], { readonly type: "slot-dropped" }>;

function droppedIn(facts: readonly Fact[]): readonly Dropped[] {
  return facts.flatMap(({ fact }) => (fact.type === "slot-dropped" ? [fact] : []));
}

/** Every task from its drop on is without the slot, and every one before it is with it. */
function expectDropped(facts: readonly Fact[], slots: readonly number[]): void {
  const dropped = droppedIn(facts);
  expect(dropped.map(({ slot }) => slot)).toEqual(slots);
  let after = 0;
  for (const { fact } of facts) {
    if (fact.type !== "task-issued") continue;
    for (const { slot, first } of dropped)
      expect([fact.time, fact.slots.includes(slot)]).toEqual([fact.time, fact.time < first]);
    if (fact.time >= (dropped[0]?.first ?? Number.POSITIVE_INFINITY)) after += 1;
  }
  expect(after > 0).toBe(slots.length > 0);
}

describe("a worker is lost for good", () => {
  test.each(["replace", "redistribute"] as const)(
    "%s: no slot vanishes, and the model is the same",
    (lost) => {
      const { facts, run } = played({ lost }, [crash]);
      expectDropped(facts, []);
      expect(run.report.checks.C7.evaluated).toBe(1);
    },
  );

  test("continue: its slots finish the pass elsewhere, and vanish from the next one on", () => {
    const { facts, run } = played({ lost: "continue" }, [crash]);
    expectDropped(facts, [1, 4]);
    expect(run.report.checks.C7.evaluated).toBe(0);
  });

  test("continue, and the scheduler is lost too: the next one goes on with the same slots", () => {
    for (const at of [450, 600, 800, 1000]) {
      const { facts } = played({ lost: "continue" }, [
        crash,
        { kind: "crash", node: "scheduler-0", at: `${at}ms`, restart: "50ms" },
      ]);
      expect(new Set(droppedIn(facts).map(({ slot }) => slot))).toEqual(new Set([1, 4]));
    }
  });

  test("continue, and every worker is lost: none vanishes, since none would be left", () => {
    const lost = ["worker-0", "worker-1", "worker-2"].map((node) => ({ ...crash, node, restart: "100ms" }));
    const { facts } = played({ lost: "continue" }, lost);
    expectDropped(facts, []);
  });
});

describe("a worker is slow", () => {
  const ended = (facts: readonly Fact[]): number =>
    facts.find(({ fact }) => fact.type === "job-ended")?.at ?? 0;

  test("move: others take its slots after the lag, the job is quicker, and the model the same", () => {
    const { facts, run } = played({ lost: "replace", slowest: { afterMs: 200, action: "move" } }, [slow]);
    expectDropped(facts, []);
    const moved = facts.flatMap(({ fact }) =>
      fact.type === "slot-assigned" && fact.epoch > 1 ? [fact] : [],
    );
    expect(moved.map(({ slot }) => slot)).toEqual([1, 4]);
    expect(run.report.checks.C7.evaluated).toBe(1);
    expect(facts.filter(({ fact }) => fact.type === "node-evicted")).toEqual([]);
    const waited = played({ lost: "replace" }, [slow]);
    expect(ended(facts)).toBeLessThan(ended(waited.facts) / 2);
  });

  test("drop: they go on without its slots from the next pass on", () => {
    const { facts } = played({ lost: "replace", slowest: { afterMs: 200, action: "drop" } }, [slow]);
    expectDropped(facts, [1, 4]);
  });

  test("with a delay, others take over what is late as well", () => {
    const cluster = { servers: 2, workers: 3, slots: 3, consistency: { kind: "bounded" as const, tau: 2 } };
    const { facts } = played({ lost: "replace", slowest: { afterMs: 200, action: "move" } }, [slow], {
      cluster,
    });
    expect(
      facts.some(({ fact }) => fact.type === "slot-assigned" && fact.slot === 1 && fact.epoch === 2),
    ).toBe(true);
  });
});

test("[G1] what a lost worker had pushed is recognised, part by part, when its successor pushes the same", () => {
  const { facts } = played({ lost: "redistribute" }, [crash]);
  const firstEpoch = new Set<string>();
  let repeated = 0;
  for (const { node, fact } of facts) {
    if (fact.type === "push-invoked" && node === "worker-1")
      firstEpoch.add(`${fact.push.slot} ${fact.push.time} ${fact.push.op}`);
    if (fact.type !== "part-received" || !fact.isDuplicate) continue;
    repeated += Number(firstEpoch.has(`${fact.push.slot} ${fact.push.time} ${fact.push.op}`));
  }
  expect(repeated).toBeGreaterThan(0);
});
