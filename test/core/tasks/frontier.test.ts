import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Slot, slot, type TaskTime, taskTime } from "../../../src/core/ids.ts";
import { dependencyFor } from "../../../src/core/tasks/dependency.ts";
import { FinishedFrontier } from "../../../src/core/tasks/frontier.ts";
import type { Dependency } from "../../../src/core/tasks/task.ts";
import { UnfinishedSlots } from "../../../src/core/tasks/unfinished-slots.ts";

const run = { seed: 3, numRuns: 300 };
const times = fc.array(fc.nat(12).map(taskTime), { maxLength: 30 });
const dependency = fc.record({
  below: fc.nat(10).map(taskTime),
  tasks: fc.uniqueArray(fc.nat(12).map(taskTime), { maxLength: 4 }),
});

/** The obvious version: one set of times, asked one by one. */
function allFinished(finished: ReadonlySet<number>, { below, tasks }: Dependency): boolean {
  for (let time = 0; time < below; time++) if (!finished.has(time)) return false;
  return tasks.every((time) => finished.has(time));
}

describe("FinishedFrontier", () => {
  test("[OSDI'14 3.2] a task can start exactly when its dependencies have finished, in whatever order they did", () => {
    fc.assert(
      fc.property(times, dependency, (order, after) => {
        const frontier = new FinishedFrontier();
        const finished = new Set<number>();
        for (const time of order) {
          expect(frontier.finish(time)).toBe(!finished.has(time));
          finished.add(time);
          expect(frontier.canStart(after)).toBe(allFinished(finished, after));
          for (let t = 0; t < 15; t++) expect(frontier.isFinished(taskTime(t))).toBe(finished.has(t));
        }
      }),
      run,
    );
  });

  test("what it absorbs from another adds up to the union of both, and the floor never goes back", () => {
    fc.assert(
      fc.property(times, times, (mine, others) => {
        const frontier = new FinishedFrontier();
        const other = new FinishedFrontier();
        for (const time of mine) frontier.finish(time);
        for (const time of others) other.finish(time);
        const floor = frontier.floor;
        const isNews = frontier.absorb(other.toFrontier());
        const union = new FinishedFrontier();
        for (const time of [...mine, ...others]) union.finish(time);
        expect(frontier.toFrontier()).toEqual(union.toFrontier());
        expect(frontier.floor).toBeGreaterThanOrEqual(floor);
        expect(isNews).toBe(others.some((time) => !mine.includes(time)));
        expect(frontier.absorb(other.toFrontier())).toBe(false);
      }),
      run,
    );
  });

  test("it names the lowest time that a dependency waits for, and none exactly when it can start", () => {
    fc.assert(
      fc.property(times, dependency, (order, after) => {
        const frontier = new FinishedFrontier();
        for (const time of order) frontier.finish(time);
        const missing = [...Array(after.below).keys(), ...after.tasks].filter(
          (time) => !order.includes(time as TaskTime),
        );
        expect(frontier.blocking(after)).toBe(missing.length === 0 ? undefined : Math.min(...missing));
        expect(frontier.canStart(after)).toBe(missing.length === 0);
      }),
      run,
    );
  });
});

describe("UnfinishedSlots", () => {
  test("a task is over with its last slot; repeats and strangers change nothing", () => {
    const unfinished = new UnfinishedSlots();
    const [a, b, stranger] = [slot(0), slot(2), slot(5)];
    unfinished.issue(taskTime(4), [a, b]);
    expect(unfinished.finish(taskTime(4), stranger)).toBe(false);
    expect(unfinished.finish(taskTime(4), b)).toBe(false);
    expect(unfinished.finish(taskTime(4), b)).toBe(false);
    expect(unfinished.of(taskTime(4))).toEqual([a]);
    expect(unfinished.finish(taskTime(4), a)).toBe(true);
    expect(unfinished.finish(taskTime(4), a)).toBe(false);
    expect(unfinished.of(taskTime(4))).toEqual([]);
  });

  test("tasks below the floor are forgotten, those above are not", () => {
    const unfinished = new UnfinishedSlots();
    for (const time of [0, 1, 2, 3]) unfinished.issue(taskTime(time), [slot(0)]);
    unfinished.forgetBelow(taskTime(2));
    expect([0, 1, 2, 3].map((time) => unfinished.has(taskTime(time), slot(0)))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});

describe("dependencyFor", () => {
  const at = taskTime(10);
  test.each([
    ["sequential: after every task before", "tau", 0, { below: 10, tasks: [] }],
    ["bounded delay: after every task below t - tau", "tau", 4, { below: 6, tasks: [] }],
    ["bounded delay at the beginning: after none", "tau", 40, { below: 0, tasks: [] }],
    ["eventual: after none", "tau", null, { below: 0, tasks: [] }],
    ["eventual by its other name", "tau", Infinity, { below: 0, tasks: [] }],
    ["an evaluation: after every task issued before, whatever tau is", "all", 4, { below: 10, tasks: [] }],
    [
      "a graph: after the tasks named, each once, ascending",
      { tasks: [7, 2, 7] },
      0,
      { below: 0, tasks: [2, 7] },
    ],
  ] as const)("%s", (_why, after, tau, expected) => {
    const asked = typeof after === "string" ? after : { tasks: after.tasks.map(taskTime) };
    expect(dependencyFor(at, asked, tau)).toEqual(expected);
  });

  test("a task cannot come after itself or a later one", () => {
    expect(() => dependencyFor(at, { tasks: [at] }, 0)).toThrow("task 10 can only come after");
  });

  test("a tau that is no count is refused by name", () => {
    expect(() => dependencyFor(at, "tau", 1.5)).toThrow("tau 1.5");
    expect(() => dependencyFor(at, "tau", -1)).toThrow("tau -1");
  });

  test("[G4] with any tau that changes on the way, no task starts before the floor is at least t - tau, and all can finish", () => {
    const step = fc.record({ tau: fc.oneof(fc.nat(5), fc.constant(null)), pick: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const frontier = new FinishedFrontier();
        const waiting = steps.map(({ tau }, i) => ({
          time: taskTime(i),
          tau,
          after: dependencyFor(taskTime(i), "tau", tau),
        }));
        const under: typeof waiting = [];
        for (let turn = 0; frontier.floor < steps.length; turn++) {
          for (const task of waiting.filter(({ after }) => frontier.canStart(after))) {
            if (task.tau !== null) expect(frontier.floor).toBeGreaterThanOrEqual(task.time - task.tau);
            waiting.splice(waiting.indexOf(task), 1);
            under.push(task);
          }
          expect(under.length, "some task is under way or can start").toBeGreaterThan(0);
          const [done] = under.splice(steps[turn % steps.length].pick % under.length, 1);
          frontier.finish(done.time);
        }
      }),
      run,
    );
  });
});

test("slots are counted one by one: the frontier rises with the slowest", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 9 }), (order) => {
      const slots: readonly Slot[] = [slot(0), slot(1), slot(2)];
      const unfinished = new UnfinishedSlots();
      const frontier = new FinishedFrontier();
      for (const time of [0, 1, 2]) unfinished.issue(taskTime(time), slots);
      const left = [3, 3, 3];
      for (const pick of order) {
        const time = Math.floor(pick / 3);
        left[time] -= 1;
        if (unfinished.finish(taskTime(time), slots[pick % 3])) frontier.finish(taskTime(time));
        const lowest = left.findIndex((count) => count > 0);
        expect(frontier.floor).toBe(lowest < 0 ? 3 : lowest);
      }
    }),
    run,
  );
});
