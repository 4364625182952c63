/** `tauring sim shrink` as a user meets it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-sim-shrink-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without replicas nobody has what the lost server held: the job fails by name. */
const lost = `schema: tauring.scenario/1
name: lost
why: the only holder of a segment dies for good
seed: 4
cluster: { servers: 2, workers: 2, managers: 2, slots: 3 }
timing: { suspect: 300ms }
net: { default: { mode: datagram, loss: 0.01 } }
workload: [{ kind: application, application: provenance, options: { tasks: 6, graph: chain } }]
horizon: 30s
faults:
  - { kind: pause, node: worker-0, at: 33ms, for: 20ms }
  - { kind: crash, node: server-1, at: 31234us }
  - { kind: crash, node: manager-1, at: 700ms, restart: 20ms }
`;

test("a failure becomes a small scenario that still fails, its causes, a diagram and a test", async () => {
  const file = join(folder, "lost.yaml");
  writeFileSync(file, lost);
  const before = await run("sim", "run", file, "--json");
  const out = join(folder, "out");
  const { code, stdout } = await run("sim", "shrink", file, "--out", out, "--json");
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as {
    readonly faults: unknown;
    readonly minimal: boolean;
    readonly keeps: { readonly verdict: string };
    readonly files: { readonly scenario: string; readonly test: string };
  };
  expect(report.faults).toEqual({ before: 3, after: 1 });
  expect(report.minimal).toBe(true);
  const { verdict } = JSON.parse(before.stdout) as { readonly verdict: string };
  expect(report.keeps.verdict).toBe(verdict);
  const text = readFileSync(report.files.scenario, "utf8");
  expect(text).toContain("kind: crash, node: server-");
  expect(text).not.toMatch(/datagram|managers|slots/);
  const after = await run("sim", "run", report.files.scenario, "--json");
  expect((JSON.parse(after.stdout) as { readonly verdict: string }).verdict).toBe(verdict);
  expect(readFileSync(report.files.test, "utf8")).toContain('new URL("./lost.yaml", import.meta.url)');
  expect(readdirSync(out).length).toBeGreaterThanOrEqual(2);
}, 240_000);

test("what passes, what is not violated, and what is no check are refused", async () => {
  const file = join(folder, "whole.yaml");
  writeFileSync(file, lost.replace(/faults:[^]*$/, ""));
  expect((await run("sim", "shrink", file)).stderr).toMatch(/whole\.yaml passes: there is nothing to shrink/);
  writeFileSync(file, lost);
  expect((await run("sim", "shrink", file, "--keep", "X1")).stderr).toMatch(
    /--keep X1: .*whole\.yaml ends as /,
  );
  const { code, stderr } = await run("sim", "shrink", file, "--keep", "Q7");
  expect(stderr).toMatch(
    /--keep Q7: expected a check of docs\/checkers.md such as X1, or failed, undecided or broken; did you mean X7\?/,
  );
  expect(code).toBe(2);
});
