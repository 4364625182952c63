/** What happens to nodes and links, as whole runs see it. */
import { expect, test } from "vitest";
import {
  type FaultEvent,
  type RunReport,
  type ScenarioInput,
  scenarioSchema,
  type Verdict,
} from "../../src/sim/index.ts";
import { runDrawn, smallJobFile } from "./drawn-run.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

interface Told {
  readonly report: RunReport;
  /** What the world did, and when, in milliseconds. */
  readonly happened: readonly string[];
  /** Facts of nodes, in words: `server-1 started #2`. */
  readonly facts: readonly string[];
}

/** Three servers and two workers, which train for 150 ms where nothing is wrong. */
function story(faults: Faults, other: Partial<ScenarioInput> = {}): Told {
  const happened: string[] = [];
  const facts: string[] = [];
  const scenario = scenarioSchema.parse({
    schema: "tauring.scenario/1",
    name: "faults",
    why: "Nodes and links fail",
    seed: 7,
    cluster: { servers: 3, workers: 2, consistency: { kind: "sequential" } },
    workload: [{ kind: "train", job: smallJobFile, options: { passesMax: 30 } }],
    faults,
    horizon: "60s",
    ...other,
  });
  const tell = (event: FaultEvent, at: number): void => {
    const ends = "from" in event ? `${event.from.join()}-${event.to.join()}` : "";
    const whom = "node" in event ? event.node : ends;
    happened.push(`${Math.round(at / 1000)} ${event.type} ${whom}`);
  };
  const { report } = runDrawn(
    scenario,
    ({ node, fact }) => {
      if (fact.type === "node-started") facts.push(`${node} started #${fact.incarnation}`);
      if (fact.type === "model-saved") facts.push(`model ${fact.sha}`);
      if (fact.type === "node-suspected") facts.push(`${node} suspects ${fact.peer}`);
    },
    { faultHappened: tell },
  );
  return { report, happened, facts };
}

function ending({ report }: Told): string {
  const { verdict, reason } = report;
  return reason === undefined ? verdict : `${verdict}: ${reason}`;
}

function milliseconds({ report }: Told): number {
  return Math.round(report.virtualSeconds * 1000);
}

const calm: Told = story([]);
const model: string = calm.facts.find((fact) => fact.startsWith("model")) ?? "none";
const workers = ["worker-0", "worker-1"];

test("where nothing is wrong the run takes less than 200 ms, and leaves a model", () => {
  expect([ending(calm), calm.happened]).toEqual(["pass", []]);
  expect(milliseconds(calm)).toBeLessThan(200);
  expect(model).toMatch(/^model [0-9a-f]{64}$/);
});

/** At least and at most so many milliseconds. */
const survived: readonly (readonly [string, Faults, readonly [number, number], readonly string[]])[] = [
  [
    "a server is paused for half a second",
    [{ kind: "pause", node: "server-1", at: "50ms", for: "500ms" }],
    [550, 900],
    ["50 node-paused server-1", "550 node-resumed server-1"],
  ],
  [
    "a worker is paused twice",
    [
      { kind: "pause", node: "worker-1", at: "50ms", for: "100ms" },
      { kind: "pause", node: "worker-1", at: "180ms", for: "100ms" },
    ],
    [300, 600],
    [
      "50 node-paused worker-1",
      "150 node-resumed worker-1",
      "180 node-paused worker-1",
      "280 node-resumed worker-1",
    ],
  ],
  [
    "what is sent between a server and its workers is lost for 300 ms",
    [{ kind: "cut", from: ["server-1"], to: workers, at: "50ms", for: "300ms" }],
    [350, 900],
    ["50 link-cut server-1-worker-0,worker-1", "350 link-healed server-1-worker-0,worker-1"],
  ],
  [
    "what a server says to its workers is lost for 300 ms",
    [{ kind: "cut", from: ["server-1"], to: workers, how: "one-way", at: "50ms", for: "300ms" }],
    [350, 900],
    ["50 link-cut server-1-worker-0,worker-1", "350 link-healed server-1-worker-0,worker-1"],
  ],
  [
    "what is sent between a server and its workers is held for 300 ms",
    [{ kind: "cut", from: ["server-1"], to: workers, at: "50ms", for: "300ms", mode: "hold" }],
    [350, 900],
    ["50 link-cut server-1-worker-0,worker-1", "350 link-healed server-1-worker-0,worker-1"],
  ],
  [
    "a server cannot reach the registry as it starts",
    [{ kind: "cut", from: ["server-1"], to: ["registry"], at: "0ms", for: "300ms" }],
    [2000, 2500],
    ["0 link-cut server-1-registry", "300 link-healed server-1-registry"],
  ],
  [
    "what a server asks of the registry is lost as it starts",
    [{ kind: "cut", from: ["server-1"], to: ["registry"], how: "one-way", at: "0ms", for: "300ms" }],
    [2000, 2500],
    ["0 link-cut server-1-registry", "300 link-healed server-1-registry"],
  ],
  [
    "the registry does not reach a server as it starts",
    [{ kind: "cut", from: ["registry"], to: ["server-1"], how: "one-way", at: "0ms", for: "300ms" }],
    [2000, 2500],
    ["0 link-cut registry-server-1", "300 link-healed registry-server-1"],
  ],
  [
    "what a server asks of the registry, and is told, is held as it starts",
    [{ kind: "cut", from: ["server-1"], to: ["registry"], at: "0ms", for: "300ms", mode: "hold" }],
    [300, 900],
    ["0 link-cut server-1-registry", "300 link-healed server-1-registry"],
  ],
  [
    "a worker takes a hundred times as long",
    [{ kind: "slow", node: "worker-1", at: "50ms", for: "300ms", factor: 100 }],
    [350, 900],
    ["50 node-slowed worker-1", "350 node-slowed worker-1"],
  ],
  [
    "a worker takes a hundred times as long, and no longer",
    [{ kind: "slow", node: "worker-1", at: "50ms", for: "10ms", factor: 100 }],
    [100, 200],
    ["50 node-slowed worker-1", "60 node-slowed worker-1"],
  ],
  [
    "the manager's clock jumps by 30 s, and a server's goes half as fast",
    [
      { kind: "clock", node: "manager-0", at: "50ms", step: "30s" },
      { kind: "clock", node: "server-1", at: "10ms", drift: -0.5 },
    ],
    [100, 200],
    ["10 clock-changed server-1", "50 clock-changed manager-0"],
  ],
];

test.each(survived)("%s: the model is the same", (_, faults, [least, most], happened) => {
  const told = story(faults);
  expect(ending(told)).toBe("pass");
  expect(told.happened).toEqual(happened);
  expect(milliseconds(told)).toBeGreaterThanOrEqual(least);
  expect(milliseconds(told)).toBeLessThanOrEqual(most);
  expect(told.facts).toContain(model);
  expect(story(faults).report.traceHash).toBe(told.report.traceHash);
});

const ends: readonly (readonly [string, Faults, Verdict, RegExp, readonly string[]])[] = [
  [
    "a server is gone for good",
    [{ kind: "crash", node: "server-1", at: "50ms" }],
    "failed",
    /^server-1 was silent/,
    ["50 node-crashed server-1"],
  ],
  [
    "a server does not live to hear that its machine is wanted",
    [
      { kind: "pause", node: "server-1", at: "40ms", for: "1s" },
      { kind: "preempt", node: "server-1", at: "50ms", notice: "100ms" },
    ],
    "failed",
    /^server-1 was silent/,
    ["40 node-paused server-1", "50 node-asked-to-leave server-1", "150 node-crashed server-1"],
  ],
];

test.each(ends)("%s: the run ends with its name", (_, faults, verdict, reason, happened) => {
  const told = story(faults);
  expect(told.report.verdict).toBe(verdict);
  expect(told.report.reason).toMatch(reason);
  expect(told.happened).toEqual(happened);
});

test("a crashed node is there again as its next incarnation, and what was sent to its last life is lost", () => {
  const told = story([{ kind: "crash", node: "worker-1", at: "50ms", restart: "300ms" }]);
  expect(told.happened).toEqual(["50 node-crashed worker-1", "350 node-launched worker-1"]);
  expect(told.facts).toContain("worker-1 started #2");
  expect(told.report.network.lost).toBeGreaterThan(0);
});

test("a node that was to start again does not keep a run from its end, and one that has stopped does not crash", () => {
  const crash = (at: string): Faults => [{ kind: "crash", node: "server-1", at, restart: "30s" }];
  const told = story(crash("50ms"));
  expect([told.report.verdict, told.happened]).toEqual(["failed", ["50 node-crashed server-1"]]);
  expect(milliseconds(told)).toBeLessThan(20_000);
  const late = story(crash("25s"));
  expect([ending(late), late.happened]).toEqual(["pass", []]);
});

const everybody = ["manager-0", "scheduler-0", "server-0", "server-1", "server-2", ...workers];

test("a run in which everybody is away goes on with those who come back", () => {
  const told = story(everybody.map((node) => ({ kind: "crash", node, at: "50ms", restart: "100ms" })));
  expect(told.facts.filter((fact) => fact.endsWith("started #2")).length).toBeGreaterThan(0);
});

test("a machine that is taken away does not come back", () => {
  const told = story([
    { kind: "crash", node: "server-1", at: "50ms", restart: "300ms" },
    { kind: "preempt", node: "server-1", at: "60ms", notice: "100ms" },
  ]);
  expect(told.happened).toEqual(["50 node-crashed server-1"]);
});

test("a run in which everybody is gone for good is undecided", () => {
  const told = story(everybody.map((node) => ({ kind: "crash", node, at: "50ms" })));
  expect(ending(told)).toBe("undecided: nothing is left to happen before the job ended");
});

test("a stream that lost frames in a cut is sent them again as soon as it is whole", () => {
  const cut: Faults = [{ kind: "cut", from: ["server-1"], to: workers, at: "50ms", for: "300ms" }];
  const told = story(cut, { timing: { retransmit: "20s" } });
  expect(ending(told)).toBe("pass");
  expect(milliseconds(told)).toBeLessThan(900);
});

test("a node joins when it is told to, under the next free name", () => {
  const told = story([{ kind: "join", node: "server-3", at: "50ms" }]);
  expect(ending(told)).toBe("pass");
  expect(told.happened).toEqual(["50 node-launched server-3"]);
  expect(told.facts.filter((fact) => fact.startsWith("server-3"))).toEqual(["server-3 started #1"]);
  expect(calm.facts.join()).not.toContain("server-3");
});

test("a node that is asked to leave stops, and that it does is no failure by itself", () => {
  const [asked, ...others] = everybody;
  const told = story([
    { kind: "preempt", node: asked, at: "50ms", notice: "1s" },
    ...others.map((node) => ({ kind: "crash" as const, node, at: "60ms" })),
  ]);
  expect(told.happened).not.toContain(`1050 node-crashed ${asked}`);
  expect(ending(told)).toBe("undecided: nothing is left to happen before the job ended");
});

test("a node waits by its own clock: one that goes faster suspects sooner", () => {
  const crash: Faults = [{ kind: "crash", node: "server-1", at: "50ms" }];
  const slow = story(crash);
  const fast = story([{ kind: "clock", node: "manager-0", at: "50ms", drift: 0.5 }, ...crash]);
  expect(fast.report.reason).toMatch(/^server-1 was silent/);
  expect(milliseconds(fast)).toBeLessThan(0.75 * milliseconds(slow));
});

test("timers that are due by a clock that jumps fire at once", () => {
  const cut: Faults = [{ kind: "cut", from: ["server-1"], to: ["registry"], at: "0ms", for: "300ms" }];
  const other = { timing: { retry: "10s" }, net: { registryFaults: { timeout: "100ms" } } };
  expect(milliseconds(story(cut, other))).toBeGreaterThan(10_000);
  const told = story([...cut, { kind: "clock", node: "server-1", at: "400ms", step: "11s" }], other);
  expect(ending(told)).toBe("pass");
  expect(milliseconds(told)).toBeLessThan(1000);
});

test("a run that goes on for long enough after its faults shows that all is repaired", () => {
  const repaired = (horizonTasks: number): readonly number[] => {
    const told = story([{ kind: "crash", node: "server-1", at: "50ms" }], {
      cluster: { servers: 4, workers: 2, replicas: 1, consistency: { kind: "sequential" } },
      timing: { suspect: "200ms" },
      cost: { step: "10ms" },
      workload: [{ kind: "application", application: "provenance", options: { tasks: horizonTasks } }],
    });
    expect(ending(told)).toBe("pass");
    return ["O4", "O5", "C8"].map((id) => Math.sign(told.report.checks[id].evaluated));
  };
  expect(repaired(10)).toEqual([0, 0, 0]);
  expect(repaired(100)).toEqual([1, 1, 1]);
});

test("a paused node is suspected by others, and suspects nobody when it wakes", () => {
  const told = story([{ kind: "pause", node: "manager-0", at: "50ms", for: "1900ms" }]);
  expect(told.facts.filter((fact) => fact.includes("suspects"))).toEqual([]);
  const late = story([{ kind: "pause", node: "server-1", at: "50ms", for: "10s" }]);
  expect(late.facts.filter((fact) => fact.includes("suspects"))).toEqual(["manager-0 suspects server-1"]);
});

test("faults draw nothing: one that does nothing leaves the trace as it was", () => {
  const told = story([
    { kind: "crash", node: "server-1", at: "10s" },
    { kind: "clock", node: "server-1", at: "1ms", step: "0ms" },
    { kind: "cut", from: ["worker-0"], to: ["worker-1"], at: "1ms", for: "1s" },
  ]);
  expect(told.report.traceHash).toBe(calm.report.traceHash);
});
