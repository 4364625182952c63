/**
 * A checker that no planted bug can trip is not a checker: each bug of `plants.ts` is found within its runs, by one of
 * those that should find it, and the very same runs pass without it.
 */
import { expect, test } from "vitest";
import { snappyCompressor } from "../../src/net/index.ts";
import * as apps from "../../src/apps/index.ts";
import * as sim from "../../src/sim/index.ts";
import { type PatchedCore, withPlant } from "./patched-core.ts";
import { type Plant, plants } from "./plants.ts";
import { storyOf } from "./stories.ts";

interface Finding {
  readonly seed: number;
  readonly by: string;
  readonly words: string;
}

function run(core: PatchedCore, seed: number): Finding | undefined {
  const scenario = core.sim.scenarioSchema.parse(storyOf(seed));
  const job = core.sim.jobOf(scenario, core.sim.applicationJob(scenario) as never, String(seed));
  const summary = { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 };
  const parts = {
    applications: core.apps.applications,
    compressor: snappyCompressor,
    loadShare: () => ({ examples: undefined, summary }),
  };
  try {
    const report = core.sim.runPlan(core.sim.planOf(scenario, String(seed), job), { parts });
    if (report.verdict === "pass") return undefined;
    const [violation] = report.violations;
    return { seed, by: violation?.check ?? report.verdict, words: report.reason ?? "" };
  } catch (error) {
    // A broken invariant ends the process of a node: its words are found as a failure's would be.
    return { seed, by: "failed", words: error instanceof Error ? error.message : String(error) };
  }
}

function find(
  core: PatchedCore,
  { caughtBy, runsMax }: Plant,
): { readonly found: Finding | undefined; readonly others: Set<string> } {
  const others = new Set<string>();
  for (let seed = 1; seed <= runsMax; seed++) {
    const finding = run(core, seed);
    if (finding === undefined) continue;
    if (caughtBy.includes(finding.by)) return { found: finding, others };
    others.add(`${finding.by} (${finding.words})`);
  }
  return { found: undefined, others };
}

test("without a bug the same runs pass", { timeout: 300_000 }, () => {
  for (let seed = 1; seed <= 60; seed++) expect([seed, run({ sim, apps }, seed)]).toEqual([seed, undefined]);
});

test.each(plants)("$name: $why", { timeout: 300_000 }, async (plant) => {
  await withPlant(plant, (core) => {
    const { found, others } = find(core, plant);
    console.log(`${plant.name}: seed ${found?.seed}, ${found?.by}: ${found?.words}`);
    expect(
      found,
      `found by none of ${plant.caughtBy.join(", ")} in ${plant.runsMax} runs, but by ${[...others].join("; ")}`,
    ).toBeDefined();
  });
});
