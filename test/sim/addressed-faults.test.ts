/** Faults that wait for a fact, and faults for whoever plays a part: they happen then and there, and are missed aloud. */
import { expect, test } from "vitest";
import { disappointments, type FaultEvent, type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { runDrawn, smallJobFile } from "./drawn-run.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

function story(faults: Faults, other: Partial<ScenarioInput> = {}) {
  const happened: string[] = [];
  const scenario = scenarioSchema.parse({
    schema: "tauring.scenario/1",
    name: "addressed",
    why: "Faults are addressed by what happens and by who somebody is",
    seed: 7,
    cluster: {
      servers: 3,
      workers: 2,
      replicas: 2,
      schedulers: 2,
      virtualServers: 1,
      consistency: { kind: "sequential" },
    },
    workload: [{ kind: "train", job: smallJobFile, options: { passesMax: 30 } }],
    faults,
    horizon: "60s",
    ...other,
  });
  const tell = (event: FaultEvent, at: number): void => {
    happened.push(`${at} ${event.type} ${"node" in event ? event.node : ""}`.trim());
  };
  const facts: { readonly at: number; readonly node: string; readonly type: string }[] = [];
  const { report, job } = runDrawn(
    scenario,
    ({ at, node, fact }) => facts.push({ at, node, type: fact.type }),
    { faultHappened: tell },
  );
  return { happened, facts, report, failed: disappointments(scenario, report, job) };
}

test("a fault waits for the nth fact that matches, and then so long", () => {
  const { happened, facts, failed } = story([
    {
      kind: "pause",
      node: "@self",
      for: "3ms",
      on: { fact: "task-finished", where: { slot: 1 }, nth: 3, after: "250us" },
    },
  ]);
  const third = facts.filter(({ type, node }) => type === "task-finished" && node === "worker-1")[2];
  expect(failed).toEqual([]);
  expect(happened).toEqual([
    `${third.at + 250} node-paused worker-1`,
    `${third.at + 3250} node-resumed worker-1`,
  ]);
});

test("a part is played by whoever plays it then", () => {
  const { happened, failed } = story([
    { kind: "crash", node: "@scheduler", at: "40ms" },
    {
      kind: "crash",
      node: "@scheduler",
      restart: "10ms",
      on: { fact: "leader-elected", where: { role: "scheduler", term: 2 }, after: "20ms" },
    },
    { kind: "pause", node: "@tail(0)", at: "30ms", for: "1ms" },
    { kind: "pause", node: "@pred(@tail(0))", at: "33ms", for: "1ms" },
  ]);
  expect(failed).toEqual([]);
  const whom = happened
    .filter((line) => / node-(crashed|paused)/.test(line))
    .map((line) => line.split(" ").slice(1).join(" "));
  expect(whom[2]).toBe("node-crashed scheduler-0");
  expect(whom[3]).toBe("node-crashed scheduler-1");
  expect(whom[0]).toMatch(/^node-paused server-/);
  expect(whom[1]).toMatch(/^node-paused server-/);
  expect(whom[1]).not.toBe(whom[0]);
});

test("a fault that waited in vain is a disappointment, unless it may miss", () => {
  const faults: Faults = [
    { kind: "crash", node: "server-0", on: { fact: "holder-filled", nth: 5000 } },
    { kind: "pause", node: "@middle(7)", at: "30ms", for: "1ms" },
  ];
  expect(story(faults).failed).toEqual([
    expect.stringMatching(
      /^faults\.0 did not happen: it waited for holder-filled number 5000: of \d+ that came \d+ matched$/,
    ),
    "faults.1 did not happen: it was for nobody: none was @middle(7) then",
  ]);
  expect(story(faults, { expect: { faults: "may-miss" } }).failed).toEqual([]);
});

test("facts that are required, forbidden or told in order", () => {
  const { failed } = story([{ kind: "crash", node: "server-1", at: "40ms", restart: "10ms" }], {
    expect: {
      checks: ["X1", "C7"],
      facts: {
        require: [
          { fact: "task-finished", node: "worker-0", min: 20 },
          { fact: "node-evicted", min: 9 },
        ],
        forbid: [{ fact: "job-failed" }, { fact: "node-crashed", where: { peer: "server-1" } }],
        story: [
          { fact: "node-crashed" },
          { fact: "node-launched", node: "server-1" },
          { fact: "job-submitted" },
        ],
      },
    },
  });
  expect(failed).toEqual([
    "expect.facts.forbid.1: node-crashed where peer: server-1 came at 0.040000s on server-1",
    expect.stringMatching(/^expect\.facts\.require\.1: node-evicted came \d times, expected at least 9$/),
    "expect.facts.story.2: job-submitted did not come, after node-launched of server-1",
  ]);
});

test("words for nobody, facts that do not exist and faults without a time are refused", () => {
  const parse = (fault: unknown): unknown =>
    scenarioSchema
      .safeParse({
        schema: "tauring.scenario/1",
        name: "x",
        why: "y",
        cluster: { servers: 2, workers: 1 },
        workload: [{ kind: "application", application: "provenance" }],
        faults: [fault],
      })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  expect(parse({ kind: "crash", node: "@schedular", at: "1s" })).toEqual([
    "faults.0.node: no such word for a node; did you mean @scheduler?",
  ]);
  expect(parse({ kind: "crash", node: "@pred(server-9)", at: "1s" })).toEqual([
    "faults.0.node: no such node; did you mean server-0?",
  ]);
  expect(parse({ kind: "crash", node: "@holder", at: "1s" })).toEqual([
    "faults.0.node: expected @holder(slot)",
  ]);
  expect(parse({ kind: "crash", node: "server-0" })).toEqual([
    "faults.0: says neither at nor on: when it happens",
  ]);
  expect(parse({ kind: "crash", node: "server-0", on: { fact: "holder-fild" } })).toEqual([
    "faults.0.on.fact: no such fact; did you mean holder-filled?",
  ]);
});
