/** Mistakes in a scenario's list of faults are told with their place, and what is right becomes plain data. */
import { expect, test } from "vitest";
import {
  applicationJob,
  describeProblems,
  jobOf,
  parseScenario,
  planOf,
  type SimulationPlan,
} from "../../src/sim/index.ts";

function text(faults: string): string {
  return `schema: tauring.scenario/1
name: x
why: y
cluster: { servers: 2, workers: 1, managers: 2 }
horizon: 10s
workload:
  - { kind: application, application: provenance }
faults:
${faults}
`;
}

const rows: readonly (readonly [string, string, string])[] = [
  [
    "a misspelt kind",
    "  - { kind: crush, node: server-1, at: 3s }",
    'f.yaml:9:13 faults.0.kind: found "crush"; allowed: crash, crash-loop, pause, cut, partition, clog, swizzle, link, nic, join, leave, decommission, preempt, slow, clock, disk, memory, heal-all, core, abandon, submit; did you mean crash?',
  ],
  [
    "a field of another kind",
    "  - { kind: crash, node: server-1, at: 3s, for: 1s }",
    "f.yaml:9:44 faults.0.for: does not go with kind: crash",
  ],
  [
    "a node that is not there",
    "  - { kind: crash, node: server-2, at: 3s }",
    'f.yaml:9:26 faults.0.node: found "server-2"; no such node; did you mean server-0?',
  ],
  [
    "the end of a link that is not there",
    "  - { kind: cut, from: [server-1], to: [registri], at: 3s, for: 1s }",
    'f.yaml:9:41 faults.0.to.0: found "registri"; no such node; did you mean registry?',
  ],
  [
    "a time past the horizon",
    "  - { kind: pause, node: server-1, at: 9s, for: 2s }",
    'f.yaml:9:49 faults.0.for: found "2s"; it is past the horizon',
  ],
  [
    "two pauses of a node at once",
    "  - { kind: pause, node: server-1, at: 3s, for: 1s }\n  - { kind: pause, node: server-1, at: 3500ms, for: 1s }",
    'f.yaml:10:40 faults.1.at: found "3500ms"; faults.0 does the same meanwhile',
  ],
  [
    "a name that is not the next free one",
    "  - { kind: join, node: server-3, at: 3s }",
    'f.yaml:9:25 faults.0.node: found "server-3"; free names: manager-2, scheduler-1, server-2, worker-1',
  ],
  [
    "a node that joins later",
    "  - { kind: join, node: server-2, at: 3s }\n  - { kind: slow, node: server-2, at: 2s, for: 1s, factor: 2 }",
    'f.yaml:10:25 faults.1.node: found "server-2"; the node joins later',
  ],
  [
    "a clock that does nothing",
    "  - { kind: clock, node: server-1, at: 3s }",
    'f.yaml:9:5 faults.0: found {"kind":"clock","node":"server-1","at":"3s"}; a clock has a step, a drift or a freeze',
  ],
  [
    "a clock that goes back",
    "  - { kind: clock, node: server-1, at: 3s, drift: -1 }",
    "f.yaml:9:51 faults.0.drift: found -1; allowed: at least -0.5",
  ],
  [
    "a restart that is no time",
    "  - { kind: crash, node: server-1, at: 3s, restart: nver }",
    'f.yaml:9:53 faults.0.restart: found "nver"; allowed: never, expected a duration such as 150ms or 1.5s (units: us, ms, s, min, h); did you mean never?',
  ],
];

test.each(rows)("%s", (_why, faults, complaint) => {
  const parsed = parseScenario(text(faults), "f.yaml");
  expect(parsed.ok ? "accepted" : describeProblems(parsed.problems)).toBe(complaint);
});

function plan(faults: string): SimulationPlan {
  const parsed = parseScenario(text(faults), "f.yaml");
  if (!parsed.ok) throw new Error(describeProblems(parsed.problems));
  const base = applicationJob(parsed.value);
  if (base === undefined) throw new Error("Invariant: the workload is an application");
  return planOf(parsed.value, "1", jobOf(parsed.value, base, "1"));
}

test("every fault becomes plain data, its times counted from the start in microseconds", () => {
  const { faults, nodes, rejoinMicros } = plan(`
  - { kind: crash, node: server-1, at: 3s, restart: 500ms }
  - { kind: crash, node: worker-0, at: 3s, restart: never }
  - { kind: pause, node: server-0, at: 1s, for: 20ms }
  - { kind: cut, from: [server-0, registry], to: [server-1], at: 1s, for: 20ms, how: one-way, mode: hold }
  - { kind: join, node: server-2, at: 2s }
  - { kind: join, node: server-3, at: 1s }
  - { kind: preempt, node: server-2, at: 4s, notice: 2s }
  - { kind: slow, node: worker-0, at: 1s, for: 1s, factor: 3 }
  - { kind: clock, node: manager-1, at: 1s, step: 1ms, drift: 0.01 }`);
  expect(faults).toEqual([
    { kind: "crash", node: "server-1", at: 3e6, restartAt: 3.5e6, losesWrites: false, version: undefined },
    {
      kind: "crash",
      node: "worker-0",
      at: 3e6,
      restartAt: undefined,
      losesWrites: false,
      version: undefined,
    },
    { kind: "pause", node: "server-0", at: 1e6, until: 1.02e6, wakes: "in-order" },
    {
      kind: "cut",
      from: ["server-0", "registry"],
      to: ["server-1"],
      isBothWays: false,
      mode: "hold",
      at: 1e6,
      until: 1.02e6,
    },
    { kind: "join", node: "server-2", at: 2e6, version: undefined },
    { kind: "join", node: "server-3", at: 1e6, version: undefined },
    { kind: "preempt", node: "server-2", at: 4e6, killAt: 6e6 },
    { kind: "slow", node: "worker-0", at: 1e6, until: 2e6, factor: 3 },
    { kind: "clock", node: "manager-1", at: 1e6, stepMicros: 1000, drift: 0.01 },
  ]);
  expect(rejoinMicros).toBe(100_000);
  expect(nodes.map(({ id }) => id)).toEqual([
    "manager-0",
    "manager-1",
    "scheduler-0",
    "server-0",
    "server-1",
    "worker-0",
    "server-2",
    "server-3",
  ]);
  expect(nodes.map(({ serverCount }) => serverCount)).toEqual(nodes.map(() => 2));
});
