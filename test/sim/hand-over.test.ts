/** [docs/protocol.md 7] What moving a range costs: rows that are sent once, and a pause that knows nothing of its size. */
import { describe, expect, test } from "vitest";
import { decodeEnvelope, type View } from "../../src/core/index.ts";
import { snappyCompressor } from "../../src/net/index.ts";
import type { Fact } from "../../src/observe/index.ts";
import { type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { runDrawn } from "./drawn-run.ts";

const joiner = "server-3";

/** A server joins while pushes to every segment go on. */
function story(keys: number, more: Partial<ScenarioInput>): ScenarioInput {
  return {
    schema: "tauring.scenario/1",
    name: "hand-over",
    why: "as the test says",
    seed: 1,
    cluster: { servers: 3, workers: 2, replicas: 1, consistency: { kind: "bounded", tau: 1 } },
    cost: { step: "1ms" },
    workload: [
      {
        kind: "application",
        application: "provenance",
        keyMax: keys - 1,
        options: {
          tasks: 400,
          keys: 64,
          keysPerRequest: 16,
          pushesPerTask: 1,
          readsPerTask: 1,
          layout: "dense",
        },
      },
    ],
    faults: [{ kind: "join", node: joiner, at: "100ms" }],
    horizon: "60s",
    ...more,
  };
}

interface Chunk {
  readonly name: string;
  readonly rows: number;
}

function played(input: ScenarioInput): {
  readonly facts: readonly Fact[];
  readonly chunks: readonly Chunk[];
} {
  const facts: Fact[] = [];
  const chunks: Chunk[] = [];
  const { report } = runDrawn(scenarioSchema.parse(input), (fact) => facts.push(fact), {
    frameSent: ({ to }, frame) => {
      const decoded = decodeEnvelope(frame, { compressor: snappyCompressor, frameBytesMax: 2 ** 28 });
      if (!decoded.ok) throw new Error(decoded.reason);
      const { message } = decoded.envelope;
      if (message.type !== "snapshot") return;
      const { parameter, segment, filled, rows } = message;
      chunks.push({ name: `${to} ${parameter} ${segment} ${filled.begin}`, rows: rows.keys.count });
    },
  });
  expect([report.reason, report.verdict]).toEqual([undefined, "pass"]);
  return { facts, chunks };
}

const viewsOf = (facts: readonly Fact[]): readonly View[] =>
  facts.flatMap(({ fact }) => (fact.type === "view-published" ? [fact.view] : []));

describe("each row is sent once to a server that is filled", () => {
  test.each([
    { why: "at once", limits: { fillChunkBytes: 4000 }, repeatsMax: 0 },
    {
      why: "at a bounded rate",
      limits: { fillChunkBytes: 4000, fillBytesPerSecondMax: 1_000_000 },
      repeatsMax: 0,
    },
    {
      // Rows after an entry whose keys were forgotten are not taken, and come again after it.
      why: "at a bounded rate, but for those after a list of keys that the receiver has forgotten",
      limits: { fillChunkBytes: 4000, fillBytesPerSecondMax: 300_000, keyListCacheBytesMax: 30 },
      repeatsMax: 4,
    },
  ])("$why", ({ limits, repeatsMax }) => {
    const keys = 10_000;
    const { facts, chunks } = played(story(keys, { limits }));
    expect(chunks.length).toBeGreaterThan(20);
    expect(chunks.length - new Set(chunks.map(({ name }) => name)).size).toBeLessThanOrEqual(repeatsMax);
    const filled = facts.filter(({ fact }) => fact.type === "holder-filled").length;
    const [{ segments }] = viewsOf(facts);
    const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
    // Every segment has about as many rows as any other: the fills are some of `segments`, each once.
    expect(rows).toBeLessThan((keys * filled * 3) / segments.length);
    expect(rows).toBeGreaterThan(0);
  });
});

/** Of each segment that the joiner takes over: from its last master's end to its own first word as master. */
function pausesMs(facts: readonly Fact[]): readonly number[] {
  const views = viewsOf(facts);
  const pauses: number[] = [];
  facts.forEach(({ at, node, fact }) => {
    if (fact.type !== "segment-sealed" || node !== joiner) return;
    const before = views.find(({ number }) => number === fact.view - 1);
    const master = before?.segments.find(({ begin }) => begin === fact.segment)?.holders[0];
    if (master === undefined || master === joiner) return;
    const left = facts.find(
      (other) => other.node === master && other.fact.type === "view-adopted" && other.fact.view === fact.view,
    );
    pauses.push((at - (left?.at ?? Number.NaN)) / 1000);
  });
  return pauses;
}

test("ranges of 1,000,000 keys are without a master as briefly as those of 250,000, and for less than 50 ms", () => {
  // 40 MB, or a third of a second: a pause that waits for rows would show.
  const net = { nic: { egress: "1Gbps", ingress: "1Gbps" } };
  const small = pausesMs(played(story(250_000, { net })).facts);
  const large = pausesMs(played(story(1_000_000, { net })).facts);
  expect(small.length).toBeGreaterThanOrEqual(2);
  expect(large.length).toBe(small.length);
  expect(Math.max(...large)).toBeLessThan(50);
  expect(Math.max(...large)).toBeLessThan(2 * Math.max(...small) + 1);
});
