import fc from "fast-check";
import { expect, test } from "vitest";
import { type NodeId, nodeId } from "../../../src/core/ids.ts";
import { intersect, isEmpty, keyRange } from "../../../src/core/keys/key-range.ts";
import type { ParameterSpec } from "../../../src/core/parameter.ts";
import {
  masterOf,
  parseView,
  ringPoints,
  segmentIndex,
  segmentRange,
  segmentsMeeting,
  targetSegments,
  viewDigest,
} from "../../../src/core/ring/ring.ts";
import type { View, ViewSegment } from "../../../src/core/ring/view.ts";

const run = { seed: 1, numRuns: 200 };
const servers = fc
  .uniqueArray(fc.nat(30), { minLength: 1, maxLength: 9 })
  .map((numbers) => numbers.map((n) => nodeId(`server-${n}`)));
const options = fc.record({ virtualServers: fc.integer({ min: 1, max: 8 }), replicas: fc.nat(4) });
const ring = fc.tuple(servers, options);

function viewOf(segments: readonly ViewSegment[]): View {
  const servers = segments.flatMap(({ holders, filling }) => [...holders, ...filling]);
  return { number: 1, lineage: 1, incarnations: Object.fromEntries(servers.map((s) => [s, 1])), segments };
}

/** Who holds position `position`, master first. */
function holdersAt(segments: readonly ViewSegment[], position: number): readonly NodeId[] {
  const after = segments.findIndex((segment) => segment.begin > position);
  return segments[after === -1 ? segments.length - 1 : after - 1].holders;
}

/** Parameters with few keys, few blocks, more blocks than keys, and all of the 64-bit keys. */
const parameter = fc
  .oneof(
    fc.record({
      begin: fc.bigInt(0n, 9n),
      length: fc.bigInt(1n, 50n),
      count: fc.integer({ min: 1, max: 64 }),
    }),
    fc.record({
      begin: fc.bigInt(0n, 2n ** 63n),
      length: fc.bigInt(1n, 2n ** 63n),
      count: fc.integer({ min: 1, max: 2 ** 20 }),
    }),
  )
  .map(({ begin, length, count }) => {
    const spec = { span: keyRange(begin, begin + length), keyBlockCount: count };
    return spec as ParameterSpec;
  });

test("[§4.3] each arc's holders are its point's server and the next distinct ones counter-clockwise", () => {
  fc.assert(
    fc.property(ring, ([names, { virtualServers, replicas }]) => {
      const points = ringPoints(names, virtualServers);
      const segments = targetSegments(names, { virtualServers, replicas });
      for (const position of [0, 2 ** 32 - 1, ...points.map((point) => point.position)]) {
        // Walk all the points backwards from here, twice around, without any arithmetic on indices.
        const before = points.filter((point) => point.position <= position).reverse();
        const after = points.filter((point) => point.position > position).reverse();
        const walked = [...new Set([...before, ...after].map((point) => point.server))];
        expect(holdersAt(segments, position)).toEqual(walked.slice(0, replicas + 1));
      }
    }),
    run,
  );
});

test("[G7] a target tiles the ring and gives each segment min(k, servers - 1) distinct replicas", () => {
  fc.assert(
    fc.property(ring, ([names, { virtualServers, replicas }]) => {
      const segments = targetSegments(names, { virtualServers, replicas });
      expect(segments[0].begin).toBe(0);
      segments.forEach((segment, i) => {
        expect(i === 0 || segment.begin > segments[i - 1].begin).toBe(true);
        expect(new Set(segment.holders).size).toBe(Math.min(replicas, names.length - 1) + 1);
        expect(segment.filling).toEqual([]);
      });
      expect(segments[0].holders).toEqual(segments[segments.length - 1].holders);
    }),
    run,
  );
});

test("a target does not depend on the order in which the servers are named", () => {
  fc.assert(
    fc.property(ring, fc.infiniteStream(fc.nat()), ([names, ringOptions], order) => {
      const shuffledNames = names
        .map((name) => ({ name, rank: order.next().value as number }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ name }) => name);
      expect(targetSegments(shuffledNames, ringOptions)).toEqual(targetSegments(names, ringOptions));
    }),
    run,
  );
});

test("where two points fall together the smaller name has the place, whoever came first", () => {
  const pair = [nodeId("server-9470"), nodeId("server-86539")];
  for (const names of [pair, pair.toReversed()]) {
    expect(ringPoints(names, 1)).toEqual([{ position: 3427568760, server: "server-86539" }]);
  }
});

test("a server that joins takes keys, one that leaves gives keys, and nothing else changes hands", () => {
  fc.assert(
    fc.property(ring, ([names, ringOptions]) => {
      const newcomer = nodeId("server-99");
      const without = targetSegments(names, ringOptions);
      const withNewcomer = targetSegments([...names, newcomer], ringOptions);
      for (const { begin } of [...without, ...withNewcomer]) {
        const before = holdersAt(without, begin);
        const after = holdersAt(withNewcomer, begin);
        expect(after[0] === before[0] || after[0] === newcomer).toBe(true);
        expect(after.filter((node) => node !== newcomer && !before.includes(node))).toEqual([]);
        expect(before.filter((node) => !after.includes(node)).length).toBeLessThanOrEqual(
          after.includes(newcomer) ? 1 : 0,
        );
      }
    }),
    run,
  );
});

test("shares are even: within 40 % of the mean for small clusters, and closer with more points", () => {
  const worst = (serverCount: number, virtualServers: number): number => {
    const names = Array.from({ length: serverCount }, (_, i) => nodeId(`server-${i}`));
    const segments = targetSegments(names, { virtualServers, replicas: 0 });
    const shares = new Map<NodeId, number>();
    segments.forEach(({ begin, holders }, i) => {
      const end = i + 1 < segments.length ? segments[i + 1].begin : 2 ** 32;
      shares.set(holders[0], (shares.get(holders[0]) ?? 0) + (end - begin) / 2 ** 32);
    });
    return Math.max(...shares.values()) * serverCount;
  };
  expect(worst(2, 4)).toBeLessThan(1.06);
  for (const serverCount of [3, 4, 5, 6, 7, 8]) expect(worst(serverCount, 4)).toBeLessThan(1.4);
  for (const serverCount of [3, 10, 40]) expect(worst(serverCount, 256)).toBeLessThan(1.25);
});

test("the segments' ranges tile the span of every parameter, and end where key blocks end", () => {
  fc.assert(
    fc.property(ring, parameter, ([names, ringOptions], spec) => {
      const view = viewOf(targetSegments(names, ringOptions));
      let end = spec.span.begin;
      view.segments.forEach((_, i) => {
        const range = segmentRange(spec, view, i);
        expect(range.begin).toBe(end);
        expect(range.end >= range.begin).toBe(true);
        end = range.end;
      });
      expect(end).toBe(spec.span.end);
    }),
    run,
  );
});

test("the segments that meet a range are those that share a key with it", () => {
  fc.assert(
    fc.property(ring, parameter, fc.nat(), fc.nat(), ([names, ringOptions], spec, a, b) => {
      const view = viewOf(targetSegments(names, ringOptions));
      const length = spec.span.end - spec.span.begin;
      const begin = spec.span.begin + (BigInt(a) * length) / 2n ** 31n;
      const end = begin + (BigInt(b) * (length + 3n)) / 2n ** 31n;
      for (const range of [{ begin, end }, { begin, end: begin + 1n }, spec.span]) {
        const naive = view.segments.flatMap((_, i) => {
          const shared = intersect(segmentRange(spec, view, i), range);
          return shared === undefined || isEmpty(shared) ? [] : [i];
        });
        expect(segmentsMeeting(spec, view, range)).toEqual(naive);
      }
    }),
    { seed: 2, numRuns: 500 },
  );
});

test("a segment is found by where it begins, and no other number finds one", () => {
  fc.assert(
    fc.property(ring, fc.nat(), ([names, ringOptions], other) => {
      const view = viewOf(targetSegments(names, ringOptions));
      const begins = view.segments.map((segment) => segment.begin);
      for (const begin of [...begins, ...begins.map((b) => b + 1), other]) {
        const at = begins.indexOf(begin);
        expect(segmentIndex(view, begin)).toBe(at === -1 ? undefined : at);
      }
      expect(masterOf(view, 0)).toBe(view.segments[0].holders[0]);
    }),
    run,
  );
});

test("a view survives JSON with its digest, and another view has another", () => {
  fc.assert(
    fc.property(ring, ([names, ringOptions]) => {
      const view = viewOf(targetSegments(names, ringOptions));
      expect(parseView(JSON.stringify(view))).toEqual(view);
      expect(viewDigest(parseView(JSON.parse(JSON.stringify(view))) as View)).toBe(viewDigest(view));
      for (const other of [
        { ...view, number: 2 },
        { ...view, lineage: 2 },
        viewOf(view.segments.map((s) => ({ ...s, holders: [nodeId("server-77")] }))),
        viewOf(view.segments.map((s) => ({ ...s, filling: [nodeId("server-77")] }))),
      ]) {
        expect(viewDigest(other)).not.toBe(viewDigest(view));
      }
    }),
    run,
  );
});

test.each([
  ["{", "view is JSON, not"],
  ["[]", "view is an object"],
  ['{"number":1,"lineage":1,"segments":[]}', "view.segments is a list with a segment"],
  ['{"number":-1,"lineage":1,"segments":[]}', "view.number is a count"],
  [segments({ begin: 5 }), "view.segments[0].begin 5: they ascend from 0"],
  [segments({ begin: 0 }, { begin: 0 }), "view.segments[1].begin 0: they ascend from 0"],
  [segments({ begin: 0 }, { begin: 2 ** 32 }), "view.segments[1].begin is an integer in [0, 2^32)"],
  [segments({ begin: 0, holders: [] }), "view.segments[0].holders is a list with a server"],
  [segments({ begin: 0, holders: ["worker-0"] }), "view.segments[0].holders is a list with a server"],
  [segments({ begin: 0, filling: ["server-0"] }), "view.segments[0] names each server once"],
  [segments({ begin: 0, filling: null }), "view.segments[0].filling is a list of servers"],
  [segments({ begin: 0 }), "view.incarnations has a count from 1 for server-0"],
])("%s is no view, and the reason says why: %s", (text, reason) => {
  expect(parseView(text)).toContain(reason);
});

test("[G11] no JSON makes the parser throw", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(typeof parseView({ number: 1, lineage: 1, segments: json })).toBe("string");
      expect(typeof parseView(json)).toBe("string");
    }),
    run,
  );
});

function segments(...list: readonly object[]): string {
  const whole = list.map((segment) => ({ holders: ["server-0"], since: 1, filling: [], ...segment }));
  return JSON.stringify({ number: 1, lineage: 1, incarnations: {}, segments: whole });
}
