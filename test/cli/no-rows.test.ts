/** What `check` and `evaluate` say where there is nothing to look at: a verdict about nothing must not read as one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-no-rows-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const header = '{"schema":"tauring.trace/1"}\n';
const started = '{"at":1,"node":"server-0","fact":{"type":"node-started"}}\n';

test.each([
  ["has no fact", header, "nothing to check: there is no fact in the trace\n"],
  ["does not end", header + started, "the run was not finished: no job-ended fact is in the trace\n"],
])("check of a trace that %s says so, and only that", async (_, text, said) => {
  const { code, stdout, stderr } = await run("check", write("t.jsonl", text));
  expect(stderr).toBe(said);
  expect(stdout).toMatch(/^pass: [01] facts from 1 file\n/);
  expect(code).toBe(0);
});

test.each([
  ["empty", ""],
  ["blank", "\n \n# a comment\n"],
])("evaluate on data that is %s names the files: there is no accuracy of no row", async (_, text) => {
  const model = write("m", "solver_type L1R_LR\nnr_class 2\nlabel 1 -1\nnr_feature 1\nbias -1\nw\n0.5\n");
  const data = [write("a.svm", text), write("b.svm", text)];
  const { code, stdout, stderr } = await run("evaluate", model, ...data);
  expect(stderr).toBe(`tauring: ${data.join(", ")}: there is no row to evaluate the model on\n`);
  expect([code, stdout]).toEqual([6, ""]);
});
