/** Benches measure nothing here: each starts, runs in its smallest form, and prints a document with figures. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

beforeAll(() => run(join(root, "node_modules/.bin/tsc"), ["-b", join(root, "bench")]));

test.each(["transport", "datapath", "replication", "store", "kernels", "sim", "train", "memory"])(
  "bench %s prints its figures as JSON",
  async (bench) => {
    const script = join(root, `dist/bench/${bench}.js`);
    const { stdout } = await run(process.execPath, [script, "--quick", "--json"]);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(document).toMatchObject({ schema_version: 1, bench, quick: true });
    const figures = document.figures as readonly Record<string, unknown>[];
    expect(figures.length).toBeGreaterThan(2);
    for (const { what, value, unit } of figures) {
      expect(typeof what).toBe("string");
      expect(typeof unit).toBe("string");
      expect(value === null || Number.isFinite(value)).toBe(true);
    }
  },
);
