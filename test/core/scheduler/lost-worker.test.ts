import { describe, expect, test } from "vitest";
import { slot, taskTime } from "../../../src/core/index.ts";
import { share } from "../../support/jobs.ts";
import { finished, SchedulerBench } from "./bench.ts";

const timesOf = (tasks: readonly { readonly time: number }[]): readonly number[] =>
  tasks.map(({ time }) => time);

function running(setup: ConstructorParameters<typeof SchedulerBench>[0] = {}): SchedulerBench {
  const bench = new SchedulerBench(setup);
  bench.ready();
  return bench;
}

describe("a worker is lost", () => {
  test("one without slots takes its place at once, under a new epoch that the registry knows", () => {
    const bench = running({ workers: ["worker-0", "worker-1", "worker-2"] });
    bench.lose("worker-1");
    expect(bench.holders()).toEqual(["worker-0#1 under 1", "worker-2#1 under 2"]);
    expect(bench.shell.factsOf("slot-assigned").at(-1)).toMatchObject({
      slot: 1,
      worker: "worker-2",
      epoch: 2,
    });
    expect(bench.why()).toContain("job trial: the shares of slot 1 (worker-2)");
  });

  test("the new holder is issued what the slot has not finished, once it has the share, and nothing twice", () => {
    const bench = running({ workers: ["worker-0", "worker-1", "worker-2"] });
    bench.finish(0);
    bench.finish(1, [1]);
    bench.lose("worker-1");
    expect(bench.issuedTo("worker-2")).toEqual([]);
    bench.ready([1]);
    bench.ready([1]);
    expect(timesOf(bench.issuedTo("worker-2"))).toEqual([2, 3]);
    expect(bench.shell.sentOf("issue").at(-1)?.message.frontier).toEqual({ floor: 1, above: [] });
    expect(bench.issuedTo("worker-2")).toEqual(bench.issuedTo("worker-0").slice(2));
    bench.finish(1, [0]);
    bench.finish(2);
    bench.finish(3);
    expect(timesOf(bench.issuedTo("worker-2"))).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test("tasks that have not gone out yet go to the new holder when they do", () => {
    const bench = running({ workers: ["worker-0", "worker-1", "worker-2"], options: { tasksAheadMax: 2 } });
    bench.lose("worker-1");
    bench.ready([1]);
    expect(timesOf(bench.issuedTo("worker-2"))).toEqual([0, 1]);
    bench.finish(0);
    expect(timesOf(bench.issuedTo("worker-2"))).toEqual([0, 1, 2]);
  });

  test("nothing that its earlier holder says of the slot counts any more", () => {
    const bench = running({ workers: ["worker-0", "worker-1", "worker-2"] });
    bench.lose("worker-1");
    bench.receive("worker-1", finished(1, 1, 0));
    bench.receive("worker-2", finished(1, 1, 0));
    bench.finish(0, [0]);
    expect(bench.shell.factsOf("frontier-rose")).toEqual([]);
    bench.finish(0, [1]);
    expect(bench.shell.factsOf("frontier-rose")).toMatchObject([{ floor: 1 }]);
  });

  test("without a spare a newcomer is waited for, such as the same worker in its next life", () => {
    const bench = running();
    bench.lose("worker-1");
    expect(bench.holders()[1]).toBe("worker-1#1 under 1");
    expect(bench.why()).toContain(
      "slot 1: a worker in place of worker-1#1, which is gone, or for 500 ms to pass",
    );
    bench.join("worker-1", 2);
    expect(bench.holders()[1]).toBe("worker-1#2 under 2");
    expect(bench.why().some((line) => line.startsWith("slot 1"))).toBe(false);
  });

  test("a restart that nobody noticed before is a loss too", () => {
    const bench = running();
    bench.join("worker-1", 2);
    expect(bench.holders()).toEqual(["worker-0#1 under 1", "worker-1#2 under 2"]);
  });

  test("if none comes within replaceAfterMs, the worker with the fewest slots takes it", () => {
    const bench = running();
    bench.lose("worker-1");
    bench.shell.advance(499_999);
    bench.settle();
    expect(bench.holders()[1]).toBe("worker-1#1 under 1");
    bench.shell.advance(500_000);
    bench.settle();
    expect(bench.holders()).toEqual(["worker-0#1 under 1", "worker-0#1 under 2"]);
  });

  test("where every worker is lost, the slots wait for one as long as it takes", () => {
    const bench = running();
    bench.lose("worker-0");
    bench.lose("worker-1");
    bench.shell.advance(10_000_000);
    expect(bench.why()).toContain("slot 0: a worker in place of worker-0#1, which is gone");
    bench.join("worker-7");
    expect(bench.holders()).toEqual(["worker-7#1 under 2", "worker-7#1 under 2"]);
  });

  test("policy redistribute waits for nobody, and gives to those with the fewest slots", () => {
    const bench = running({ job: { policy: { lost: "redistribute" } } });
    bench.lose("worker-0");
    expect(bench.holders()).toEqual(["worker-1#1 under 2", "worker-1#1 under 1"]);
  });

  test("before its share is loaded: the next holder is waited for, and the job begins with it", () => {
    const bench = new SchedulerBench({ workers: ["worker-0", "worker-1", "worker-2"] });
    bench.ready([0]);
    bench.lose("worker-1");
    bench.receive("worker-1", {
      type: "slot-ready",
      slot: slot(1),
      epoch: 1,
      floor: taskTime(0),
      summary: share,
    });
    expect(bench.shell.sentOf("issue")).toEqual([]);
    bench.ready([1]);
    expect(timesOf(bench.issuedTo("worker-2"))).toEqual([0, 1, 2, 3]);
  });

  test("its counters are not waited for", () => {
    let isCounted = false;
    const bench = new SchedulerBench({
      schedule: function* () {
        yield { type: "statistics" };
        isCounted = true;
        throw new Error("enough");
      },
    });
    bench.ready();
    for (const node of ["worker-0", "scheduler-0"]) {
      const counters = { node, sentBytes: 1, unfilteredBytes: 1, savedBytes: [], sentFrames: 1 };
      const statistics = { ...counters, resentFrames: 0, slots: [], tasksFinished: 0 };
      bench.receive(node, { type: "reported", id: 1, statistics });
    }
    expect(isCounted).toBe(false);
    bench.lose("worker-1");
    expect(isCounted).toBe(true);
  });
});
