/**
 * One file, two worlds: scenarios of the library run in virtual time and on real processes, with the same verdict. As many as
 * fit into four minutes, in this order; which of them did is said.
 */
import { afterAll, afterEach, expect, test } from "vitest";
import { endsAlike, triesTimeoutMs } from "./support/both-worlds.ts";
import { endAll, tauring } from "./support/commands.ts";

afterEach(endAll);

/** Where the machine has no time for all of them, the first ones are those that differ most. */
const scenarios: readonly string[] = [
  "chain/master-dies-before-the-chain-has-it",
  "scripts/crash-between-push-and-pull",
  "control/schedulers-in-turn",
  "chain/reset-in-the-middle-of-a-push",
  "membership/submitted-twice",
  "chain/tail-dies-before-it-answers",
  "ring/every-server-is-replaced",
  "chain/middle-dies-and-its-predecessor-sends-again",
  "consistency/own-writes-after-a-takeover",
  "consistency/aggregate-waits-for-every-slot",
  "workers/spot-pool-is-taken-back",
  "basics/paused-server-wakes",
  "found/pull-rounding-by-segment",
  "chain/next-master-dies-as-it-takes-over",
  "basics/kill-a-worker",
  "basics/preempted-with-notice",
  "ring/one-joins-as-another-leaves",
  "basics/kill-a-server",
  "chain/two-of-three-die-at-once",
  "basics/kill-the-scheduler",
  "basics/a-server-joins",
  "network/clogged-chain",
];
const budgetMs = 240_000;
const scenariosMin = 3;

const begun = performance.now();
const done: string[] = [];
const left: string[] = [];
const missed: string[] = [];

afterAll(() => {
  process.stderr.write(`in both worlds: ${done.join(", ")}\n`);
  if (missed.length > 0) process.stderr.write(`faults did not come as expected: ${missed.join(", ")}\n`);
  if (left.length > 0) process.stderr.write(`no time was left for: ${left.join(", ")}\n`);
});

test.each(scenarios)(
  "%s ends alike in virtual time and on real processes",
  async (name) => {
    if (done.length >= scenariosMin && performance.now() - begun > budgetMs) return void left.push(name);
    ((await endsAlike(name)) ? done : missed).push(name);
  },
  triesTimeoutMs,
);

test("most of them meet their faults on real processes too", () => {
  expect(done.length, `faults did not come as expected in: ${missed.join(", ")}`).toBeGreaterThan(
    missed.length,
  );
});

test("what real processes cannot do is refused by name, before any is started", async () => {
  const refused = await tauring(["launch", "--scenario", "scenarios/clocks/clocks-drift-apart.yaml"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("faults.0 (clock): the processes share the machine's clock");
});
