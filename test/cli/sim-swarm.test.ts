/** A swarm as a user meets it: what it reports, what it leaves, and that it finds the bug that is planted for it. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-sim-swarm-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Report {
  readonly verdict: string;
  readonly runs: number;
  readonly seeds: unknown;
  readonly regressions: { readonly run: number; readonly failed: number };
  readonly repeats: { readonly run: number; readonly unequal: number };
  readonly canary: { readonly found_by: string | null };
  readonly reached: { readonly facts: Readonly<Record<string, number>>; readonly features: number };
  readonly failures: readonly unknown[];
}

test("a swarm passes, repeats a twentieth of its runs, finds its canary and leaves no folder", async () => {
  const out = join(folder, "none");
  const { code, stdout } = await run(
    "sim",
    "swarm",
    "--seeds",
    "20",
    "--seed",
    "401",
    "--out",
    out,
    "--json",
  );
  const report = JSON.parse(stdout) as Report;
  expect(report.failures).toEqual([]);
  expect([code, report.verdict, existsSync(out)]).toEqual([0, "pass", false]);
  expect(report.seeds).toEqual({ first: 401, count: 20 });
  expect(report.regressions.run).toBeGreaterThan(10);
  expect(report.runs).toBe(20 + report.regressions.run);
  expect(report.repeats).toEqual({ run: 1, unequal: 0 });
  expect(report.canary.found_by).toBe("R3");
  expect(report.reached.facts.applied).toBeGreaterThan(100);
  expect(report.reached.features).toBeGreaterThan(100);
}, 240_000);

test.each([
  [["--time", "10"], /--time 10: expected a duration such as 150ms/],
  [["--out", "/dev/null/x"], /--out \/dev\/null: a folder was expected/],
  [["--seeds", "0"], /Expected a whole number from 1/],
  [["--jobs", "-1"], /Expected a whole number from 1 to 256/],
])("%j is refused", async (words, said) => {
  const { code, stdout, stderr } = await run("sim", "swarm", ...words);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(said);
});
