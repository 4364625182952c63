/** A mistake in a job file is reported with its place, what was found and what is allowed; nothing is started. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { checkWithApplication, readJob } from "../../src/cli/job-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-job-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());
writeFileSync(join(folder, "a.svm"), "1 1:1\n");

const good = `schema: tauring.job/1
name: good
application: linear
data:
  train: a.svm
  features: 10
cluster: { servers: 3, workers: 5 }
consistency: { kind: bounded, tau: 4 }
filters:
  push: [kkt, key-caching]
  pull: [kkt, key-caching]
lambda: 1
stop:
  epsilon: 1.0e-3
`;

function jobFile(text: string): string {
  const path = join(folder, "job.yaml");
  writeFileSync(path, text);
  return path;
}

function complaint(text: string): { readonly message: string; readonly code: unknown } {
  const path = jobFile(text);
  try {
    checkWithApplication(readJob(path, {}));
  } catch (error) {
    const { message, exitCode } = error as { message: string; exitCode: unknown };
    return { message: message.replaceAll(`${path}:`, "").replaceAll(folder, "FOLDER"), code: exitCode };
  }
  throw new Error("the job was taken");
}

test("what becomes of a lost worker's slots", () => {
  expect(readJob(jobFile(good), {}).spec.policy).toEqual({ lost: "replace" });
  const text = `${good}policy: { lost: redistribute }\n`;
  expect(readJob(jobFile(text), {}).spec.policy).toEqual({ lost: "redistribute" });
  expect(complaint(`${good}policy: { lost: forget }\n`).message).toContain(
    '15:17 policy.lost: found "forget"; allowed: replace, redistribute',
  );
});

test.each<[why: string, from: string, to: string, message: string]>([
  ["a misspelt field", "lambda: 1", "lamda: 1", "12:1 lamda: no such field; did you mean lambda?"],
  [
    "a misspelt field inside another",
    "epsilon:",
    "epsilom:",
    "14:3 stop.epsilom: no such field; did you mean epsilon?",
  ],
  [
    "a misspelt word",
    "[kkt, key-caching]\n  pull",
    "[ktk, key-caching]\n  pull",
    '10:10 filters.push.0: found "ktk"; allowed: ',
  ],
  [
    "a word that is not allowed",
    "kind: bounded, tau: 4",
    "kind: strict",
    '8:22 consistency.kind: found "strict"; allowed: sequential, bounded, eventual',
  ],
  [
    "a number where a word is due",
    "application: linear",
    "application: 3",
    "3:14 application: found 3; allowed: linear",
  ],
  ["a number out of range", "lambda: 1", "lambda: -1", "12:9 lambda: found -1; "],
  ["a fraction where a count is due", "servers: 3", "servers: 2.5", "7:21 cluster.servers: "],
  ["a field that is missing", "application: linear\n", "", "1:1 application: found nothing; allowed: linear"],
  [
    "bounded delay without its bound",
    ", tau: 4",
    "",
    "8:14 consistency.tau: nothing is given; expected a number",
  ],
  [
    "another version",
    "tauring.job/1",
    "tauring.job/2",
    '1:9 schema: found "tauring.job/2"; allowed: tauring.job/1',
  ],
  [
    "a field twice",
    "lambda: 1",
    "lambda: 1\nlambda: 2",
    "13:1 Map keys must be unique: lambda is given twice",
  ],
  ["YAML that is broken", "{ servers: 3, workers: 5 }", "{ servers: 3, workers: 5", "8:1 "],
  ["an alias of nothing", "name: good", "name: &a good\nwhy: *b", "1:1 Unresolved alias"],
])("%s", (_why, from, to, expected) => {
  expect(good).toContain(from);
  const { message, code } = complaint(good.replace(from, to));
  expect(message.slice(0, expected.length)).toBe(expected);
  expect(code).toBe(2);
});

test("several mistakes are told together, each on a line of its own", () => {
  const { message } = complaint(good.replace("lambda: 1", "lamda: 1").replace("servers: 3", "servers: 0"));
  expect(message.split("\n")).toHaveLength(2);
});

describe("what only the application knows has a place too", () => {
  test.each<[why: string, from: string, to: string, message: string]>([
    [
      "an option with another",
      "  epsilon: 1.0e-3",
      "  gap: 1.0e-3",
      "14:3 option gap: 0.001 is measured from the option reference",
    ],
    [
      "a filter that does not belong",
      "lambda: 1",
      "lambda: 1\nsolver: ftrl",
      "9:1 filter kkt belongs to the solver dbpg, not to ftrl",
    ],
    [
      "a solver that is sequential",
      "lambda: 1",
      "lambda: 1\nsolver: bpg",
      "13:1 option solver: bpg is sequential, so tau must be 0, not 4",
    ],
    [
      "two options that contradict",
      "lambda: 1",
      "lambda: 1\noptions: { deltaInit: 9 }",
      "13:12 option deltaInit: 9 is above deltaMax 5",
    ],
  ])("%s", (_why, from, to, expected) => {
    const { message, code } = complaint(good.replace(from, to));
    expect(message.slice(0, expected.length)).toBe(expected);
    expect(code).toBe(2);
  });
});

describe("data that is not there", () => {
  const missing = good.replace("train: a.svm", "train: [a.svm, b.svm]");

  test("is named with its field, and where else it would be looked for", () => {
    vi.stubEnv("TAURING_DATA_DIR", "");
    expect(complaint(missing)).toEqual({
      message:
        "5:3 data.train: there is no file FOLDER/b.svm, and TAURING_DATA_DIR, where it is looked for next, is not set",
      code: 6,
    });
  });

  test("is looked for in TAURING_DATA_DIR", () => {
    vi.stubEnv("TAURING_DATA_DIR", "/nowhere");
    expect(complaint(missing).message).toBe(
      "5:3 data.train: there is neither FOLDER/b.svm nor, in TAURING_DATA_DIR, /nowhere/b.svm",
    );
    const elsewhere = mkdtempSync(join(tmpdir(), "tauring-data-"));
    writeFileSync(join(elsewhere, "b.svm"), "1 1:1\n");
    vi.stubEnv("TAURING_DATA_DIR", elsewhere);
    expect(readJob(jobFile(missing), {}).train.paths).toEqual([
      join(folder, "a.svm"),
      join(elsewhere, "b.svm"),
    ]);
    rmSync(elsewhere, { recursive: true });
  });
});

test("what the command line says is stronger than the file, and the file than the defaults", () => {
  const job = readJob(jobFile(good), {});
  expect([job.servers, job.workers, job.virtualServers, job.replicas]).toEqual([3, 5, 4, 0]);
  const replicated = jobFile(good.replace("workers: 5", "workers: 5, replicas: 1"));
  expect(readJob(replicated, {}).replicas).toBe(1);
  expect(job.spec).toMatchObject({
    tau: 4,
    slotCount: 5,
    seed: "1",
    options: { epsilon: 1e-3, solver: "dbpg" },
  });
  const { spec, servers, replicas } = readJob(replicated, {
    servers: 1,
    workers: 2,
    replicas: 2,
    tau: 0,
    gap: 1e-6,
    passesMax: 9,
    eta: 0.5,
    seed: "x",
    badLines: "skip",
    filters: "none",
    solver: "bpg",
  });
  expect([servers, replicas]).toEqual([1, 2]);
  expect(spec).toMatchObject({
    tau: 0,
    slotCount: 2,
    seed: "x",
    pushFilters: [],
    pullFilters: [],
    options: { gap: 1e-6, passesMax: 9, eta: 0.5, solver: "bpg", epsilon: 1e-3 },
    source: { badLines: "skip" },
  });
});

test("every job that is shipped is sound", () => {
  for (const name of ["a9a", "clickbait"]) {
    const job = readJob(join(import.meta.dirname, `../../jobs/${name}.yaml`), {});
    checkWithApplication(job);
    expect(job.reference).toBeGreaterThan(0);
  }
});
