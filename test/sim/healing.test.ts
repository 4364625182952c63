/** What lasts is over when everything is healed, and where only a core is left it must go on. */
import { expect, test } from "vitest";
import { type FaultEvent, type RunReport, type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { withoutPhases } from "../../src/sim/scenario/phases.ts";
import { runDrawn, smallJobFile } from "./drawn-run.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

const input = (faults: Faults, more: Partial<ScenarioInput> = {}): ScenarioInput => ({
  schema: "tauring.scenario/1",
  name: "healing",
  why: "Everything is healed",
  seed: 7,
  cluster: { servers: 2, workers: 2, replicas: 1, consistency: { kind: "sequential" } },
  timing: { suspect: "300ms" },
  workload: [{ kind: "train", job: smallJobFile, options: { passesMax: 30 } }],
  faults,
  horizon: "60s",
  ...more,
});

function ran(
  faults: Faults,
  more: Partial<ScenarioInput> = {},
): { readonly report: RunReport; readonly happened: readonly string[] } {
  const happened: string[] = [];
  const scenario = scenarioSchema.parse(input(faults, more));
  const tell = (event: FaultEvent, at: number): void => {
    happened.push(`${Math.round(at / 1000)} ${event.type}${"node" in event ? ` ${event.node}` : ""}`);
  };
  return { report: runDrawn(scenario, () => {}, { faultHappened: tell }).report, happened };
}

test("cuts, pauses, slow nodes and disks are over at once, each once", () => {
  const { report, happened } = ran([
    { kind: "cut", from: ["worker-0"], to: ["server-0"], at: "20ms", for: "10s" },
    { kind: "pause", node: "worker-1", at: "20ms", for: "10s" },
    { kind: "slow", node: "worker-0", at: "20ms", for: "10s", factor: 3 },
    { kind: "disk", node: "server-0", at: "20ms", for: "10s", what: "full" },
    { kind: "nic", node: "server-0", at: "20ms", for: "10s", egress: "1MB/s" },
    { kind: "heal-all", at: "100ms" },
  ]);
  expect([report.reason, report.verdict]).toEqual([undefined, "pass"]);
  expect(happened.filter((line) => line.startsWith("100 "))).toEqual([
    "100 link-healed",
    "100 node-resumed worker-1",
    "100 node-slowed worker-0",
    "100 disk-well server-0",
    "100 bandwidth-changed server-0",
    "100 all-healed",
  ]);
  expect(report.virtualSeconds).toBeLessThan(1);
});

test("what still waits for a fact does not happen any more where it stands before the healing", () => {
  const waits = {
    kind: "pause",
    node: "worker-1",
    on: { fact: "frontier-rose", nth: 60 },
    for: "1s",
  } as const;
  const before = ran([waits, { kind: "heal-all", at: "50ms" }]).report;
  expect(before.missedFaults.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^waited for frontier-rose number 60: of .* matched before all was healed$/),
  ]);
  expect(ran([{ kind: "heal-all", at: "50ms" }, waits]).report.missedFaults).toEqual([]);
});

test("a core that cannot go on is a violation, and one that can is none", () => {
  const names = ["server-1", "worker-1", "manager-0", "scheduler-0"];
  const well = ran([{ kind: "core", nodes: names, at: "50ms", within: "20s" }]);
  expect([well.report.reason, well.report.verdict]).toEqual([undefined, "pass"]);
  expect(well.happened.filter((line) => line.startsWith("50 "))).toEqual([
    "50 all-healed",
    "50 node-crashed server-0",
    "50 node-crashed worker-0",
    "50 core-chosen",
  ]);
  const without = ran([{ kind: "core", nodes: names.slice(0, 3), at: "50ms", within: "20s" }]);
  const said = without.report.violations.filter(({ check }) => check === "V2").map(({ message }) => message);
  expect(said).toEqual([
    expect.stringMatching(/^server-1, worker-1, manager-0 were left, and did not go on in/),
  ]);
});

const core = ["server-1", "worker-1", "manager-0", "scheduler-0"];
const phases: NonNullable<ScenarioInput["phases"]> = [
  {
    for: "60ms",
    faults: [
      { kind: "pause", node: "worker-1", at: "20ms", for: "10s" },
      { kind: "slow", node: "worker-0", on: { fact: "node-paused" }, for: "10s", factor: 3 },
    ],
  },
  { settle: "heal-all", for: "20ms", faults: [{ kind: "clock", node: "server-0", at: "5ms", step: "1ms" }] },
  { settle: "core", nodes: core, within: "20s" },
];

test("phases are the same as their faults in one list", () => {
  const listed = ran([
    { kind: "pause", node: "worker-1", at: "20ms", for: "10s" },
    { kind: "slow", node: "worker-0", on: { fact: "node-paused", until: "60ms" }, for: "10s", factor: 3 },
    { kind: "heal-all", at: "60ms" },
    { kind: "clock", node: "server-0", at: "65ms", step: "1ms" },
    { kind: "core", nodes: core, at: "80ms", within: "20s" },
  ]);
  expect([listed.report.reason, listed.report.verdict]).toEqual([undefined, "pass"]);
  const told = ran([], { phases });
  const flat = withoutPhases(input([], { phases }));
  expect(told.happened).toEqual(listed.happened);
  expect(flat.phases).toBeUndefined();
  expect([told.report.traceHash, ran([...(flat.faults ?? [])]).report.traceHash]).toEqual([
    listed.report.traceHash,
    listed.report.traceHash,
  ]);
});

test("what waits for a fact waits only while its phase lasts", () => {
  const late = {
    kind: "slow",
    node: "worker-0",
    on: { fact: "frontier-rose", nth: 60 },
    for: "1s",
    factor: 3,
  } as const;
  const { report } = ran([], { phases: [{ for: "30ms", faults: [late] }, { settle: "heal-all" }] });
  expect(report.missedFaults).toHaveLength(1);
});

test.each([
  ["a phase without an end", [{ faults: [] }, { settle: "heal-all" }], "phases.0"],
  ["a core of nobody", [{ settle: "core" }], "phases.0.settle"],
  ["a core of somebody who is not there", [{ settle: "core", nodes: ["server-9"] }], "phases.0.nodes.0"],
  [
    "a fault past the horizon",
    [{ for: "50s" }, { faults: [{ kind: "pause", node: "server-0", at: "11s", for: "1s" }] }],
    "phases.1.faults.0.at",
  ],
] as const)("%s is refused, by its place", (_, wrong, place) => {
  const read = scenarioSchema.safeParse(input([], { phases: wrong as unknown as typeof phases, budget: {} }));
  expect(read.error?.issues[0].path.join(".")).toBe(place);
});
