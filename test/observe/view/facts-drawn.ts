/** Facts in any order, of any kind that a screen shows, from few nodes, so that they collide. */
import fc from "fast-check";
import type { Observation } from "../../../src/core/index.ts";
import type { Fact } from "../../../src/observe/index.ts";

const server = fc.constantFrom("server-0", "server-1", "server-2");
const anyNode = fc.constantFrom(
  "manager-0",
  "manager-1",
  "scheduler-0",
  "server-0",
  "server-1",
  "worker-0",
  "worker-1",
);
const small = fc.nat(4);
const begin = fc.constantFrom(0, 1 << 30, 2 ** 31);
const token = fc.record({ lineage: fc.constant(1), view: small, index: small });
const edge = fc.oneof(
  fc.record({ kind: fc.constant("task"), time: small, unfinishedSlots: fc.array(small, { maxLength: 2 }) }),
  fc.record({ kind: fc.constant("reply"), server, segment: begin, time: small, op: small }),
  fc.record({
    kind: fc.constant("parts"),
    time: small,
    op: small,
    missingSlots: fc.array(small, { maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant("share") }),
  fc.record({ kind: fc.constant("members"), missing: fc.array(anyNode, { maxLength: 2 }) }),
);
const view = fc
  .record({
    number: small,
    lineage: small,
    holders: fc.array(fc.uniqueArray(server, { minLength: 1 }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ number, lineage, holders }) => ({
    number,
    lineage,
    incarnations: { "server-0": 1, "server-1": 1, "server-2": 1 },
    segments: holders.map((all, i) => ({
      begin: i * 2 ** 30,
      holders: all.slice(0, 2),
      since: number,
      filling: all.slice(2),
    })),
  }));
const after = fc.constant({ below: 0, tasks: [] });
const place = { parameter: fc.constant(0), segment: begin, token };
const of = <T extends string>(
  type: T,
  fields: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<unknown> => fc.record({ type: fc.constant(type), ...fields });

const fact = fc.oneof(
  of("node-started", { incarnation: small }),
  of("node-stopped", { reason: fc.option(fc.constant("evicted: silent"), { nil: undefined }) }),
  of("view-adopted", { view: small, lineage: small, digest: small }),
  of("view-published", { term: small, view }),
  of("node-evicted", { term: small, peer: anyNode, incarnation: small, reason: fc.constant("silent") }),
  of("leader-elected", { role: fc.constantFrom("manager", "scheduler"), term: small }),
  of("node-suspected", { peer: anyNode, silentMs: small }),
  of("job-submitted", {
    name: fc.constant("j"),
    slotCount: small,
    tau: fc.option(small),
    reference: fc.option(small),
    pullFilters: fc.constant([]),
    parameters: fc.constant([]),
  }),
  of("slot-assigned", { slot: small, worker: anyNode, incarnation: small, epoch: small, term: small }),
  of("task-issued", {
    time: small,
    name: fc.constant("t"),
    slots: fc.array(small),
    tau: fc.option(small),
    after,
  }),
  of("task-started", { slot: small, time: small, name: fc.constant("t"), after, frontierFloor: small }),
  of("task-finished", { slot: small, time: small, busyMicros: fc.nat(3e6) }),
  of("slot-blocked", { slot: small, edge }),
  of("slot-waited", { slot: small, waitMicros: fc.nat(3e6), edge }),
  of("frontier-rose", { floor: small }),
  of("part-received", {
    push: fc.record({ parameter: small, slot: small, time: small, op: small }),
    segment: begin,
    isDuplicate: fc.boolean(),
  }),
  of("read-answered", { ...place, slot: small, time: small, op: small, committedIndex: small }),
  of("applied", { ...place, time: small, op: small, slots: fc.array(small), digest: small }),
  of("segment-sealed", { parameter: small, segment: begin, view: small, token, digest: small }),
  of("segment-dropped", { parameter: small, segment: begin, view: small, token }),
  of("committed", place),
  of("frame-resent", { to: anyNode, sequence: small }),
  of("progress-reported", {
    progress: fc.record({
      pass: small,
      elapsedMicros: small,
      objective: small,
      nonzeros: small,
      sentBytes: small,
      filteredShare: small,
    }),
  }),
  of("job-ended", { endedBy: fc.constant("gap"), objective: small }),
  of("job-failed", { reason: fc.constant("no") }),
  of("traffic-counted", {
    sentBytes: fc.nat(),
    receivedBytes: fc.nat(),
    unfilteredBytes: fc.nat(),
    savedBytes: fc.array(small, { maxLength: 6 }),
    holdings: fc.array(fc.record({ segment: begin, keys: small, bytes: small }), { maxLength: 2 }),
  }),
  of("node-crashed", { peer: anyNode }),
  of("node-launched", { peer: anyNode, life: small }),
  of("node-paused", { peer: anyNode }),
  of("node-resumed", { peer: anyNode }),
  of("node-decommissioned", { peer: anyNode }),
  of("node-slowed", { peer: anyNode, factor: fc.constantFrom(1, 4) }),
) as fc.Arbitrary<Observation>;

/** By time, as a trace has them. */
export const factsDrawn: fc.Arbitrary<readonly Fact[]> = fc
  .array(
    fc.record({
      at: fc.nat(5e6),
      node: fc.oneof({ weight: 8, arbitrary: anyNode }, { weight: 1, arbitrary: fc.constant("world") }),
      fact,
    }),
    { maxLength: 60 },
  )
  .map((facts) => [...facts].sort((a, b) => a.at - b.at));
