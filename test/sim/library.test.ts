/**
 * The library under scenarios/: each scenario shows what it says, twice the same. Those of basics train on data of some
 * size: test/sim/basics.test.ts tells their stories.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scenarioFiles } from "../../src/cli/scenario-files.ts";
import { describeProblems, disappointments, parseScenario, type Scenario } from "../../src/sim/index.ts";
import { fault } from "../../src/sim/scenario/fault-fields.ts";
import { runDrawn } from "./drawn-run.ts";

const library = fileURLToPath(new URL("../../scenarios", import.meta.url));

interface Kept {
  readonly topic: string;
  readonly scenario: Scenario;
}

const kept: readonly Kept[] = scenarioFiles(library).map((file) => {
  const read = (path: string): string => readFileSync(join(dirname(file), path), "utf8");
  const parsed = parseScenario(read(basename(file)), file, read);
  if (!parsed.ok) throw new Error(describeProblems(parsed.problems));
  return { topic: basename(dirname(file)), scenario: parsed.value };
});

describe("the library", () => {
  test("has its scenarios by topic, each with a name of its own and with where it comes from", () => {
    const names = kept.map(({ scenario }) => scenario.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(60);
    const own = kept.filter(({ topic }) => topic !== "found" && topic !== "basics");
    expect(
      own.filter(({ scenario }) => scenario.source === undefined).map(({ scenario }) => scenario.name),
    ).toEqual([]);
  });

  test("reaches every kind of fault", () => {
    const reached = new Set(kept.flatMap(({ scenario }) => scenario.faults.map(({ kind }) => kind)));
    const kinds = fault.options.map((option) => option.shape.kind.value);
    expect(kinds.length).toBeGreaterThan(12);
    expect(kinds.filter((kind) => !reached.has(kind))).toEqual([]);
  });

  test("expects more than that all is well", () => {
    const own = kept.filter(({ topic }) => topic !== "found" && topic !== "basics");
    const idle = own.filter(({ scenario: { expect: said } }) => {
      const { require, story, forbid } = said.facts;
      return require.length + story.length + forbid.length === 0 || said.checks.length === 0;
    });
    expect(idle.map(({ scenario }) => scenario.name)).toEqual([]);
  });
});

const small = kept
  .filter(({ topic }) => topic !== "basics")
  .map((one) => [`${one.topic}/${one.scenario.name}`, one] as const);

test.each(small)("%s is as expected, and twice the same", { timeout: 60_000 }, (_name, { scenario }) => {
  const first = runDrawn(scenario);
  expect(disappointments(scenario, first.report, first.job)).toEqual([]);
  expect(runDrawn(scenario).report.traceHash).toBe(first.report.traceHash);
});
