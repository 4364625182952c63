/** docs/first-scenario.md does what it says: each file is run by the command below it, and every line shown is printed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-first-scenario-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = readFileSync(fileURLToPath(new URL("../../docs/first-scenario.md", import.meta.url)), "utf8");
const blocks = [...page.matchAll(/```(yaml|console)\n([\s\S]*?)```/g)].map(([, kind, text]) => ({
  kind,
  text,
}));
const steps = blocks.flatMap(({ kind, text }, i) =>
  kind === "console" ? [{ file: blocks[i - 1].text, lines: text.trimEnd().split("\n") }] : [],
);

test("the page has a file for each of its commands", () => {
  expect(steps.length).toBeGreaterThanOrEqual(5);
  expect(blocks.length).toBe(2 * steps.length);
});

test.each(steps)("step %# prints what it shows", async ({ file, lines: [command, ...shown] }) => {
  const path = join(folder, "mine.yaml");
  writeFileSync(path, file);
  const argv = command.replace(/^\$ npx tauring /, "").split(" ");
  const { stdout, stderr } = await run(...argv.map((word) => (word === "mine.yaml" ? path : word)));
  const printed = `${stdout}\n${stderr}`.replaceAll(path, "mine.yaml").split("\n");
  for (const line of shown) expect(printed).toContain(line);
});
