/** A slot outlives the worker that holds it, and what a worker has done outlives the scheduler that it told. */
import { describe, expect, test } from "vitest";
import { type NodeId, type ProgramReply, slot, taskTime, type TaskTime } from "../../../src/core/index.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { asking, task, WorkerBench } from "../../support/worker-bench.ts";

/** A program that returns the task's time. */
const telling = {
  *run({ time }: { time: TaskTime }) {
    return { numbers: Float64Array.of(time), keys: new Uint32Array(0) };
  },
};

function assign(bench: WorkerBench, ...holders: readonly (readonly [string, number, number])[]): void {
  const slots = holders.map(([worker, incarnation, epoch], number) => ({
    slot: number,
    worker,
    incarnation,
    epoch,
  }));
  bench.shell.records.put("slots", { slots });
  bench.shell.settle();
}

function told(bench: WorkerBench, type: "slot-ready" | "finished"): readonly string[] {
  return bench.shell.sent.flatMap(({ to, message }) => {
    if (message.type !== type) return [];
    const at = message.type === "finished" ? message.time : message.floor;
    return [`${at} at slot ${message.slot} under ${message.epoch} to ${to}`];
  });
}

/** The first word of a scheduler that took over. */
function takeOver(bench: WorkerBench, scheduler: string, term: number, floor: number = 0): void {
  const frontier = { floor: taskTime(floor), above: [] };
  bench.worker.received(scheduler as NodeId, { type: "frontier", view: 0, term, frontier });
}

describe("who holds a slot", () => {
  test("a worker in its next life does not: it is given slots anew", () => {
    const bench = new WorkerBench({ incarnation: 2 });
    expect(bench.shell.effectsOf("load-share")).toEqual([]);
    assign(bench, ["worker-0", 2, 2], ["worker-1", 1, 1]);
    bench.load(0);
    expect(told(bench, "slot-ready")).toEqual(["0 at slot 0 under 2 to scheduler-0"]);
  });

  test("a newcomer does what the slot has not finished, from the first of it on", () => {
    const bench = new WorkerBench({ ...telling, slots: [] });
    bench.frontier(3);
    assign(bench, ["worker-0", 1, 2], ["worker-1", 1, 1]);
    bench.load(0);
    expect(told(bench, "slot-ready")).toEqual(["3 at slot 0 under 2 to scheduler-0"]);
    bench.issue([task(3), task(4)], 3);
    bench.compute();
    expect(bench.started()).toEqual(["3@0"]);
    bench.frontier(4);
    bench.compute();
    expect(told(bench, "finished")).toEqual([3, 4].map((time) => `${time} at slot 0 under 2 to scheduler-0`));
  });

  test("an answer that its predecessor waited for is not taken for one to its own pull", () => {
    const keys = keyListFromNumbers([10, 20]);
    const replies: (ProgramReply | undefined)[] = [];
    const run = asking({ type: "pull", parameter: 0, keys, afterOp: undefined }, replies);
    const bench = new WorkerBench({ run, slots: [] });
    assign(bench, ["worker-0", 1, 2], ["worker-1", 1, 1]);
    bench.load(0);
    bench.issue([task(0)]);
    bench.compute();
    const [{ to, message }] = bench.shell.sentOf("pull");
    bench.pulled(to, { ...message.part, op: 0 }, [1]);
    expect(bench.shell.failures).toEqual([]);
    bench.pulled(to, message.part, [1, 2]);
    bench.compute();
    expect(replies).toMatchObject([{ values: Float64Array.of(1, 2) }]);
  });

  test("a task that is finished everywhere is done again at a slot that never told what it returned", () => {
    const bench = new WorkerBench({ ...telling, slots: [0] });
    bench.load(0);
    bench.issue([task(0)]);
    bench.compute();
    bench.frontier(1);
    assign(bench, ["worker-0", 1, 1], ["worker-0", 1, 2]);
    bench.load(1);
    bench.issue([task(0)], 1, 2);
    bench.compute();
    expect(told(bench, "finished")).toEqual([
      "0 at slot 0 under 1 to scheduler-0",
      "0 at slot 0 under 1 to scheduler-0",
      "0 at slot 1 under 2 to scheduler-0",
    ]);
  });
});

describe("another scheduler takes over", () => {
  test("its first word is answered with the slots that are loaded; one that loads is told to it later", () => {
    const bench = new WorkerBench({});
    bench.load(0);
    bench.issue([], 2);
    takeOver(bench, "scheduler-1", 2);
    takeOver(bench, "scheduler-1", 2);
    bench.load(1);
    expect(told(bench, "slot-ready")).toEqual([
      "0 at slot 0 under 1 to scheduler-0",
      "2 at slot 0 under 1 to scheduler-1",
      "2 at slot 1 under 1 to scheduler-1",
    ]);
  });

  test("the scheduler that was there first is told once", () => {
    const bench = new WorkerBench({});
    bench.load(0, 1);
    bench.issue([task(0)]);
    bench.frontier(1);
    expect(told(bench, "slot-ready")).toHaveLength(2);
  });

  test("a task of the pass that it issues again is answered with what was returned, however far the frontier is", () => {
    const bench = new WorkerBench({ ...telling });
    bench.load(0, 1);
    bench.issue([task(0), task(1)]);
    bench.compute();
    bench.frontier(2);
    takeOver(bench, "scheduler-1", 2);
    const before = bench.started().length;
    bench.worker.received("scheduler-1" as NodeId, {
      type: "issue",
      view: 0,
      term: 2,
      tasks: [task(0), task(1)],
      frontier: { floor: taskTime(0), above: [] },
    });
    bench.compute();
    expect(bench.started()).toHaveLength(before);
    const again = bench.shell.sentOf("finished").filter(({ to }) => to === "scheduler-1");
    expect(again.map(({ message: { time, slot: at, result } }) => [time, at, result.numbers[0]])).toEqual([
      [0, slot(0), 0],
      [0, slot(1), 0],
      [1, slot(0), 1],
      [1, slot(1), 1],
    ]);
  });

  test("what tasks of a pass returned is forgotten when the next one begins", () => {
    const bench = new WorkerBench({ ...telling, slots: [0] });
    bench.load(0);
    bench.issue([task(0)]);
    bench.compute();
    bench.issue([task(1, { recordHash: "s" })], 1);
    bench.compute();
    bench.shell.sent.length = 0;
    bench.issue([task(1, { recordHash: "s" })], 1);
    expect(told(bench, "finished")).toEqual(["1 at slot 0 under 1 to scheduler-0"]);
    bench.shell.sent.length = 0;
    bench.issue([task(0)], 1);
    expect(told(bench, "finished")).toEqual([]);
  });

  test("what is done while nobody leads is kept for the next one", () => {
    const bench = new WorkerBench({ ...telling, slots: [0] });
    bench.shell.unlead("scheduler");
    bench.load(0);
    expect(bench.shell.sent).toEqual([]);
    takeOver(bench, "scheduler-1", 2);
    expect(told(bench, "slot-ready")).toEqual(["0 at slot 0 under 1 to scheduler-1"]);
  });
});
