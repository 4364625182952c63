/** Whatever is made of the scenarios that are kept is a scenario again. */
import { expect, test } from "vitest";
import { corpus } from "../../src/cli/swarm/corpus.ts";
import { scenarioSchema } from "../../src/sim/index.ts";
import { drawRun } from "../../src/sim/swarm/index.ts";

test("mutants of every two scenarios of the library are well formed", () => {
  const library = corpus();
  expect(library.length).toBeGreaterThan(50);
  const kinds = new Set<string>();
  for (let seed = 0; seed < 8 * library.length; seed++) {
    const parents = [library[seed % library.length], library[(7 * seed + 3) % library.length]];
    const mutant = drawRun(seed, "mutant", parents);
    const parsed = scenarioSchema.safeParse(mutant);
    expect(parsed.success, `${JSON.stringify(mutant)}: ${parsed.error?.message}`).toBe(true);
    for (const { on, kind } of mutant.faults ?? []) kinds.add(on === undefined ? kind : "on");
  }
  expect(kinds).toContain("on");
  expect(kinds.size).toBeGreaterThan(8);
});
