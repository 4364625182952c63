/** What only an application knows of a scenario is refused with its place, before anything runs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-sim-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("an application without data prints no table of a model's training", async () => {
  const path = join(folder, "p.yaml");
  const head =
    "schema: tauring.scenario/1\nname: p\nwhy: y\nseed: 1\ncluster: { servers: 1, workers: 1 }\nworkload:\n";
  writeFileSync(path, `${head}  - { kind: application, application: provenance, options: { tasks: 2 } }\n`);
  const { code, stdout, stderr } = await run("sim", "run", path);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^p: pass\nseed {9}1\n/);
});

test.each([
  [
    "application: provenence",
    /:7:\d+ workload\.0\.application: found "provenence"; allowed: provenance; did you mean provenance\?/,
  ],
  ["application: linear", /:7:\d+ workload\.0\.application: found "linear"; allowed: provenance/],
  [
    "application: provenance, options: { graph: chian }",
    /:7:\d+ option graph: chian is none of tau, .*; did you mean chain\?/,
  ],
  [
    "application: provenance, options: { taskz: 10 }",
    /:7:\d+ option taskz: provenance knows tasks, .*; did you mean tasks\?/,
  ],
  ["application: provenance, options: { tasks: -1 }", /:7:\d+ option tasks: -1 is not an integer/],
])("%s is refused", async (words, said) => {
  const path = join(folder, "s.yaml");
  const head =
    "schema: tauring.scenario/1\nname: x\nwhy: y\nseed: 1\ncluster: { servers: 1, workers: 1 }\nworkload:\n";
  writeFileSync(path, `${head}  - { kind: application, ${words} }\n`);
  const { code, stdout, stderr } = await run("sim", "run", path);
  expect(stderr).toMatch(said);
  expect([code, stdout]).toEqual([2, ""]);
});
