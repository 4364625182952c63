/** Data that a job cannot be trained on is refused with its file, and exit code 6. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readJob } from "../../src/cli/job-file.ts";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-limits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Written {
  readonly job: string;
  readonly data: string;
}

function write(data: string, fields: string): Written {
  const paths = { job: join(folder, "job.yaml"), data: join(folder, "a.svm") };
  writeFileSync(paths.data, data);
  const text = `schema: tauring.job/1\nname: small\napplication: linear\nlambda: 1\n${fields}\n`;
  writeFileSync(paths.job, text);
  return paths;
}

describe("an index above data.features", () => {
  const rows = "1 1:1 3:1\n-1 2:1\n1 2:1 101:1\n-1 3:1 160:1\n";
  const fields = "data: { train: a.svm, features: 100 }\nstop: { passesMax: 2 }";

  test("names file, line, column, the index and the limit", async () => {
    const { job, data } = write(rows, fields);
    const { code, stderr } = await run("train", job, "--world", "sim", "--workers", "1");
    expect(stderr).toContain(
      `tauring: ${data}:3:7: expected a feature index of at most 100 (data.features), found "101:1"`,
    );
    expect(code).toBe(6);
  });

  test("makes a bad line, which may be skipped and is counted", async () => {
    const { job } = write(rows, fields);
    const options = ["--world", "sim", "--workers", "1", "--bad-lines", "skip", "--json"];
    const { code, stdout } = await run("train", job, ...options);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ bad_lines_skipped: 2 });
  });

  test("is looked for by workers anywhere: the limit travels in the job, and does not hold for test data", () => {
    const { job } = write(rows, fields.replace("features", "test: a.svm, features"));
    const { spec, test: held } = readJob(job, {});
    expect(spec.source).toMatchObject({ featureMax: 100 });
    expect(held).not.toHaveProperty("featureMax");
  });
});

test.each([
  ["", "", "the data is empty"],
  ["", ", features: 3", "the data is empty"],
  ["1\n-1\n", "", "there is no row with a feature"],
  ["1\n-1\n", ", features: 3", "there is no row with a feature"],
  ["1 2:0\n-1", ", features: 3", "there is no row with a feature"],
])("data that is %j is refused by its name", async (text, features, said) => {
  const { job, data } = write(text, `data: { train: a.svm${features} }`);
  const { code, stderr } = await run("train", job, "--world", "sim");
  expect(stderr).toContain(`tauring: ${data}: ${said}`);
  expect(code).toBe(6);
  expect(await run("train", job)).toEqual({ code, stdout: "", stderr });
});

describe("a value whose sums are not exact", () => {
  const rows = "1 1:1 3:0.5\n-1 2:1\n1 2:1 3:0.1\n";
  const fields = "data: { train: a.svm, features: 3 }\nstop: { passesMax: 2 }";

  test("names file, line, column and value at tau 0", async () => {
    const { job, data } = write(rows, fields);
    const { code, stderr } = await run("train", job, "--world", "sim", "--workers", "1");
    expect(stderr).toContain(
      `tauring: ${data}:3:9: expected a multiple of 2^-20 below 102.4, as tau = 0 wants it, found "0.1"`,
    );
    expect(code).toBe(6);
  });

  test("is taken with a delay", async () => {
    const { job } = write(rows, fields);
    expect((await run("train", job, "--world", "sim", "--workers", "1", "--tau", "1")).code).toBe(0);
  });
});
