/** [OSDI'14 section 4.3] Replication after aggregation costs k/n of what was pushed, naive replication k times that. */
import { describe, expect, test } from "vitest";
import { decodeEnvelope, type JobPolicy } from "../../src/core/index.ts";
import { snappyCompressor } from "../../src/net/index.ts";
import { type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { runDrawn, smallJobFile } from "./drawn-run.ts";

type Replication = JobPolicy["replication"];

const tasks = 30;
const keys = 400;

function story(
  replication: Replication,
  more: { readonly workers: number; readonly replicas: number; readonly faults?: unknown[] },
): ScenarioInput {
  return {
    schema: "tauring.scenario/1",
    name: "naive-replication",
    why: "as the test says",
    seed: 1,
    cluster: {
      servers: 4,
      workers: more.workers,
      replicas: more.replicas,
      consistency: { kind: "bounded", tau: 1 },
    },
    timing: { suspect: "300ms" },
    filters: { push: ["key-caching"] },
    policy: { lost: "replace", replication },
    workload: [
      {
        kind: "application",
        application: "provenance",
        keyMax: keys - 1,
        options: {
          tasks,
          keys,
          keysPerRequest: keys,
          pushesPerTask: 1,
          readsPerTask: 0,
          update: "aggregated",
        },
      },
    ],
    horizon: "60s",
    faults: more.faults ?? [],
  } as ScenarioInput;
}

/** Bytes of frames by the type of what is in them. */
function bytesOf(input: ScenarioInput): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  const options = { compressor: snappyCompressor, frameBytesMax: 2 ** 28 };
  const { report } = runDrawn(scenarioSchema.parse(input), undefined, {
    frameSent: (_route, frame) => {
      const decoded = decodeEnvelope(frame, options);
      if (!decoded.ok) throw new Error(decoded.reason);
      const { type } = decoded.envelope.message;
      bytes.set(type, (bytes.get(type) ?? 0) + frame.length);
    },
  });
  expect([report.reason, report.verdict]).toEqual([undefined, "pass"]);
  return bytes;
}

test.each([
  { replicas: 1, workers: 4 },
  { replicas: 2, workers: 4 },
  { replicas: 2, workers: 8 },
])("%o: k times what was pushed, and k/n after aggregation", ({ replicas, workers }) => {
  const naive = bytesOf(story("naive", { replicas, workers }));
  const aggregated = bytesOf(story("after-aggregation", { replicas, workers }));
  const of = (bytes: ReadonlyMap<string, number>, type: string): number => bytes.get(type) ?? 0;
  expect(of(aggregated, "part")).toBe(0);
  expect(of(aggregated, "push")).toBe(of(naive, "push"));
  const pushed = of(naive, "push");
  // Entries that are made of parts bring no rows.
  expect(of(naive, "entry") / pushed).toBeLessThan(0.1 * replicas);
  expect(of(naive, "part") / pushed / replicas).toBeCloseTo(1, 1);
  // A push brings all columns of a row, and lists of keys travel by hash in both.
  expect(of(aggregated, "entry") / pushed / (replicas / workers)).toBeCloseTo(1, 1);
});

describe("the model is the undisturbed one's, as with replication after aggregation", () => {
  const trained = (faults: readonly unknown[], limits = {}): ReturnType<typeof runDrawn> =>
    runDrawn(
      scenarioSchema.parse({
        ...story("naive", { workers: 2, replicas: 2, faults: [...faults] }),
        cluster: { servers: 4, workers: 2, replicas: 2, consistency: { kind: "sequential" } },
        cost: { nonzerosPerSecond: 1e5, step: "3ms" },
        workload: [{ kind: "train", job: smallJobFile }],
        limits,
      }),
    );

  test("where servers are lost, come back, join and leave", () => {
    for (const at of [50, 100, 200, 400]) {
      const { report } = trained([
        { kind: "crash", node: "server-1", at: `${at}ms`, restart: "100ms" },
        { kind: "join", node: "server-4", at: `${at + 10}ms` },
        { kind: "preempt", node: "server-2", at: `${at + 30}ms`, notice: "5s" },
      ]);
      expect([at, report.reason, report.verdict]).toEqual([at, undefined, "pass"]);
    }
  });

  test("where holders forget lists of keys, and cannot keep parts: they are sent rows", () => {
    const { report } = trained([], { keyListCacheBytesMax: 30 });
    expect([report.reason, report.verdict]).toEqual([undefined, "pass"]);
  });
});
