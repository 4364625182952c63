import { expect, test } from "vitest";
import type { TaskTime } from "../../../src/core/index.ts";
import { Fences } from "../../../src/core/server/fences.ts";
import { OneServer } from "./one-server.ts";

const one = new OneServer();
const request = (time: number, recordHash: string, epoch: number = 1, slot: number = 0) =>
  one.pushOf({ slot, time }, { recordHash, epoch });

test("a second record for a task's time is refused, by whichever slot it comes", () => {
  const fences = new Fences(10);
  expect(fences.check(request(3, "a"))).toBeUndefined();
  expect(fences.check(request(3, "a", 1, 1))).toBeUndefined();
  expect(fences.check(request(3, "b", 1, 1))).toEqual({
    reason: "conflict",
    detail: "task 3 was made from record a; this came from record b",
  });
  expect(fences.check(request(4, "b", 1, 1))).toBeUndefined();
});

test("an older epoch is refused once a newer was seen, for its slot alone", () => {
  const fences = new Fences(10);
  expect(fences.check(request(3, "a", 2))).toBeUndefined();
  expect(fences.check(request(3, "a", 1))).toMatchObject({ reason: "replaced" });
  expect(fences.check(request(3, "a", 1, 1))).toBeUndefined();
});

test("records are remembered above the floor, up to a number of open tasks", () => {
  const fences = new Fences(2);
  fences.check(request(0, "a"));
  fences.check(request(1, "a"));
  expect(fences.check(request(2, "a"))).toMatchObject({ reason: "full" });
  expect(fences.raise(1 as TaskTime)).toBe(true);
  expect(fences.raise(1 as TaskTime)).toBe(false);
  expect(fences.check(request(2, "a"))).toBeUndefined();
  expect(fences.check(request(0, "other"))).toBeUndefined();
});
