/** Checks of one holder's history: each is shown to fire on one that breaks its promise, and to pass one that keeps it. */
import { describe, expect, test } from "vitest";
import {
  answered,
  applied,
  committed,
  fired,
  invoked,
  issued,
  type Loose,
  modelSaved,
  pulled,
  pullInvoked,
  pushed,
  received,
  refused,
  rose,
  run,
  started,
  taskFinished,
} from "./support/facts.ts";

const row = [1, 5];

describe("a history that keeps every promise", () => {
  const good = [
    issued(0, [0, 1], 0),
    issued(1, [0, 1], 1),
    started(0, 0),
    started(1, 0),
    invoked(0, 0),
    invoked(1, 0),
    applied([0, 1], 0, 1),
    committed(1),
    pushed(0, 0),
    pushed(1, 0),
    received(1, 0, true),
    pullInvoked(0, 0),
    answered(0, 1, 1),
    pulled(0, 0, 1, { row: [2, 10] }),
    taskFinished(0, 0),
    taskFinished(1, 0),
    rose(1),
    started(0, 1),
    pullInvoked(0, 1),
    answered(0, 1, 1),
    pulled(0, 1, 1, { row: [2, 10] }),
    modelSaved("same"),
    taskFinished(0, 1),
    started(1, 1),
    taskFinished(1, 1),
    rose(2),
  ];

  test("passes, and each check of it had something to decide", () => {
    const checks = run(good, { reference: "same" });
    expect(checks.violations).toEqual([]);
    const ids = "X1 X2 X3 X4 X5 X7 X8 C1 C2 C3 C5 C6 C7 R2 R4 R6 O1 T1 T3 V2 V5".split(" ");
    expect(ids.filter((id) => checks.counts[id].evaluated === 0)).toEqual([]);
  });

  test("measures the widest gap between slots and the longest time without progress", () => {
    const { counts } = run(good);
    expect(counts.C3.measured).toEqual({ widestGap: 1 });
    expect(counts.V2.measured).toEqual({ longestMs: 16 });
  });
});

describe("each check fires", () => {
  const once = [invoked(0, 0), applied([0], 0, 1)];
  const rows: readonly (readonly [string, string, readonly Loose[]])[] = [
    ["X1", "a push applied twice", [...once, applied([0], 0, 2)]],
    [
      "X1",
      "a push applied again after its task had finished everywhere",
      [...once, committed(1), pushed(0, 0), rose(1), applied([0], 0, 2)],
    ],
    ["X2", "a push that finished before it was applied", [invoked(0, 0), pushed(0, 0), applied([0], 0, 1)]],
    ["X2", "a push that finished before it was committed", [...once, pushed(0, 0), committed(1)]],
    ["X2", "a push that finished and that nobody made", [pushed(0, 0)]],
    ["X3", "an unfinished push applied twice", [...once, applied([0], 0, 2)]],
    ["X4", "a push that nobody made", [applied([0], 0, 1)]],
    ["X4", "a part that was refused, and applied", [invoked(0, 0), refused(0, 0), applied([0], 0, 1)]],
    ["X4", "a part that was applied, and refused", [...once, refused(0, 0)]],
    ["X5", "a value that lacks a push", [...once, pullInvoked(0, 0), pulled(0, 0, 1, { row: [0, 0] })]],
    ["X5", "a value with a push counted twice", [...once, pulled(0, 0, 1, { row: [2, 10] })]],
    [
      "X5",
      "a value that lacks a push of before the key was first read from its segment",
      [
        ...once,
        invoked(0, 1),
        applied([0], 1, 2),
        pulled(0, 2, 2, { row: [2, 10] }),
        pulled(0, 2, 1, { row }),
        pulled(0, 2, 2, { row }),
      ],
    ],
    [
      "X5",
      "a value that lacks a push of after the key was first read from its segment",
      [...once, pulled(0, 1, 1, { row }), invoked(0, 1), applied([0], 1, 2), pulled(0, 2, 2, { row })],
    ],
    ["X7", "a part taken for new that was committed", [...once, committed(1), received(0, 0, false)]],
    [
      "X7",
      "a part taken for new of a task that is over",
      [...once, committed(1), rose(1), received(0, 0, false)],
    ],
    [
      "X8",
      "a job that ended without a task of a slot",
      [issued(0, [0, 1], 0), started(0, 0), taskFinished(0, 0)],
    ],
    [
      "C1",
      "a start past the maximal delay",
      [issued(0, [0], 0), issued(1, [0], 0), issued(2, [0], 0, { tau: 1 }), started(0, 2)],
    ],
    [
      "C1",
      "a start past the maximal delay, though the task before was issued again",
      [
        issued(0, [0], 0),
        issued(1, [0], 0, { tau: 0 }),
        issued(0, [0], 0),
        issued(1, [0], 0, { tau: 0 }),
        started(0, 1),
      ],
    ],
    [
      "C2",
      "a read that lacks a push of a task before",
      [issued(1, [0], 1), applied([0], 0, 1), pullInvoked(0, 1), pulled(0, 1, 0, { row: [0, 0] })],
    ],
    [
      "C2",
      "a push that came too late for a read",
      [issued(1, [0], 1), pullInvoked(0, 1), pulled(0, 1, 0, { row: [0, 0] }), applied([0], 0, 1)],
    ],
    [
      "C2",
      "a read past the state that it names",
      [issued(1, [0], 1), applied([0], 1, 1), pullInvoked(0, 1, -1), pulled(0, 1, 1, { row: [0, 0] })],
    ],
    [
      "C3",
      "a slot too far ahead of another",
      [issued(0, [0, 1], 0), issued(1, [0, 1], 1, { tau: 0 }), taskFinished(0, 1)],
    ],
    [
      "C5",
      "a read without the slot's own finished push",
      [
        invoked(0, 0),
        applied([0], 0, 3),
        committed(3),
        pushed(0, 0),
        pullInvoked(0, 1),
        pulled(0, 1, 2, { row: [0, 0] }),
      ],
    ],
    [
      "C6",
      "a read older than the one before",
      [
        pullInvoked(0, 0),
        pulled(0, 0, 3, { row: [0, 0] }),
        pullInvoked(0, 1),
        pulled(0, 1, 2, { row: [0, 0] }),
      ],
    ],
    ["R2", "two entries at one index", [applied([0], 0, 1), applied([1], 0, 1)]],
    ["R2", "an entry that was left out", [applied([0], 0, 1), applied([1], 0, 3)]],
    ["R2", "a commit of what nobody made", [committed(1)]],
    ["R4", "a read past the committed index", [applied([0], 0, 1), answered(0, 1, 0)]],
    ["R4", "a read before the commit that it names", [applied([0], 0, 1), answered(0, 1, 1)]],
    [
      "T1",
      "a start before its dependency finished",
      [issued(0, [0], 0), issued(1, [0], 0, { tau: null, tasks: [0] }), started(0, 1)],
    ],
    ["T1", "a start of a task that was not issued", [started(0, 1)]],
    ["T3", "a time with two tasks", [issued(0, [0], 0), issued(0, [0, 1], 0)]],
    ["T3", "a time that was left out", [issued(0, [0], 0), issued(2, [0], 0)]],
    ["T3", "an end of a task that was not started", [issued(0, [0], 0), taskFinished(0, 0)]],
    [
      "V5",
      "a push that never came to an end, of a task that did",
      [issued(0, [0], 0), started(0, 0), invoked(0, 0), taskFinished(0, 0)],
    ],
  ];
  test.each(rows)("%s: %s", (id, _why, facts) => {
    expect(fired(facts)).toContain(id);
  });

  test("C7: another model than the undisturbed run's", () => {
    expect(fired([modelSaved("other")], { reference: "same" })).toEqual(["C7"]);
  });

  test.each([
    ["rounded", "fixed-point", []],
    ["skipped", "random-skip", []],
    ["as they are", "snappy", ["C7"]],
  ])("C7: after a slot began again, pulls being %s", (_how, kind, ids) => {
    const job: Loose = { type: "job-submitted", name: "j", pullFilters: [kind], parameters: [] };
    const assigned = (epoch: number): Loose => ({
      type: "slot-assigned",
      slot: 0,
      worker: "worker-0",
      epoch,
    });
    const before: readonly Loose[] = [job, assigned(1)];
    const of = (facts: readonly Loose[]): readonly string[] =>
      fired(facts, { reference: "same" }).filter((id) => id === "C7");
    expect(of([...before, modelSaved("other")])).toEqual(["C7"]);
    expect(of([...before, assigned(2), modelSaved("other")])).toEqual(ids);
    const resumed: Loose = { type: "job-resumed", checkpoint: "c", lineage: 1, first: 3 };
    expect(of([resumed, ...before, modelSaved("other")])).toEqual(ids);
  });

  test("X5: a value that lacks a push of long ago; states that are older still are not decided", () => {
    const history = [pulled(0, 0, 0, { row: [0, 0] })];
    for (let time = 0; time < 5000; time++) history.push(invoked(0, time), applied([0], time, time + 1));
    const right = [
      ...history,
      pulled(0, 5000, 5000, { row: [5000, 25_000] }),
      pulled(0, 5000, 9, { row: [0, 0] }),
    ];
    expect(run(right).counts.X5).toEqual({ evaluated: 2, violations: 0 });
    expect(fired([...history, pulled(0, 5000, 5000, { row: [4999, 24_995] })])).toContain("X5");
  });

  test("V2: a frontier that stands still for longer than is allowed", () => {
    const facts = [
      issued(0, [0], 0),
      ...Array.from({ length: 50 }, () => started(0, 0)),
      taskFinished(0, 0),
      rose(1),
    ];
    expect(fired(facts, { frontierGapMaxMs: 60 })).not.toContain("V2");
    expect(fired(facts, { frontierGapMaxMs: 50 })).toContain("V2");
  });

  test("V2: a job that does not end when nothing hinders it", () => {
    expect(fired([issued(0, [0], 0)], { isComplete: false, isSettled: true })).toContain("V2");
    expect(fired([issued(0, [0], 0)], { isComplete: false })).toEqual([]);
  });
});
