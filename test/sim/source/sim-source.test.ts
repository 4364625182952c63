/** What is done by hand to a simulation on screen, and that a file repeats it. */
import { afterEach, describe, expect, test } from "vitest";
import { applications } from "../../../src/apps/index.ts";
import { snappyCompressor } from "../../../src/net/index.ts";
import type { Done, Fact } from "../../../src/observe/index.ts";
import {
  applicationJob,
  jobOf,
  parseScenario,
  planOf,
  PlanRun,
  type RunOptions,
  type RunReport,
  type Scenario,
  SimSource,
} from "../../../src/sim/index.ts";

const text = `schema: tauring.scenario/1
name: watched
why: as the test says
seed: 7
cluster: { servers: 3, workers: 2, replicas: 1, consistency: { kind: bounded, tau: 2 } }
timing: { suspect: 300ms }
net: { default: { delay: { exponential: { mean: 1ms } } } }
workload:
  - { kind: application, application: provenance, options: { tasks: 80, graph: tau } }
faults:
  - { kind: slow, node: worker-1, at: 50ms, for: 100ms, factor: 3 }
expect: { eventsMin: 1 }
`;

const parts: RunOptions["parts"] = {
  applications,
  compressor: snappyCompressor,
  loadShare: () => ({
    examples: undefined,
    summary: { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 },
  }),
};

function scenarioOf(yaml: string): Scenario {
  const parsed = parseScenario(yaml, "watched.yaml");
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join("; "));
  return parsed.value;
}

const files = new Map<string, string>();
afterEach(() => files.clear());

function watch(yaml: string = text): SimSource {
  const scenario = scenarioOf(yaml);
  const seed = scenario.seed ?? "7";
  const job = jobOf(scenario, applicationJob(scenario) as never, seed);
  return new SimSource({
    title: "watched.yaml",
    scenario,
    seed,
    job,
    run: { parts },
    file: { path: "scenarios/watched.yaml", text: yaml },
    write: (path, written) => void files.set(path, written),
  });
}

/** The run of a file, by itself. */
function repeated(yaml: string): { readonly report: RunReport; readonly facts: readonly Fact[] } {
  const scenario = scenarioOf(yaml);
  const seed = scenario.seed ?? "";
  const facts: Fact[] = [];
  const plan = planOf(scenario, seed, jobOf(scenario, applicationJob(scenario) as never, seed));
  const run = new PlanRun(plan, { parts, observe: (fact) => facts.push(fact) });
  const report = run.runSlice(Number.POSITIVE_INFINITY);
  if (report === undefined) throw new Error("a run without a limit ends");
  return { report, facts };
}

function ok(done: Done): string {
  if (!done.ok) throw new Error(done.reason);
  return done.text;
}

function reason(done: Done): string {
  return done.ok ? "" : done.reason;
}

function toTheEnd(source: SimSource): RunReport {
  while (!source.playhead().isComplete) ok(source.stepMicros(1e6));
  return source.report as RunReport;
}

describe("what is done by hand is saved as a scenario that repeats it", () => {
  test("kill, pause, cut, heal, join, slow, drain and another seed: the same run to the last bit", () => {
    const source = watch();
    ok(source.goTo(60_000));
    const before = source.recentFacts(1e6);
    ok(source.break({ kind: "kill", node: "server-1", restartAfterMicros: null }));
    expect(source.recentFacts(1e6)).toEqual(before);
    ok(source.stepMicros(20_000));
    ok(source.break({ kind: "join", role: "server" }));
    ok(source.stepMicros(5000));
    ok(source.break({ kind: "cut", from: ["worker-0"], to: ["server-0"], forMicros: null }));
    ok(source.break({ kind: "pause", node: "worker-1", forMicros: 30_000 }));
    ok(source.stepMicros(40_000));
    ok(source.break({ kind: "heal" }));
    ok(source.break({ kind: "slow", node: "worker-0", factor: 2, forMicros: 50_000 }));
    ok(source.branch("another"));
    ok(source.stepMicros(700_000));
    ok(source.break({ kind: "drain", node: "server-2" }));
    const watched = toTheEnd(source);
    ok(source.save("elsewhere/saved.yaml"));

    const { report, facts } = repeated(files.get("elsewhere/saved.yaml") as string);
    expect(report.traceHash).toBe(watched.traceHash);
    expect(report.verdict).toBe(watched.verdict);
    expect(facts).toEqual(source.recentFacts(1e9));
    const happened = facts.map(({ fact }) => fact.type);
    for (const type of ["node-crashed", "link-cut", "link-healed", "node-paused", "node-slowed"] as const)
      expect(happened).toContain(type);
    expect(facts.some(({ node }) => node === "server-3")).toBe(true);
  });

  test("what follows a moment of the past is given up where something is done there", () => {
    const source = watch();
    ok(source.goTo(200_000));
    ok(source.break({ kind: "kill", node: "worker-1", restartAfterMicros: 50_000 }));
    ok(source.goTo(100_000));
    ok(source.break({ kind: "kill", node: "server-2", restartAfterMicros: null }));
    ok(source.stepMicros(200_000));
    const crashed = source
      .recentFacts(1e9)
      .flatMap(({ fact }) => ("peer" in fact && fact.type === "node-crashed" ? [fact.peer] : []));
    expect(crashed).toEqual(["server-2"]);
    ok(source.save("saved.yaml"));
    expect(files.get("saved.yaml")).not.toContain("worker-1, at: 2");
  });
});

test("another seed leaves what was, and changes what follows", () => {
  const [source, other] = [watch(), watch()];
  for (const one of [source, other]) ok(one.goTo(100_000));
  ok(other.branch("another"));
  const were = source.recentFacts(1e9);
  expect(other.recentFacts(1e9)).toEqual(were);
  for (const one of [source, other]) ok(one.stepMicros(100_000));
  expect(other.recentFacts(1e9)).not.toEqual(source.recentFacts(1e9));
  expect(other.recentFacts(1e9).slice(0, were.length)).toEqual(were);
});

test("what cannot be done says why, and changes nothing", () => {
  const source = watch();
  ok(source.goTo(100_000));
  const view = source.view();
  expect(reason(source.break({ kind: "kill", node: "server-9", restartAfterMicros: null }))).toContain(
    "no such node",
  );
  expect(reason(source.break({ kind: "heal" }))).toContain("no cut");
  expect(reason(source.break({ kind: "slow", node: "worker-1", factor: 0.5, forMicros: 1 }))).not.toBe("");
  expect(reason(source.setSpeed(1000))).toContain("1/64");
  expect(reason(source.goToBookmark("x"))).toContain("there are: none");
  expect(source.view()).toEqual(view);
  ok(source.break({ kind: "kill", node: "server-1", restartAfterMicros: null }));
  ok(source.stepMicros(10_000));
  expect(reason(source.break({ kind: "kill", node: "server-1", restartAfterMicros: null }))).toContain(
    "does not live",
  );
});

test("it plays as fast as it is told, pauses, and ends with the run", () => {
  const source = watch();
  let told = 0;
  const end = source.subscribe(() => told++);
  source.tick(50);
  expect(source.playhead().atMicros).toBe(source.playhead().beginMicros);
  source.setPaused(false);
  ok(source.setSpeed(2));
  for (let i = 0; i < 5; i++) source.tick(10);
  expect(source.playhead().atMicros).toBeGreaterThan(source.playhead().beginMicros + 90_000);
  expect(told).toBeGreaterThan(5);
  end();
  ok(source.setSpeed(64));
  for (let i = 0; i < 1e5 && !source.playhead().isComplete; i++) source.tick(100);
  source.tick(1e6);
  expect(source.playhead()).toMatchObject({ isComplete: true, isPaused: true });
  expect(source.view().header.state).toBe("ended");
  expect(reason(source.break({ kind: "join", role: "server" }))).toContain("the run is over");
});
