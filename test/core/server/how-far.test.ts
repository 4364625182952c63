import { expect, test } from "vitest";
import { type Message, type NodeId, recordKeys, taskTime } from "../../../src/core/index.ts";
import { OneServer, viewOf } from "./one-server.ts";

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

test("one that asks again and again about a view that is not known yet is kept once, and answered once", () => {
  const one = new OneServer();
  const ask = (from: string, floor: number): void => {
    const frontier = { floor: taskTime(floor), above: [] };
    one.server.received(from as NodeId, { type: "frontier", term: 2, view: 2, frontier });
  };
  for (let floor = 0; floor < 5; floor++) ask("scheduler-1", floor);
  ask("scheduler-2", 1);
  const floors = one.server
    .kept()
    .map(({ message }) => message.type === "frontier" && message.frontier.floor);
  expect(floors).toEqual([4, 1]);
  one.shell.view = { ...viewOf(0), number: 2 };
  one.server.recordChanged(recordKeys.view);
  const answered = one.shell.sent.filter(({ message }) => message.type === "frontier");
  expect(answered.map(({ to }) => to)).toEqual(["scheduler-1", "scheduler-2"]);
  expect(one.server.kept()).toEqual([]);
});
