/**
 * Histories of small scenarios, kept beside them as text: a change of what happens shows line by line. Accept a new one
 * only if each line can be explained: `TAURING_BLESS=1 npx vitest run test/sim/golden.test.ts` writes it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Observation } from "../../src/core/index.ts";
import { describeFact } from "../../src/observe/index.ts";
import { describeProblems, parseScenario } from "../../src/sim/index.ts";
import { runDrawn } from "./drawn-run.ts";

const library = fileURLToPath(new URL("../../scenarios/", import.meta.url));

const goldens = [
  "scripts/graph-of-steps",
  "scripts/crash-between-push-and-pull",
  "found/finished-dependencies",
];

/** What the story is made of; what nodes count and measure is left out. */
const told: ReadonlySet<Observation["type"]> = new Set<Observation["type"]>([
  "node-started",
  "node-stopped",
  "node-crashed",
  "node-launched",
  "node-slowed",
  "node-suspected",
  "node-evicted",
  "leader-elected",
  "view-published",
  "slot-assigned",
  "task-issued",
  "task-started",
  "task-finished",
  "push-finished",
  "frontier-rose",
  "job-ended",
]);

test.each(goldens)("the history of %s is the one that is kept", (name) => {
  const file = join(library, `${name}.yaml`);
  const parsed = parseScenario(readFileSync(file, "utf8"), file, (path) =>
    readFileSync(join(dirname(file), path), "utf8"),
  );
  if (!parsed.ok) return expect.fail(describeProblems(parsed.problems));
  const lines: string[] = [];
  runDrawn(parsed.value, ({ at, node, fact }) => {
    if (told.has(fact.type)) lines.push(`${String(at).padStart(9)} ${node.padEnd(12)} ${describeFact(fact)}`);
  });
  const kept = join(library, `${name}.golden.txt`);
  if (process.env.TAURING_BLESS === "1") writeFileSync(kept, `${lines.join("\n")}\n`);
  expect(lines.join("\n")).toBe(readFileSync(kept, "utf8").trimEnd());
});
