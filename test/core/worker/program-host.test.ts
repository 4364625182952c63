import { describe, expect, test } from "vitest";
import type { SlotProgram } from "../../../src/core/application.ts";
import { slot, taskTime } from "../../../src/core/ids.ts";
import { emptyKeys } from "../../../src/core/keys/key-list.ts";
import type { TaskSpec } from "../../../src/core/tasks/task.ts";
import { ProgramHost } from "../../../src/core/worker/program-host.ts";
import type { Program } from "../../../src/core/worker/program.ts";

const task = (time: number, name = "update"): TaskSpec => ({
  time: taskTime(time),
  name,
  argument: [],
  slots: [slot(0)],
  writes: [],
  after: { below: taskTime(0), tasks: [] },
  recordHash: "",
});

/** Pushes nothing, then returns its time; its work is counted in tens. */
function counting(): SlotProgram {
  let work = 0;
  return {
    *run({ time, name }): Program {
      work += 10;
      if (name === "broken") throw new Error("labels are -1 or 1, not 7");
      const reply = yield {
        type: "push",
        parameter: 0,
        keys: emptyKeys,
        values: new Float64Array(0),
        active: undefined,
      };
      work += 1;
      return {
        numbers: Float64Array.of(time, reply.type === "pushed" ? reply.op : -1),
        keys: new Uint32Array(0),
      };
    },
    takeWork() {
      const taken = work;
      work = 0;
      return taken;
    },
    digest: () => work,
  };
}

const pushed = (op: number) => ({ type: "reply", reply: { type: "pushed", op } }) as const;

describe("ProgramHost", () => {
  test("programs of one slot interleave, each resumed with its own reply, and work is counted by step", () => {
    const host = new ProgramHost();
    host.addSlot(slot(0), counting());
    for (const time of [4, 5]) {
      const step = host.resume(slot(0), taskTime(time), { type: "begin", task: task(time) });
      expect(step).toMatchObject({ type: "requested", request: { type: "push" }, work: 10 });
    }
    for (const time of [5, 4]) {
      const step = host.resume(slot(0), taskTime(time), pushed(time * 2));
      expect(step).toMatchObject({ type: "returned", work: 1 });
      expect(step.type === "returned" && [...step.result.numbers]).toEqual([time, time * 2]);
    }
  });

  test("an error of a program is its answer, and other programs go on", () => {
    const host = new ProgramHost();
    host.addSlot(slot(0), counting());
    host.resume(slot(0), taskTime(1), { type: "begin", task: task(1) });
    const failed = host.resume(slot(0), taskTime(2), { type: "begin", task: task(2, "broken") });
    expect(failed).toEqual({ type: "failed", reason: "labels are -1 or 1, not 7" });
    expect(host.resume(slot(0), taskTime(1), pushed(0)).type).toBe("returned");
  });

  test("a slot or a task that is not here is answered by name", () => {
    const host = new ProgramHost();
    expect(host.resume(slot(3), taskTime(1), pushed(0))).toMatchObject({
      reason: "slot 3 holds no program here",
    });
    host.addSlot(slot(3), counting());
    expect(host.resume(slot(3), taskTime(1), pushed(0))).toMatchObject({
      reason: "task 1 was not begun here",
    });
    host.removeSlot(slot(3));
    expect(host.resume(slot(3), taskTime(1), pushed(0)).type).toBe("failed");
  });

  test("digests tell states apart, whatever the order in which slots came", () => {
    const one = new ProgramHost();
    const two = new ProgramHost();
    for (const number of [0, 1]) one.addSlot(slot(number), counting());
    for (const number of [1, 0]) two.addSlot(slot(number), counting());
    expect(one.digest()).toBe(two.digest());
    two.removeSlot(slot(1));
    expect(one.digest()).not.toBe(two.digest());
  });
});
