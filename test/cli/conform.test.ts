/** What `tauring conform` says of a recording that its node did not finish. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { defaultNodeOptions, nodeId } from "../../src/core/index.ts";
import { Recorder } from "../../src/net/driver/recorder.ts";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-conform-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = {
  ...defaultNodeOptions,
  id: nodeId("server-0"),
  clusterId: "test",
  address: "",
  serverCount: 1,
  workerCount: 1,
};

test("a recording that was cut short is the same as far as it goes, and is said to end there", async () => {
  const path = join(folder, "server-0.rec");
  new Recorder(path, options).close();
  expect(await run("conform", folder)).toEqual({
    code: 0,
    stdout: "same      server-0: 0 steps, 0 effects\n",
    stderr: `${path}: cut short: it ends before server-0 stopped\n`,
  });
  const { code, stdout } = await run("conform", path, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ recordings: [{ node: "server-0", isPartial: true }] });
});
