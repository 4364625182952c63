import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { mergeTraceFiles } from "../../src/cli/merge-traces.ts";
import { TraceOutput } from "../../src/cli/trace-output.ts";
import { type Fact, readTrace, type Trace, type TraceHeader, traceSchema } from "../../src/observe/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-trace-output-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const header: TraceHeader = {
  schema: traceSchema,
  world: "grpc",
  name: "t",
  seed: null,
  referenceModel: null,
};
const fact = (at: number, node = "worker-0"): Fact =>
  ({ at, node, fact: { type: "task-finished", slot: 0, time: at, busyMicros: 1 } }) as unknown as Fact;

function read(path: string): Trace {
  const result = readTrace(path);
  if (!result.ok) throw new Error(result.reason);
  return result.trace;
}

test.each(["t.jsonl", "t.jsonl.gz"])("%s holds what was flushed, when its process dies then", (name) => {
  const path = join(folder, name);
  const trace = new TraceOutput(path, header, () => {});
  for (let at = 0; at < 100; at++) trace.write(fact(at));
  trace.flush();
  expect(read(path).facts).toHaveLength(100);
  for (let at = 100; at < 150; at++) trace.write(fact(at));
  trace.close();
  expect(read(path).facts.map(({ at }) => at)).toEqual(Array.from({ length: 150 }, (_, i) => i));
});

test("a trace that the disk does not take is lost once, in words, and never throws", () => {
  const tell = vi.fn<(text: string) => void>();
  const trace = new TraceOutput("/dev/full", header, tell);
  for (let at = 0; at < 20_000; at++) trace.write(fact(at));
  trace.flush();
  trace.close();
  expect(tell.mock.calls).toEqual([["the trace is lost: /dev/full: the disk is full (ENOSPC)"]]);
  expect(trace.isLost).toBe(true);
});

test("a trace that cannot be begun is refused", () => {
  expect(() => new TraceOutput(join(folder, "no/t.jsonl"), header, () => {})).toThrow(
    `--trace ${join(folder, "no/t.jsonl")}: there is no such file (ENOENT)`,
  );
});

test("the traces of a cluster's nodes merge by time; what a killed node left empty is no obstacle", () => {
  const parts = join(folder, "parts");
  mkdirSync(parts);
  for (const [node, times] of [
    ["server-0", [1, 4]],
    ["worker-0", [2, 3]],
  ] as const) {
    const trace = new TraceOutput(join(parts, `${node}.jsonl`), header, () => {});
    for (const at of times) trace.write(fact(at, node));
    trace.write({ at: 5, node, fact: { type: "node-stopped" } } as unknown as Fact);
    trace.close();
  }
  writeFileSync(join(parts, "worker-1.jsonl"), "");
  const out = join(folder, "merged.jsonl");
  expect(mergeTraceFiles(parts, out, "merged")).toBe(true);
  const { facts, header: merged } = read(out);
  expect(facts.map(({ at, node }) => `${at} ${node}`)).toEqual([
    "1 server-0",
    "2 worker-0",
    "3 worker-0",
    "4 server-0",
    "5 server-0",
    "5 worker-0",
  ]);
  expect(merged).toMatchObject({ world: "grpc", name: "merged" });
});
