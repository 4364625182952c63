import { expect, test } from "vitest";
import { type Message, type NodeId, taskTime } from "../../../src/core/index.ts";
import { OneServer } from "./one-server.ts";

test("a scheduler that took over is told how far the job is, by what requests have said of it", () => {
  const one = new OneServer();
  const asked = (floor: number): Message => {
    const frontier = { floor: taskTime(floor), above: [] };
    one.server.received("scheduler-1" as NodeId, { type: "frontier", term: 2, view: 1, frontier });
    return one.shell.sent.at(-1)?.message as Message;
  };
  expect(asked(3)).toMatchObject({ type: "frontier", term: 2, frontier: { floor: 3 } });
  one.server.received("worker-0" as NodeId, one.pushOf({ slot: 0, time: 5 }, { floor: taskTime(5) }));
  expect(asked(3)).toMatchObject({ type: "frontier", term: 2, frontier: { floor: 5 } });
});
