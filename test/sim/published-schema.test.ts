/** What is published of the schema is what validates: docs/scenario.schema.json and docs/faults.md are made from it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { faultReference, scenarioJsonSchema } from "../../src/sim/index.ts";

const docs = fileURLToPath(new URL("../../docs/", import.meta.url));

test("docs/scenario.schema.json is what `tauring sim schema` prints", () => {
  const published = JSON.parse(readFileSync(`${docs}scenario.schema.json`, "utf8")) as unknown;
  expect(published).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
});

test("docs/faults.md is what `tauring sim schema --faults` prints", () => {
  expect(readFileSync(`${docs}faults.md`, "utf8").trimEnd()).toBe(faultReference().trimEnd());
});

test("the fault reference explains every kind and every field of it", () => {
  const bare = faultReference()
    .split("\n")
    .filter((line) => /^\| `[^|]+\|[^|]+\|[^|]*\| +\|$/.test(line));
  expect(bare).toEqual([]);
});
