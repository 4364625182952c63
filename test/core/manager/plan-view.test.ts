import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NodeId, nodeId } from "../../../src/core/ids.ts";
import { planView, type Servers } from "../../../src/core/manager/plan-view.ts";
import { targetSegments } from "../../../src/core/ring/ring.ts";
import type { View } from "../../../src/core/ring/view.ts";

const virtualServers = 4;

function firstView(count: number, replicas: number): View {
  const servers = Array.from({ length: count }, (_, i) => nodeId(`server-${i}`));
  const incarnations = Object.fromEntries(servers.map((server) => [server, 1]));
  return {
    number: 1,
    lineage: 1,
    incarnations,
    segments: targetSegments(servers, { virtualServers, replicas }),
  };
}

/** Server names by number, each with its incarnation. */
function living(incarnations: ReadonlyMap<number, number>, leaving: readonly number[] = []): Servers {
  return {
    live: new Map(
      [...incarnations].map(([number, incarnation]) => [nodeId(`server-${number}`), incarnation]),
    ),
    leaving: new Set(leaving.map((number) => nodeId(`server-${number}`))),
    filled: new Map(),
  };
}

/** Views that follow while each master says that everyone is filled, until nothing changes. */
function settled(view: View, servers: Servers, replicas: number): readonly View[] {
  const views = [view];
  for (let i = 0; i < 20; i++) {
    const last = views[views.length - 1];
    const filled = new Map(last.segments.map(({ begin, filling }) => [begin, new Set(filling)]));
    const { view: next } = planView(last, { ...servers, filled }, replicas);
    if (next === undefined) return views;
    views.push(next);
  }
  throw new Error("the views do not settle");
}

const change = fc.oneof(
  fc.record({
    kind: fc.constantFrom("lost" as const, "restarted" as const, "joined" as const),
    server: fc.nat(7),
  }),
  fc.record({ kind: fc.constant("leaving" as const), server: fc.nat(7) }),
);

test("[G7 O1 O4] whoever is lost, comes or leaves: views settle, with one master and k replicas each, moved by steps", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 5 }),
      fc.nat(3),
      fc.array(change, { maxLength: 6 }),
      (count, k, changes) => {
        const replicas = Math.min(k, count - 1);
        const live = new Map(Array.from({ length: count }, (_, i) => [i, 1]));
        const leaving: number[] = [];
        let view = settled(firstView(count, replicas), living(live), replicas).at(-1) as View;
        for (const { kind, server } of changes) {
          const staying = [...live.keys()].filter((number) => !leaving.includes(number));
          if (kind === "joined") live.set(server, live.get(server) ?? 9);
          else if (staying.length > 1 && live.has(server)) {
            if (kind === "leaving") leaving.push(server);
            else if (replicas > 0 && kind === "restarted") live.set(server, (live.get(server) ?? 0) + 1);
            else if (replicas > 0) live.delete(server);
          }
          const servers = living(live, leaving);
          const views = settled(view, servers, replicas);
          views.forEach((next, i) => i > 0 && expectStep(views[i - 1], next, servers));
          view = views[views.length - 1];
          expectWhole(view, servers, replicas);
          expect(planView(view, servers, replicas)).toEqual({ view: undefined, lost: [] });
        }
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

/** Nobody becomes a full holder that was not filled before, and no segment loses its last full holder. */
function expectStep(before: View, after: View, { live }: Servers): void {
  expect(after.number).toBe(before.number + 1);
  after.segments.forEach(({ begin, holders, filling, since }, i) => {
    const was = before.segments[i];
    expect(begin).toBe(was.begin);
    expect(holders.length).toBeGreaterThan(0);
    for (const holder of holders) expect([...was.holders, ...was.filling]).toContain(holder);
    expect(new Set([...holders, ...filling]).size).toBe(holders.length + filling.length);
    const alive = (server: NodeId): boolean => live.get(server) === before.incarnations[server];
    expect(holders.some(alive)).toBe(true);
    const isSame = holders[0] === was.holders[0] && alive(holders[0]);
    expect(since).toBe(isSame ? was.since : after.number);
  });
}

function expectWhole(view: View, { live, leaving }: Servers, replicas: number): void {
  const staying = [...live.keys()].filter((server) => !leaving.has(server));
  const masters = new Map<NodeId, number>(staying.map((server) => [server, 0]));
  for (const { holders, filling } of view.segments) {
    expect(filling).toEqual([]);
    expect(holders).toHaveLength(Math.min(replicas, staying.length - 1) + 1);
    for (const holder of holders) expect(staying).toContain(holder);
    masters.set(holders[0], (masters.get(holders[0]) ?? 0) + 1);
  }
  const least = Math.floor(view.segments.length / staying.length);
  expect(Math.min(...masters.values())).toBeGreaterThanOrEqual(least);
}

describe("a server that joins", () => {
  test("takes as many segments as it must, and no other moves", () => {
    const view = firstView(4, 1);
    const servers = living(new Map([0, 1, 2, 3, 4].map((number) => [number, 1])));
    const after = settled(view, servers, 1).at(-1) as View;
    const moved = after.segments.filter(({ holders }, i) => holders[0] !== view.segments[i].holders[0]);
    expect(moved).toHaveLength(Math.floor(view.segments.length / 5));
    for (const { holders } of moved) expect(holders[0]).toBe("server-4");
  });
});

test("a server that is restarted while it is being filled is filled anew: the next view names its new life", () => {
  const view = firstView(2, 1);
  const alone = planView(view, living(new Map([[0, 1]])), 1).view as View;
  const back = planView(
    alone,
    living(
      new Map([
        [0, 1],
        [1, 2],
      ]),
    ),
    1,
  ).view as View;
  expect(back.segments.every(({ filling }) => filling.join() === "server-1")).toBe(true);
  const again = planView(
    back,
    living(
      new Map([
        [0, 1],
        [1, 3],
      ]),
    ),
    1,
  ).view as View;
  expect(again).toEqual({ ...back, number: back.number + 1, incarnations: { "server-0": 1, "server-1": 3 } });
});

test("[G2] a segment whose full holders are all gone keeps them, and is told", () => {
  const view = firstView(3, 1);
  const { view: next, lost } = planView(view, living(new Map([[0, 1]])), 1);
  expect(lost.length).toBeGreaterThan(0);
  for (const segment of lost) {
    expect(segment.holders).not.toContain("server-0");
    expect(next?.segments.find(({ begin }) => begin === segment.begin)).toEqual(segment);
  }
});
