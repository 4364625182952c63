/** The library fails where the rule that a scenario is for is broken: each bug planted here is seen by the story named for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { plantedBugs } from "../../src/cli/planted/bugs.ts";
import type { Outcome } from "../../src/cli/swarm/messages.ts";
import { employ } from "../../src/cli/swarm/workforce.ts";
import type { ScenarioInput } from "../../src/sim/index.ts";

const root = join(import.meta.dirname, "../..");

const seenBy: readonly (readonly [bug: string, scenario: string, ends: RegExp])[] = [
  ["commit-before-the-chain", "chain/master-dies-before-the-chain-has-it", /R3/],
  ["no-duplicate-check", "chain/tail-dies-before-it-answers", /X[14]/],
  ["clock-left-behind", "ring/newcomer-knows-what-came-twice", /X[17]/],
  ["suffix-not-resent", "chain/middle-dies-and-its-predecessor-sends-again", /undecided|V1/],
  ["full-before-it-is-filled", "ring/donor-dies-while-it-gives", /R3|failed/],
  ["filled-not-counted", "chain/two-of-three-die-at-once", /R3/],
  ["entries-without-rows", "ring/two-join-in-a-row", /C7|failed/],
  ["master-is-not-new", "scripts/crash-between-push-and-pull", /undecided|V1/],
  ["delay-off-by-one", "consistency/bounded-delay-holds-a-straggler", /C1/],
  ["undo-log-not-replicated", "consistency/own-writes-after-a-takeover", /X5|C7|failed/],
  ["full-before-it-is-filled", "ring/newcomer-dies-at-the-first-chunk", /V1|undecided/],
  ["filled-not-counted", "ring/holder-dies-as-it-tells-who-is-filled", /R3/],
  ["master-is-not-new", "ring/holder-dies-as-the-newcomer-takes-over", /V1|undecided/],
  ["full-before-it-is-filled", "ring/two-are-taken-back-at-once", /R3|failed/],
  ["full-before-it-is-filled", "ring/one-leaves-while-its-replica-is-paused", /R3|failed/],
  ["a-term-for-two", "membership/paused-across-a-managers-restart", /E[13]/],
  ["leaves-without-handing-over", "membership/nobody-can-take-over", /failed/],
];

test.each(seenBy)("%s is seen by %s", { timeout: 120_000 }, async (name, path, ends) => {
  const bug = plantedBugs().find((one) => one.name === name);
  if (bug === undefined) return expect.fail(`there is no planted bug ${name}`);
  const text = readFileSync(join(root, "scenarios", `${path}.yaml`), "utf8");
  // A broken core may go on for ever.
  const scenario = { ...(parse(text) as ScenarioInput), eventsMax: 60_000 };
  const ended: string[] = [];
  let given = 0;
  await employ(
    {
      next: () => (given++ === 0 ? { type: "scenario", seed: Number(scenario.seed), scenario } : undefined),
      done: ({ check, verdict }: Outcome) => ended.push(check ?? verdict),
      lost: (_, how) => ended.push(`failed: ${how}`),
    },
    bug.edits,
  );
  expect(ended.join()).toMatch(ends);
});
