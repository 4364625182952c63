import { expect, test } from "vitest";
import { type Micros, micros, nodeId } from "../../../src/core/ids.ts";
import { ChainTimes, type MasterState } from "../../../src/core/server/chain/waits.ts";

const [master, replica, newcomer] = ["server-0", "server-1", "server-2"].map(nodeId);
const place = { view: 3, line: [master, replica, newcomer], fullCount: 2, at: 0, since: 2 };

function state(changes: Partial<MasterState> = {}): MasterState {
  return {
    node: master,
    name: "segment 00000000 of weights, keys [0, 10)",
    segment: 0,
    place,
    isServing: true,
    acknowledged: new Map([[replica, 5]]),
    heard: new Set([replica]),
    index: 5,
    ...changes,
  };
}

function placed(at: number, now: Micros = micros(at)): ChainTimes {
  const times = new ChainTimes(micros(0));
  times.placed(place, now);
  return times;
}

test("a newcomer is waited for since the first view that wants it, until it has everything", () => {
  const times = placed(100);
  times.placed({ ...place, view: 4 }, micros(200));
  expect(times.waits(state())).toEqual([
    {
      node: master,
      since: 100,
      blocked: "server-2 to hold segment 00000000 of weights, keys [0, 10)",
      waitsFor: "its rows from server-1",
      edge: { kind: "chain", segment: 0, view: 3, holders: [newcomer] },
    },
  ]);
  const filled = new Map([
    [replica, 5],
    [newcomer, 5],
  ]);
  expect(times.waits(state({ acknowledged: filled }))).toEqual([]);
  times.placed({ ...place, line: [master, replica] }, micros(300));
  times.placed(place, micros(400));
  expect(times.waits(state())[0].since).toBe(400);
});

test("a new master waits for those that have not said how far they are, then for what it lacks", () => {
  const times = placed(100);
  const [silent] = times.waits(state({ isServing: false, heard: new Set() }));
  expect(silent).toMatchObject({ since: 100, waitsFor: "server-1 to say how far they are" });
  expect(silent.edge).toMatchObject({ holders: [replica] });
  const [lacking] = times.waits(state({ isServing: false }));
  expect(lacking).toMatchObject({ waitsFor: expect.stringContaining("entries that another holder has") });
});

test("an entry waits for whoever has not stored it, since the last one that all have", () => {
  const times = placed(100);
  times.stored(5, 6, micros(500));
  times.stored(5, 7, micros(600));
  const behind = state({
    index: 7,
    acknowledged: new Map([
      [replica, 5],
      [newcomer, 7],
    ]),
  });
  expect(times.waits(behind)).toMatchObject([
    {
      since: 500,
      blocked: "commit of entry 6 of segment 00000000 of weights, keys [0, 10)",
      waitsFor: "server-1 to store it",
      edge: { holders: [replica] },
    },
  ]);
  times.stored(6, 7, micros(700));
  expect(times.waits(behind)[0].since).toBe(700);
  times.stored(7, 7, micros(800));
  expect(times.waits(behind)).toEqual([]);
});
