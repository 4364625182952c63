/** A folder of scenarios: one line each, twice the same, and how to repeat what fails. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { run } from "./support/run.ts";

const basics = fileURLToPath(new URL("../../scenarios/basics", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tauring-folder-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Row {
  readonly name: string;
  readonly seed: string;
  readonly verdict: string;
  readonly not_as_expected: readonly string[];
  readonly trace_hash: string;
  readonly events: number;
  readonly virtual_seconds: number;
  readonly wall_seconds: number;
  readonly checks: Readonly<Record<string, { readonly evaluated: number; readonly violations: number }>>;
}

test("every scenario of basics is as expected, decides what it is for, and is twice the same", {
  timeout: 300_000,
}, async () => {
  const { code, stdout, stderr } = await run("sim", "run", basics, "--twice", "--json");
  const { scenarios } = JSON.parse(stdout) as { readonly scenarios: readonly Row[] };
  expect([code, stderr]).toEqual([0, ""]);
  expect(scenarios.length).toBeGreaterThanOrEqual(10);
  for (const row of scenarios) {
    expect(row).toMatchObject({ seed: "7", verdict: "pass", not_as_expected: [] });
    expect(row.trace_hash).toMatch(/^[0-9a-f]{64}$/);
    for (const figure of [row.events, row.virtual_seconds, row.wall_seconds])
      expect(figure).toBeGreaterThan(0);
    for (const id of ["X1", "X2", "X3", "X4", "C1", "C5", "C6", "T1"])
      expect(row.checks[id].evaluated, `${row.name}: ${id} had something to decide`).toBeGreaterThan(100);
    if (row.name === "lossy") expect(row.checks.C7.evaluated).toBe(1);
    if (row.name === "what-a-pull-contains") expect(row.checks.X5.evaluated).toBeGreaterThan(100);
  }
  const names = scenarios.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["lossy", "what-a-pull-contains"]));
});

test("what fails is named, with the line that repeats it, and the others are run all the same", async () => {
  const text = (name: string, expected: number): string =>
    `schema: tauring.scenario/1\nname: ${name}\nwhy: y\nseed: 3\ncluster: { servers: 1, workers: 1 }\nworkload:\n` +
    `  - { kind: script, steps: [{ push: { keys: [1], value: 1 } }, { pull: { keys: [1] }, expect: ${expected} }] }\n`;
  writeFileSync(join(folder, "a.yaml"), text("a", 2));
  writeFileSync(join(folder, "b.yaml"), text("b", 1));
  const { code, stdout, stderr } = await run("sim", "run", folder);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAILED .*a\.yaml .*\nok +.*b\.yaml .*\n2 scenarios, 1 not as expected: /);
  expect(stderr).toContain("key 1 is 1, expected 2");
  expect(stderr).toContain(`replay: tauring sim run ${join(folder, "a.yaml")} --seed 3\n`);
});

test("a folder without scenarios, and options that are for one scenario, are refused", async () => {
  const { code, stderr } = await run("sim", "run", fileURLToPath(new URL(".", import.meta.url)));
  expect([code, stderr.includes("no scenario in this folder")]).toEqual([2, true]);
  expect((await run("sim", "run", folder, "--trace", "t.jsonl")).code).toBe(2);
  expect((await run("sim", "run", join(folder, "b.yaml"), "--twice")).code).toBe(2);
});
