import { expect, test } from "vitest";
import { type Fact, mergeTraces, type Trace } from "../../src/observe/index.ts";

const started = (node: string, at: number): Fact =>
  ({ at, node, fact: { type: "node-started", incarnation: 1 } }) as Fact;
const stopped = (node: string, at: number): Fact =>
  ({ at, node, fact: { type: "node-stopped", reason: undefined } }) as Fact;
const trace = (...facts: readonly Fact[]): Trace => ({
  header: { schema: "tauring.trace/1", world: "grpc", name: "t", seed: null, referenceModel: null },
  facts,
  isPartial: false,
});

const times = (facts: readonly Fact[]): readonly number[] => facts.map(({ at }) => at);

test("facts of several nodes are one stream by time", () => {
  const a = trace(started("server-0", 1), stopped("server-0", 5));
  const b = trace(started("worker-0", 2), stopped("worker-0", 4));
  expect(times(mergeTraces([a, b]))).toEqual([1, 2, 4, 5]);
});

test("the stream ends with the last words of a node that never said that it stopped", () => {
  const killed = trace(started("server-0", 1), started("server-0", 3));
  const other = trace(started("worker-0", 2), started("worker-0", 4), stopped("worker-0", 6));
  expect(times(mergeTraces([killed, other]))).toEqual([1, 2, 3]);
});

test("a file of its own is whole, however it ends", () => {
  expect(times(mergeTraces([trace(started("server-0", 1), started("worker-0", 9))]))).toEqual([1, 9]);
});
