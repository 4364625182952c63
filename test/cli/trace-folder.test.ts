import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeTraceFolder } from "../../src/cli/trace-folder.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "tauring-trace-test-"));
  vi.stubEnv("TMPDIR", parent);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true });
});

test("what a run left that was killed is removed by the next one; that of a run under way is not", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const [ended, running, other] = [
    `tauring-trace-${pid}-a`,
    `tauring-trace-${process.pid}-b`,
    "tauring-trace-x",
  ].map((name) => join(parent, name));
  for (const folder of [ended, running, other]) mkdirSync(folder);
  const made = makeTraceFolder();
  expect([ended, running, other, made].map((folder) => existsSync(folder))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(made).toContain(`tauring-trace-${process.pid}-`);
});
