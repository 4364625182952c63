import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NodeId, slot, taskTime } from "../../../src/core/ids.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import type { ProgramRequest } from "../../../src/core/worker/program.ts";
import { asking, nothing, task, WorkerBench } from "../../support/worker-bench.ts";

const push: ProgramRequest = {
  type: "push",
  parameter: 0,
  keys: keyListFromNumbers([10, 60]),
  values: Float64Array.of(1, 2),
  active: undefined,
};

describe("slots", () => {
  test("each assigned slot loads its share, and the scheduler hears when it is there", () => {
    const bench = new WorkerBench({ slots: [1], job: { slotCount: 3 } });
    expect(bench.shell.effectsOf("load-share")).toEqual([
      { type: "load-share", slot: 1, share: { slot: 1, slotCount: 3, source: { rows: 4 } } },
    ]);
    expect(bench.worker.why(bench.shell.now)).toMatchObject([{ blocked: "slot 1", edge: { kind: "share" } }]);
    bench.load(1);
    expect(bench.shell.sentOf("slot-ready")).toMatchObject([
      { to: "scheduler-0", message: { slot: 1, epoch: 1 } },
    ]);
  });

  test("a share that cannot be loaded ends the job, and is named with the reason", () => {
    const bench = new WorkerBench({});
    bench.worker.handle({ type: "share-failed", slot: slot(1), reason: "line 3: a label is 1 or -1, not 5" });
    expect(bench.shell.failures).toEqual([
      "the share of slot 1 could not be loaded: line 3: a label is 1 or -1, not 5",
    ]);
  });

  test("an application that nobody knows ends the job by name", () => {
    const bench = new WorkerBench({ job: { application: "lindar" } });
    expect(bench.shell.failures[0]).toBe('application "lindar" of job trial is not known here');
  });

  test("a slot that moved away is dropped, with what it had under way", () => {
    const bench = new WorkerBench({ run: asking(push) });
    bench.load(0, 1);
    bench.issue([task(0)]);
    bench.compute();
    const [{ message }] = bench.shell.sentOf("push");
    bench.shell.records.put("slots", {
      slots: [0, 1].map((number) => ({ slot: number, worker: "worker-1", incarnation: 1, epoch: 2 })),
    });
    bench.shell.settle();
    bench.pushed("server-0", message.part);
    expect(bench.worker.why(bench.shell.now)).toEqual([]);
    expect(bench.pending).toEqual([]);
  });
});

describe("when tasks start", () => {
  test("[G4] a task starts when what it depends on has finished at every slot, and not before", () => {
    const bench = new WorkerBench({ slots: [0] });
    bench.load(0);
    bench.issue([task(0), task(1, { after: { below: taskTime(0), tasks: [taskTime(0)] } }), task(2)]);
    bench.compute();
    expect(bench.started()).toEqual(["0@0"]);
    expect(bench.shell.sentOf("finished")).toMatchObject([
      { to: "scheduler-0", message: { time: 0, slot: 0 } },
    ]);
    bench.frontier(1);
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "1@0"]);
    bench.frontier(2);
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "1@0", "2@0"]);
    expect(bench.shell.factsOf("task-started")[2]).toMatchObject({
      frontierFloor: 2,
      after: { below: 2 },
    });
  });

  test("[G6] with tau = 0 a worker with every slot of a task waits until the scheduler knows that it has finished", () => {
    const bench = new WorkerBench({});
    bench.load(0, 1);
    bench.issue([task(0), task(1)]);
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "0@1"]);
    bench.frontier(1);
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "0@1", "1@0", "1@1"]);
  });

  test("where a worker has every slot of a task, it need not be told that it has finished", () => {
    const bench = new WorkerBench({ job: { tau: 4 } });
    bench.load(0, 1);
    bench.issue([task(0), task(1)]);
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "0@1", "1@0", "1@1"]);
  });

  test("nothing starts before the share is loaded", () => {
    const bench = new WorkerBench({});
    bench.issue([task(0)]);
    expect(bench.pending).toEqual([]);
    bench.load(1);
    expect(bench.started()).toEqual(["0@1"]);
  });

  test("tasks of a slot that wait for servers leave room for later ones, up to tasksAtOnceMax", () => {
    const eventual = { after: { below: taskTime(0), tasks: [] } };
    const bench = new WorkerBench({
      run: asking(push),
      slots: [0],
      job: { tau: null },
      options: { tasksAtOnceMax: 2 },
    });
    bench.load(0);
    bench.issue([task(0, eventual), task(1, eventual), task(2, eventual)]);
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "1@0"]);
    for (const { to, message } of bench.shell.sentOf("push").slice(2, 4)) bench.pushed(to, message.part);
    expect(bench.pending).toEqual([{ slot: 0, time: 1 }]);
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "1@0", "2@0"]);
  });

  test("a slot computes one step at a time, the lowest time that can go on first", () => {
    const eventual = { after: { below: taskTime(0), tasks: [] } };
    const bench = new WorkerBench({ run: asking(push), slots: [0], job: { tau: null } });
    bench.load(0);
    bench.issue([task(0, eventual), task(1, eventual)]);
    bench.compute(0, 1);
    for (const { to, message } of bench.shell.sentOf("push")) bench.pushed(to, message.part);
    expect(bench.pending).toEqual([{ slot: 0, time: 1 }]);
    bench.issue([task(2, eventual)]);
    bench.compute(0, 1);
    expect(bench.pending).toEqual([{ slot: 0, time: 0 }]);
  });

  test("of several tasks that can go on, the lowest time does, however late its answer came", () => {
    const eventual = { after: { below: taskTime(0), tasks: [] } };
    const bench = new WorkerBench({ run: asking(push), slots: [0], job: { tau: null } });
    bench.load(0);
    bench.issue([0, 1, 2, 3].map((time) => task(time, eventual)));
    bench.compute(0, 3);
    expect(bench.pending).toEqual([{ slot: 0, time: 3 }]);
    const parts = bench.shell.sentOf("push");
    for (const { to, message } of [...parts].reverse()) bench.pushed(to, message.part);
    bench.compute(0, 3);
    expect(bench.shell.factsOf("task-finished").map(({ time }) => time)).toEqual([0, 1]);
  });

  test("slots of one worker compute side by side", () => {
    const bench = new WorkerBench({});
    bench.load(0, 1);
    bench.issue([task(0)]);
    expect(bench.pending).toEqual([
      { slot: 0, time: 0 },
      { slot: 1, time: 0 },
    ]);
  });

  test("a task that is issued again runs once; from another record it ends the job", () => {
    const bench = new WorkerBench({ slots: [0] });
    bench.load(0);
    for (let i = 0; i < 2; i++) {
      bench.issue([task(0)]);
      bench.compute();
      bench.issue([task(0)]);
    }
    expect(bench.started()).toEqual(["0@0"]);
    bench.issue([task(0, { recordHash: "s" })]);
    expect(bench.shell.failures[0]).toContain("task 0 was issued twice");
  });

  test("[G10] an older scheduler is refused once a newer one was heard of", () => {
    const bench = new WorkerBench({ slots: [0] });
    bench.load(0);
    bench.frontier(0, [], 3);
    bench.issue([task(0)], 0, 2);
    expect(bench.pending).toEqual([]);
    bench.issue([task(0)], 0, 3);
    expect(bench.pending).toHaveLength(1);
    bench.shell.lead("scheduler", "scheduler-1", 5);
    bench.frontier(9, [], 4);
    expect(bench.worker.why(bench.shell.now)).toHaveLength(1);
  });

  test("[G4 R6] what finished in a view that is not known here counts once it is: reads would go to its older masters", () => {
    const bench = new WorkerBench({ slots: [0] });
    bench.load(0);
    bench.issue([task(0), task(1)]);
    const view = bench.shell.view?.number ?? 0;
    const frontier = { floor: taskTime(1), above: [] };
    bench.compute();
    bench.worker.received("scheduler-0" as NodeId, { type: "frontier", term: 1, view: view + 1, frontier });
    bench.compute();
    expect(bench.started()).toEqual(["0@0"]);
    bench.shell.records.put("view", { ...bench.shell.view, number: view + 1 });
    bench.shell.settle();
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "1@0"]);
  });

  test("[G4] under any order of finishes elsewhere and any tau, the floor is at least t - tau at each start", () => {
    const step = fc.record({ isElsewhere: fc.boolean(), pick: fc.nat(50) });
    fc.assert(
      fc.property(fc.nat(4), fc.array(step, { maxLength: 40 }), (tau, steps) => {
        const bench = new WorkerBench({ run: asking(push), slots: [0], job: { tau } });
        bench.load(0);
        const after = (time: number) => ({ below: taskTime(Math.max(0, time - tau)), tasks: [] });
        bench.issue(Array.from({ length: 8 }, (_, time) => task(time, { after: after(time) })));
        const finished = new Set<number>();
        const answered = new Set<number>();
        for (const { isElsewhere, pick } of steps) {
          bench.compute();
          const sent = bench.shell.sentOf("push");
          const open = sent.map((_, i) => i).filter((i) => !answered.has(i));
          if (!isElsewhere && open.length > 0) {
            const i = open[pick % open.length];
            answered.add(i);
            bench.pushed(sent[i].to, sent[i].message.part);
          } else {
            const done = bench.shell.sentOf("finished").map(({ message }) => message.time as number);
            const time = done.find((t) => !finished.has(t) && (t + pick) % 2 === 0);
            if (time === undefined) continue;
            finished.add(time);
            let floor = 0;
            while (finished.has(floor)) floor++;
            bench.frontier(
              floor,
              [...finished].filter((t) => t > floor).sort((a, b) => a - b),
            );
          }
        }
        for (const { time, frontierFloor } of bench.shell.factsOf("task-started")) {
          expect(frontierFloor).toBeGreaterThanOrEqual(time - tau);
        }
        expect(bench.shell.failures).toEqual([]);
      }),
      { seed: 11, numRuns: 100 },
    );
  });
});

describe("how tasks end", () => {
  test("a program that throws ends the job, with its words, its task and its slot", () => {
    const bench = new WorkerBench({
      slots: [0],
      run: () => {
        throw new Error("a margin of 600 is 2^9 or more");
      },
    });
    bench.load(0);
    bench.issue([task(0)]);
    bench.compute();
    expect(bench.shell.failures).toEqual(["task 0 (update) at slot 0: a margin of 600 is 2^9 or more"]);
  });

  test("a result goes to the scheduler when every push of the task is finished", () => {
    const bench = new WorkerBench({
      slots: [0],
      run: function* () {
        yield push;
        return { ...nothing, numbers: Float64Array.of(7) };
      },
    });
    bench.load(0);
    bench.issue([task(0)]);
    bench.compute();
    const [first, second] = bench.shell.sentOf("push");
    bench.pushed(first.to, first.message.part);
    bench.compute();
    expect(bench.shell.sentOf("finished")).toEqual([]);
    bench.pushed(second.to, second.message.part);
    bench.compute();
    expect(bench.shell.sentOf("finished")).toMatchObject([
      { message: { result: { numbers: Float64Array.of(7) } } },
    ]);
    expect(bench.shell.factsOf("push-finished")).toHaveLength(1);
  });

  test("a push that is refused as closed ends its task as superseded, and the slot goes on", () => {
    const bench = new WorkerBench({ run: asking(push), slots: [0] });
    bench.load(0);
    bench.issue([task(0), task(1)]);
    bench.compute();
    const [{ to, message }] = bench.shell.sentOf("push");
    const refused = { type: "refused", part: message.part, request: "push", view: 1, epoch: 1 } as const;
    bench.answer(to, { ...refused, reason: "closed", detail: "epoch 2 was included" });
    expect(bench.shell.sentOf("finished")).toEqual([]);
    bench.frontier(1);
    bench.compute();
    expect(bench.started()).toEqual(["0@0", "1@0"]);
    bench.issue([task(0)]);
    expect(bench.pending).toEqual([]);
  });
});

describe("time", () => {
  test("busy and wait add up to the time since the first task; waits are told with what they were for", () => {
    const bench = new WorkerBench({ run: asking(push), slots: [0] });
    bench.shell.now = 1000 as typeof bench.shell.now;
    bench.load(0);
    bench.issue([task(0), task(1)]);
    bench.compute(300);
    bench.shell.now = 2000 as typeof bench.shell.now;
    for (const { to, message } of bench.shell.sentOf("push")) bench.pushed(to, message.part);
    bench.compute(50);
    bench.shell.now = 2500 as typeof bench.shell.now;
    expect(bench.worker.statistics()).toEqual({
      slots: [{ slot: 0, busyMicros: 350, waitMicros: 1150 }],
      tasksFinished: 1,
    });
    expect(bench.shell.factsOf("slot-waited")).toMatchObject([
      { slot: 0, waitMicros: 700, edge: { kind: "reply", server: "server-0", time: 0, op: 0 } },
    ]);
    bench.frontier(1);
    expect(bench.shell.factsOf("slot-waited")[1]).toMatchObject({
      waitMicros: 450,
      edge: { kind: "task", time: 0, unfinishedSlots: [] },
    });
    expect(bench.shell.factsOf("task-finished")).toMatchObject([{ time: 0, busyMicros: 350 }]);
  });

  test("a slot that computes is busy, one with no task waits for nothing, and after the job nobody waits", () => {
    const bench = new WorkerBench({ slots: [0] });
    bench.load(0);
    bench.issue([task(0)]);
    bench.shell.now = 100 as typeof bench.shell.now;
    expect(bench.worker.statistics().slots).toEqual([{ slot: 0, busyMicros: 100, waitMicros: 0 }]);
    bench.compute();
    bench.shell.now = 150 as typeof bench.shell.now;
    bench.shell.records.put("result", {});
    bench.shell.settle();
    bench.shell.now = 900 as typeof bench.shell.now;
    expect(bench.worker.statistics().slots).toEqual([{ slot: 0, busyMicros: 100, waitMicros: 50 }]);
    expect(bench.shell.factsOf("slot-waited")).toEqual([]);
  });
});

test("why: a task waits for another, for its turn, for its program, or for a server, since when", () => {
  const eventual = { after: { below: taskTime(0), tasks: [] } };
  const bench = new WorkerBench({ run: asking(push), slots: [0], job: { tau: null } });
  bench.load(0);
  bench.shell.now = 5 as typeof bench.shell.now;
  bench.issue([task(0, eventual), task(1, eventual), task(2)]);
  const edges = () =>
    bench.worker.why(bench.shell.now).map(({ blocked, edge, since }) => [blocked, edge.kind, since]);
  expect(edges()).toEqual([
    ["task 0 (update) at slot 0", "compute", 5],
    ["task 1 (update) at slot 0", "compute", 5],
    ["task 2 (update) at slot 0", "task", 5],
  ]);
  bench.compute(10, 1);
  expect(edges().slice(0, 2)).toEqual([
    ["push 0/0 of weights at slot 0", "reply", 15],
    ["push 0/0 of weights at slot 0", "reply", 15],
  ]);
  expect(bench.worker.why(bench.shell.now)[1]).toMatchObject({
    waitsFor: "server-1, segment 80000000",
    edge: { server: "server-1" as NodeId, segment: 2 ** 31, time: 0, op: 0 },
  });
});
