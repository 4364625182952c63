/** The examples run as they stand. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";

test("examples/own-property.mjs draws a scenario that breaks its property, and makes it small", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["examples/own-property.mjs"]);
  expect(stdout).toContain("# broken with seed 1; as small as ");
  expect(parse(stdout)).toMatchObject({ schema: "tauring.scenario/1", faults: [{}] });
}, 120_000);
