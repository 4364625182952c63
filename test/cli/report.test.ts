/** What a run leaves to read: the document that docs/train-json.md describes, and lines for people that fit 80 columns. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readJob } from "../../src/cli/job-file.ts";
import { progressHeader, progressLine } from "../../src/cli/progress-line.ts";
import { reportText } from "../../src/cli/report-text.ts";
import { trainReport } from "../../src/cli/train-report.ts";
import { filterKinds, type JobResult, type NodeStatistics, type Progress } from "../../src/core/index.ts";
import { parseExamples } from "../../src/data/index.ts";

const root = join(import.meta.dirname, "../..");
const job = readJob(join(root, "jobs/clickbait.yaml"), {});
const saved = filterKinds.map((_, i) => 1000 * (i + 1));

function node(name: string, more: Partial<NodeStatistics> = {}): NodeStatistics {
  const none = { sentFrames: 3, resentFrames: 0, slots: [], tasksFinished: 0 };
  return { node: name, sentBytes: 100, unfilteredBytes: 1_000_000, savedBytes: saved, ...none, ...more };
}

const outcome: JobResult = {
  endedBy: "epsilon",
  objective: 3078.42845464 * 1.001,
  nonzeros: 2,
  passes: 21,
  filteredShare: 0.98,
  chosen: { eta: 0.9, blocks: 80 },
  model: { keys: new Uint32Array([1, 0, 3, 0]), weights: new Float64Array([1, -2]) },
  nodes: [
    node("manager-0"),
    node("scheduler-0"),
    node("server-0"),
    node("server-1", { sentBytes: 250 }),
    // The slots may come in any order of workers.
    node("worker-1", { slots: [{ slot: 1, busyMicros: 0, waitMicros: 0 }], tasksFinished: 7 }),
    node("worker-0", { slots: [{ slot: 0, busyMicros: 3e6, waitMicros: 1e6 }], tasksFinished: 7 }),
  ],
  loadMicros: 500_000,
  trainMicros: 2_500_000,
  badLines: 3,
};
const pass: Progress = {
  pass: 21,
  elapsedMicros: 2_500_000,
  objective: 3081.5,
  nonzeros: 1760,
  sentBytes: 20_000_000,
  filteredShare: 0.98,
};
const [rows] = [new TextEncoder().encode("+1 1:1\n-1 3:1\n+1 1:1 3:1\n")];
const test3 = parseExamples([rows], { paths: ["t"], format: "libsvm", badLines: "fail" }, 0, 1).examples;
const run = {
  world: "grpc",
  job,
  spec: job.spec,
  outcome,
  progress: [pass],
  traceHash: null,
  test: test3,
} as const;

test("the document has what each field promises", () => {
  const report = trainReport(run);
  expect(report).toMatchObject({
    schema_version: 1,
    world: "grpc",
    job: "clickbait",
    objective: outcome.objective,
    reference_objective: 3078.42845464,
    ended_by: "epsilon",
    nonzeros: 2,
    passes: 21,
    tasks: 7,
    tau: 4,
    seconds: { load: 0.5, train: 2.5 },
    eta: 0.9,
    chosen: { eta: 0.9, blocks: 80 },
    workers: [
      { slot: 0, busy_seconds: 3, wait_seconds: 1, idle_fraction: 0.25 },
      { slot: 1, busy_seconds: 0, wait_seconds: 0, idle_fraction: 0 },
    ],
    filtered_share: 0.98,
    bad_lines_skipped: 3,
    history: [{ pass: 21, objective: 3081.5, seconds: 2.5, sent_bytes: 20_000_000 }],
    trace_hash: null,
  });
  expect(report.relative_gap).toBeCloseTo(1e-3, 12);
  expect(report.traffic).toEqual({
    sent_bytes: 750,
    unfiltered_bytes: 6_000_000,
    by_filter: Object.fromEntries(filterKinds.map((kind, i) => [kind, 6 * saved[i]])),
    by_role: { worker: 200, server: 350 },
  });
  // Margins 1, -2 and -1 against labels +1, -1 and +1.
  expect(report.test?.accuracy).toBeCloseTo(2 / 3, 12);
  expect(report.test?.auc).toBe(1);
  expect(report.model_sha256).toMatch(/^[0-9a-f]{64}$/);
});

test("without a reference, a model and test data there is null, not a number", () => {
  const report = trainReport({
    ...run,
    job: { ...job, reference: undefined },
    outcome: { ...outcome, model: undefined },
    test: undefined,
  });
  expect(report).toMatchObject({
    reference_objective: null,
    relative_gap: null,
    test: null,
    model_sha256: null,
  });
});

test("docs/train-json.md has a row for every field, and for none that is not there", () => {
  const text = readFileSync(join(root, "docs/train-json.md"), "utf8");
  const rowsOfTable = [...text.matchAll(/^\| (`[^|]+`) \|/gm)];
  const documented = rowsOfTable.flatMap(([, names]) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(documented.toSorted()).toEqual(Object.keys(trainReport(run)).toSorted());
});

test("what people read fits into 80 columns, whatever the size of the numbers", () => {
  const workers = Array.from({ length: 100 }, (_, slot) => ({
    slot,
    busyMicros: 12_345e6,
    waitMicros: 98_765e6,
  }));
  const large = trainReport({
    ...run,
    outcome: {
      ...outcome,
      objective: 123_456_789.123,
      nonzeros: 123_456_789,
      trainMicros: 123_456e6,
      nodes: [
        node("worker-0", { slots: workers, sentBytes: 123_456_789_012, unfilteredBytes: 9_876_543_210_987 }),
      ],
    },
  });
  for (const report of [trainReport(run), large]) {
    expect(
      reportText(report)
        .split("\n")
        .filter((line) => line.length > 80),
    ).toEqual([]);
  }
  expect(reportText(large)).toContain("and 92 more slots (--json)");
  const lines = [progressHeader, progressLine(pass, job.reference), progressLine(pass, undefined)];
  const huge = {
    pass: 9999,
    elapsedMicros: 1e11,
    objective: 99_999_999,
    nonzeros: 99_999_999,
    sentBytes: 1e11,
    filteredShare: 1,
  };
  for (const line of [...lines, progressLine(huge, 1)]) expect(line.length).toBe(progressHeader.length);
  expect(progressHeader.length).toBeLessThanOrEqual(80);
});
