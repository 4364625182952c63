import { expect, test } from "vitest";
import { linger, readOrMayBe } from "../../../src/net/cluster/linger.ts";
import { until } from "../support/clock.ts";

/** Starts to linger, for at most 50 ms without serving anybody. */
function begin() {
  const state = { isNeeded: true, isServing: false, isStopRequested: false, isOver: false };
  const reasons = {
    isNeeded: () => state.isNeeded,
    isServing: () => state.isServing,
    isStopRequested: () => state.isStopRequested,
  };
  void linger(reasons, 50).then(() => {
    state.isOver = true;
  });
  return state;
}

test("a process leaves at once when nobody needs it, and after its limit when nobody comes", async () => {
  const state = begin();
  await until(() => state.isOver, "the limit is over");
  const other = begin();
  other.isNeeded = false;
  await until(() => other.isOver, "it is not needed");
});

test("while somebody fetches what it has no time passes", async () => {
  const state = begin();
  state.isServing = true;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(state.isOver).toBe(false);
  state.isServing = false;
  await until(() => state.isOver, "it is over after that");
});

test("a process that is told to leave serves nobody any more", async () => {
  const state = begin();
  state.isServing = true;
  state.isStopRequested = true;
  await until(() => state.isOver, "it leaves");
});

test("somebody may be on the way for a while, unless somebody was here", async () => {
  let isReadNow = false;
  const [never, later] = [readOrMayBe(() => false, 1_000), readOrMayBe(() => isReadNow, 60_000)];
  expect([never(), later()]).toEqual([true, true]);
  await until(() => !never(), "nobody came");
  isReadNow = true;
  expect(later()).toBe(true);
  isReadNow = false;
  expect(later()).toBe(false);
  expect(readOrMayBe(() => false, 0)()).toBe(false);
});
