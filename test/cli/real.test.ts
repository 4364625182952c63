/** Which scenarios real processes can do, and what is said of the others. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { capabilities, realRefusals } from "../../src/cli/real/capabilities.ts";
import { busynessOf, stretchAwaited, stretchOf, suspectAfterMs } from "../../src/cli/real/stretch.ts";
import { awaitedFaults, parseScenario, type Scenario } from "../../src/sim/index.ts";

function scenario(lines: string): Scenario {
  const text = `schema: tauring.scenario/1
name: small
why: to be refused
seed: 1
cluster: { servers: 3, workers: 2, replicas: 1 }
workload: [ { kind: application, application: provenance } ]
${lines}`;
  const parsed = parseScenario(text, "small.yaml");
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join("\n"));
  return parsed.value;
}

test("docs/real.md has a line for each fault, with how it is done or why it cannot be", () => {
  const page = readFileSync(new URL("../../docs/real.md", import.meta.url), "utf8");
  for (const [kind, { can, how }] of Object.entries(capabilities))
    expect(page).toContain(`| \`${kind}\` | ${can ? "yes" : "no"} | ${how} |\n`);
});

test("what is done by signals and to wires is taken", () => {
  const one = scenario(`faults:
  - { kind: crash, node: server-1, at: 10ms, restart: 20ms }
  - { kind: pause, node: '@tail(0)', at: 50ms, for: 10ms }
  - { kind: cut, from: [ server-0 ], to: [ worker-0 ], at: 70ms, for: 10ms, how: one-way, mode: hold }`);
  expect(realRefusals(one, false)).toEqual([]);
});

test.each([
  [
    "faults: [ { kind: clock, node: server-0, at: 1ms, step: 1s } ]",
    /^faults\.0 \(clock\): .*nobody may set/,
  ],
  ["faults: [ { kind: slow, node: server-0, at: 1ms, for: 1s, factor: 3 } ]", /^faults\.0 \(slow\): /],
  [
    "faults: [ { kind: pause, node: server-0, at: 1ms, for: 1s, wakes: timers-first } ]",
    /^faults\.0 \(pause\): /,
  ],
  [
    "faults: [ { kind: link, from: [ server-0 ], to: [ server-1 ], at: 1ms, for: 1s, loss: 0.5 } ]",
    /link\): loss: /,
  ],
  [
    "faults: [ { kind: crash, node: '@leader', at: 1ms } ]",
    /^faults\.0 \(crash\): @leader: .*--registry etcd/,
  ],
  ["faults: [ { kind: cut, from: [ registry ], to: [ server-1 ], at: 1ms, for: 1s } ]", /one wire/],
  ["net: { default: { mode: datagram, loss: 0.1 } }", /^net\.default\.mode: /],
  ["net: { registryFaults: { late: 0.5 } }", /^net\.registryFaults: /],
  ["limits: { fillChunkBytes: 64 }", /^limits\.fillChunkBytes: /],
  ["targets: [ sim ]", /^targets: /],
])("%s is refused by name", (lines, expected) => {
  const refusals = realRefusals(scenario(lines), false);
  expect(refusals).toHaveLength(1);
  expect(refusals[0]).toMatch(expected);
});

test("a scenario of milliseconds is stretched as a whole, so that who is silent in it is silent for as long", () => {
  const one = scenario(`timing: { suspect: 60ms }
faults: [ { kind: pause, node: server-0, at: 50ms, for: 120ms } ]`);
  expect(stretchOf(one, 1)).toBe(10);
  expect(suspectAfterMs(one, 1)).toBe(600);
  expect(awaitedFaults(one.faults, "1").map((fault) => stretchAwaited(fault, 10))).toMatchObject([
    { index: 0, when: 500_000, fault: { kind: "pause", at: 0, until: 1_200_000 } },
  ]);
  expect(stretchOf(scenario("timing: { suspect: 3s }"), 1)).toBe(1);
});

test("on a machine that is busy with others silence is weather for longer, and all times with it", () => {
  const one = scenario("timing: { suspect: 60ms }");
  expect([0, 2, 4, 8, 100].map(busynessOf)).toEqual([1, 1, 2, 4, 4]);
  expect(stretchOf(one, 2)).toBe(20);
  expect(suspectAfterMs(one, 2)).toBe(1200);
  expect(suspectAfterMs(scenario("timing: { suspect: 3s }"), 2)).toBe(3000);
});
