/** [G8] What a master said of a view is taken when the manager knows that view, and once. */
import { expect, test } from "vitest";
import { nodeId } from "../../../src/core/index.ts";
import { EarlyFilled, type Filled } from "../../../src/core/manager/early-filled.ts";

const master = nodeId("server-0");

function filled(view: number, peer: string, segment: number = 0): Filled {
  return { type: "filled", segment, view, peer: nodeId(peer) };
}

function peers(early: EarlyFilled, view: number): readonly string[] {
  return early.take(view).map(([, { peer }]) => peer);
}

test("it waits for its view, comes once, and a repeat counts as one", () => {
  const early = new EarlyFilled();
  early.keep(master, filled(3, "server-1"));
  early.keep(master, filled(3, "server-1"));
  early.keep(master, filled(3, "server-2"));
  expect(peers(early, 2)).toEqual([]);
  expect(peers(early, 3)).toEqual(["server-1", "server-2"]);
  expect(peers(early, 3)).toEqual([]);
});

test("of an older view than the newest that was heard of nothing is kept, nor of one that was passed", () => {
  const early = new EarlyFilled();
  early.keep(master, filled(3, "server-1"));
  early.keep(master, filled(4, "server-2"));
  early.keep(master, filled(3, "server-3"));
  expect(peers(early, 4)).toEqual(["server-2"]);
  early.keep(master, filled(5, "server-1"));
  expect(peers(early, 6)).toEqual([]);
  expect(peers(early, 5)).toEqual([]);
});

test("a view that more was said of than can be true takes nothing from the next one", () => {
  const early = new EarlyFilled(2);
  for (const peer of ["server-1", "server-2", "server-3"]) early.keep(master, filled(3, peer));
  early.keep(master, filled(4, "server-4"));
  expect(peers(early, 4)).toEqual(["server-4"]);
  for (const peer of ["server-1", "server-2", "server-3"]) early.keep(master, filled(5, peer));
  expect(peers(early, 5)).toEqual(["server-1", "server-2"]);
});
