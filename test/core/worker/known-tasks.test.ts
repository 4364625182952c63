/** What a worker tells servers of finished tasks is what the scheduler that leads will know as well (docs/protocol.md 8). */
import { expect, test } from "vitest";
import { taskTime } from "../../../src/core/index.ts";
import { KnownTasks } from "../../../src/core/worker/known-tasks.ts";

const frontier = (floor: number, ...above: number[]): Parameters<KnownTasks["absorb"]>[0] => ({
  floor: taskTime(floor),
  above: above.map(taskTime),
});

test("what a scheduler said of tasks above the floor is not told to servers under the next one, which may have them done again", () => {
  const tasks = new KnownTasks();
  tasks.absorb(frontier(5, 7), 1);
  expect(tasks.spread.toFrontier()).toEqual(frontier(5, 7));
  tasks.absorb(frontier(7), 2);
  expect(tasks.spread.floor).toBe(7);
  // It is known here all the same.
  expect(tasks.frontier.floor).toBe(8);
  tasks.absorb(frontier(7, 8), 2);
  tasks.absorb(frontier(8), 2);
  expect(tasks.spread.floor).toBe(9);
});
