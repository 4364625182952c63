import { afterEach, expect, test, vi } from "vitest";
import { Evictions } from "../../src/cli/evictions.ts";
import { nodeId } from "../../src/core/index.ts";

afterEach(() => void vi.useRealTimers());

test("a node that is evicted again and again ends, and says so", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const evictions = new Evictions(nodeId("server-0"), 2);
  expect([evictions.mayJoinAgain("a"), evictions.mayJoinAgain("b")]).toEqual([true, true]);
  vi.advanceTimersByTime(61_000);
  expect(evictions.mayJoinAgain("c")).toBe(true);
  vi.advanceTimersByTime(59_000);
  expect([evictions.mayJoinAgain("d"), evictions.mayJoinAgain("silent for 600 ms")]).toEqual([true, false]);
  expect(evictions.text).toBe(
    "evicted more than 2 times within 60 s (rejoinMax), at last because silent for 600 ms: " +
      "it may be too slow for the cluster's suspectAfterMs",
  );
});

test("with rejoinMax 0 it ends the first time", () => {
  const evictions = new Evictions(nodeId("server-0"), 0);
  expect(evictions.mayJoinAgain("silent")).toBe(false);
  expect(evictions.text).toBe("evicted: silent (rejoinMax 0)");
});

test("each life has a recording of its own", () => {
  const evictions = new Evictions(nodeId("server-0"), 9);
  expect(evictions.lifePath("a.b/server-0.rec")).toBe("a.b/server-0.rec");
  evictions.mayJoinAgain("silent");
  expect([evictions.lifePath("a.b/server-0.rec"), evictions.lifePath("a.b/server-0")]).toEqual([
    "a.b/server-0.2.rec",
    "a.b/server-0.2",
  ]);
  expect(evictions.lifePath(undefined)).toBeUndefined();
});
