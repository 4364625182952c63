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

test("every scenario of basics is as expected, and twice the same", { timeout: 300_000 }, async () => {
  const { code, stdout, stderr } = await run("sim", "run", basics, "--twice", "--json");
  const { scenarios } = JSON.parse(stdout) as {
    readonly scenarios: readonly { readonly name: string; readonly not_as_expected: readonly string[] }[];
  };
  expect([code, stderr]).toEqual([0, ""]);
  expect(scenarios.length).toBeGreaterThanOrEqual(10);
  expect(scenarios.flatMap((one) => one.not_as_expected)).toEqual([]);
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
