import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  allCheckers,
  CheckRun,
  type Fact,
  killedReason,
  mergeTraces,
  readTrace,
  type Trace,
  type TraceRead,
} from "../../src/observe/index.ts";
import {
  applied,
  committed,
  invoked,
  issued,
  type Loose,
  pushed,
  rose,
  sealed,
  started,
  stored,
  taskFinished,
} from "./support/facts.ts";

const born = (node: string, at: number, incarnation = 1): Fact =>
  ({ at, node, fact: { type: "node-started", incarnation } }) as Fact;
const ended = (node: string, at: number, reason?: string): Fact =>
  ({ at, node, fact: { type: "node-stopped", reason } }) as Fact;
const says = (node: string, at: number, fact: Loose): Fact => ({ at, node, fact }) as unknown as Fact;
const header = {
  schema: "tauring.trace/1",
  world: "grpc",
  name: "t",
  seed: null,
  referenceModel: null,
} as const;
const trace = (...facts: readonly Fact[]): Trace => ({ header, facts, isPartial: false });
const times = (facts: readonly Fact[]): readonly number[] => facts.map(({ at }) => at);

test("facts of several nodes are one stream by time", () => {
  const a = trace(born("server-0", 1), ended("server-0", 5));
  const b = trace(born("worker-0", 2), ended("worker-0", 4));
  expect(times(mergeTraces([a, b]))).toEqual([1, 2, 4, 5]);
});

test("the trace of a node that never said that it stopped ends, and the others go on", () => {
  const killed = trace(born("server-0", 1), says("server-0", 3, stored(1)));
  const other = trace(born("worker-0", 2), says("worker-0", 4, started(0, 0)), ended("worker-0", 6));
  const merged = mergeTraces([killed, other]);
  expect(times(merged)).toEqual([1, 2, 3, 3, 4, 6]);
  expect(merged[3]).toEqual(ended("server-0", 3, killedReason));
});

test.each([
  [
    "in a file of its own",
    (first: readonly Fact[], then: readonly Fact[]) => [trace(...first), trace(...then)],
  ],
  ["in the same file", (first: readonly Fact[], then: readonly Fact[]) => [trace(...first, ...then)]],
])("a later life of a node that was killed may be %s", (_where, files) => {
  const first = [born("server-0", 1), says("server-0", 3, stored(1))];
  const then = [born("server-0", 7, 2), ended("server-0", 9)];
  const other = trace(born("worker-0", 2), ended("worker-0", 8));
  const merged = mergeTraces([...files(first, then), other]);
  expect(times(merged)).toEqual([1, 2, 3, 3, 7, 8, 9]);
  expect(merged[3]).toEqual(ended("server-0", 3, killedReason));
});

test("a file of its own is whole, however it ends", () => {
  expect(times(mergeTraces([trace(born("server-0", 1), born("worker-0", 9))]))).toEqual([1, 9]);
});

const folder = mkdtempSync(join(tmpdir(), "tauring-traces-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string): TraceRead {
  const path = join(folder, "trace.jsonl");
  writeFileSync(path, text);
  return readTrace(path);
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
const head = line(header);
const first = born("server-0", 1);
const second = born("server-0", 5, 2);

test.each([
  ["nowhere", head + line(first), [first], false],
  ["in the last line", `${head + line(first)}{"at":3,"no`, [first], true],
  [
    "before a header that a later life wrote",
    `${head + line(first)}{"at":3,"no${head}${line(second)}`,
    [first, second],
    true,
  ],
  ["between two whole lives", head + line(first) + head + line(second), [first, second], false],
])("a file that was cut off %s is read", (_where, text, facts, isPartial) => {
  expect(read(text)).toEqual({ ok: true, trace: { header, facts, isPartial } });
});

test("any other line that is no fact is refused by its number", () => {
  expect(read(`${head}{"at":3,"no\n${line(first)}`)).toMatchObject({ ok: false });
  expect((read(`${head}{"at":3,"no\n`) as { readonly reason: string }).reason).toContain(
    "trace.jsonl:2 is no fact",
  );
});

/** server-0 was killed, and what it did last is not in its file. */
function killedMaster(...after: readonly Fact[]): CheckRun {
  const killed = trace(
    born("server-0", 1),
    says("server-0", 10, applied([0], 0, 1)),
    says("server-0", 10, committed(1)),
  );
  const worker = trace(
    born("worker-0", 2),
    says("worker-0", 3, started(0, 0)),
    says("worker-0", 4, invoked(0, 0)),
    says("worker-0", 20, pushed(0, 0)),
    says("worker-0", 21, invoked(0, 1)),
    // Applied at index 2 by server-0, which nobody is left to tell.
    says("worker-0", 30, pushed(0, 1)),
    says("worker-0", 40, taskFinished(0, 0)),
    ended("worker-0", 90),
  );
  const replica = trace(
    born("server-1", 2),
    says("server-1", 11, stored(1)),
    says("server-1", 25, stored(2)),
    says("server-1", 50, sealed(2, 2)),
    ...after,
    ended("server-1", 90),
  );
  const scheduler = trace(
    born("scheduler-0", 1),
    says("scheduler-0", 2, issued(0, [0], 0)),
    says("scheduler-0", 45, rose(1)),
    ended("scheduler-0", 90),
  );
  const run = new CheckRun(allCheckers(undefined));
  for (const fact of mergeTraces([killed, worker, replica, scheduler])) run.observe(fact);
  run.finish(false);
  return run;
}

test("nothing rests on what a killed node may have said last", () => {
  expect(killedMaster().violations).toEqual([]);
});

test("what the others say is checked as ever", () => {
  const checks = ({ violations }: CheckRun): readonly string[] => violations.map(({ check }) => check);
  expect(checks(killedMaster(says("server-1", 60, applied([0], 0, 3, { view: 2 }))))).toContain("X1");
  expect(checks(killedMaster(says("server-1", 60, stored(2, { digest: 4 }))))).toContain("R7");
});
