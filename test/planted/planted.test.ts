/**
 * A checker that no planted bug can trip is not a checker: each bug of `planted/bugs.yaml` is found within its runs, by one
 * of those that should find it; the very same runs pass without it; and none of them is in the product.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runInput } from "../../src/cli/swarm/drawn-run.ts";
import { plantedBugs } from "../../src/cli/planted/bugs.ts";
import { findBug } from "../../src/cli/planted/find-bug.ts";
import type { ScenarioInput } from "../../src/sim/index.ts";
import {
  checkpointStoryOf,
  controlStoryOf,
  leavingStoryOf,
  movingStoryOf,
  storyOf,
  tightStoryOf,
} from "../../src/sim/swarm/index.ts";

const root = join(import.meta.dirname, "../..");
const bugs = plantedBugs();

function passes(seed: number, story: ScenarioInput): void {
  const { verdict, reason } = runInput(story).report;
  expect([story.name, seed, verdict, reason]).toEqual([story.name, seed, "pass", undefined]);
}

test("without a bug the same runs pass", { timeout: 300_000 }, () => {
  for (let seed = 1; seed <= 20; seed++) passes(seed, storyOf(seed));
  for (let seed = 1; seed <= 6; seed++) passes(seed, controlStoryOf(seed));
  for (let seed = 1; seed <= 6; seed++) passes(seed, tightStoryOf(seed));
  for (let seed = 1; seed <= 4; seed++) passes(seed, movingStoryOf(seed));
  for (let seed = 1; seed <= 6; seed++) passes(seed, leavingStoryOf(seed));
  for (let seed = 1; seed <= 6; seed++) passes(seed, checkpointStoryOf(seed));
});

test("there are thirty bugs, each with a name of its own and a rate that was measured where random runs must find it", () => {
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
  expect(bugs.length).toBeGreaterThanOrEqual(30);
  // Those that a story of the library shows need no luck.
  const searched = bugs.filter(({ runs }) => runs !== "library");
  const unmeasured = searched.filter(({ measured }) => measured === undefined || measured.found === 0);
  expect(unmeasured.map(({ name }) => name)).toEqual([]);
  // Where no seed is pinned, a bug may take five times the runs that it is expected to take.
  const tight = searched.filter(
    ({ measured, runsMax, seedFirst }) =>
      seedFirst === 1 && measured !== undefined && runsMax < (5 * measured.runs) / measured.found,
  );
  expect(tight.map(({ name }) => name)).toEqual([]);
});

test("no bug is in the product: each line that it changes is there as it should be, and the bug is not", () => {
  for (const { name, edits } of bugs) {
    for (const { file, find, replace } of edits) {
      const text = readFileSync(join(root, "dist", file), "utf8");
      expect([name, text.split(find).length - 1]).toEqual([name, 1]);
      expect([name, text.includes(text.replace(find, () => replace))]).toEqual([name, false]);
    }
  }
  const core = readdirSync(join(root, "dist/core"), { recursive: true, encoding: "utf8" });
  const files = core.filter((file) => file.endsWith(".js"));
  expect(files.length).toBeGreaterThan(100);
  const mentions = files.filter((file) =>
    /planted|mutant|canary/i.test(readFileSync(join(root, "dist/core", file), "utf8")),
  );
  expect(mentions).toEqual([]);
});

test.each(bugs.map((bug) => [bug.name, bug] as const))(
  "%s is found",
  { timeout: 300_000 },
  async (_, bug) => {
    const { first, runs, others } = await findBug(bug, { measureRuns: undefined, isStopped: () => false });
    const what = `found by none of ${bug.caughtBy.join(", ")} in ${runs} runs, which ended with: ${others.join("; ")}`;
    expect(first, what).toBeDefined();
  },
);
