/** What a node says that it holds is held against what it may use. */
import { expect, test } from "vitest";
import { nodeId, type Observation } from "../../src/core/index.ts";
import { MemoryCaps } from "../../src/sim/world/memory-caps.ts";

const node = nodeId("server-0");
const cap = { bytesMax: 100, restartMicros: undefined };

const rows = (bytes: number): Observation => ({
  type: "traffic-counted",
  sentBytes: 1e9,
  receivedBytes: 1e9,
  unfilteredBytes: 1e9,
  savedBytes: [],
  holdings: [
    { segment: 0, keys: 1, bytes: bytes / 2 },
    { segment: 1, keys: 1, bytes: bytes / 2 },
  ],
});
const buffers = (bytes: number): Observation => ({
  type: "buffers-measured",
  buffers: [
    { option: "heldBytesMax", size: bytes, max: 1e9 },
    { option: "waitingReadsMax", size: 1e6, max: 1e9 },
  ],
});

test("rows and buffers that are counted in bytes add up, and what is counted in pieces does not", () => {
  const caps = new MemoryCaps();
  caps.begin(node, cap);
  expect(caps.observe(rows(60), node)).toBeUndefined();
  expect(caps.observe(buffers(40), node)).toBeUndefined();
  expect(caps.observe(buffers(41), node)).toEqual({ ...cap, usedBytes: 101 });
  expect(caps.observe(rows(40), node)).toBeUndefined();
});

test("a new life holds nothing, and nobody is killed without a cap", () => {
  const caps = new MemoryCaps();
  expect(caps.observe(rows(1000), node)).toBeUndefined();
  caps.begin(node, cap);
  expect(caps.observe(rows(1000), nodeId("server-1"))).toBeUndefined();
  expect(caps.observe(rows(90), node)).toBeUndefined();
  caps.forget(node);
  expect(caps.observe(buffers(50), node)).toBeUndefined();
  caps.end(node, cap);
  expect(caps.observe(rows(1000), node)).toBeUndefined();
});

test("a cap that another has taken the place of ends without a word, and the other stays", () => {
  const caps = new MemoryCaps();
  const other = { bytesMax: 50, restartMicros: undefined };
  caps.begin(node, cap);
  caps.begin(node, other);
  expect(caps.end(node, cap)).toBe(false);
  expect(caps.observe(rows(60), node)).toEqual({ ...other, usedBytes: 60 });
  expect(caps.end(node, other)).toBe(true);
});
