/** Scenarios that found a bug stay, named after it: `tauring sim run scenarios/found/NAME.yaml` tells the same story. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeProblems, disappointments, parseScenario } from "../../src/sim/index.ts";
import { foundFolder, runDrawn, smallJobFile } from "./drawn-run.ts";

const files = readdirSync(foundFolder).filter((file) => file.endsWith(".yaml") && file !== smallJobFile);

test.each(files)("what %s found does not come back", (file) => {
  const parsed = parseScenario(readFileSync(`${foundFolder}${file}`, "utf8"), file);
  if (!parsed.ok) return expect.fail(describeProblems(parsed.problems));
  expect(`${parsed.value.name}.yaml`).toBe(file);
  const { job, report } = runDrawn(parsed.value);
  expect(disappointments(parsed.value, report, job)).toEqual([]);
});
