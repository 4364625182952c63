/** Each checker is shown to fire on a history that breaks its promise, and to pass one that keeps it. */
import { describe, expect, test } from "vitest";
import type { Observation } from "../../src/core/index.ts";
import { allCheckers, CheckRun, type Fact } from "../../src/observe/index.ts";

/** Facts without the branded types: what a trace file holds. */
type Loose = { readonly type: Observation["type"]; readonly [field: string]: unknown };

function run(facts: readonly Loose[], reference?: string): CheckRun {
  const checks = new CheckRun(allCheckers(reference));
  facts.forEach((fact, i) => {
    checks.observe({ at: i, node: "server-0", fact } as unknown as Fact);
  });
  checks.finish(true);
  return checks;
}

const token = (index: number): object => ({ lineage: 1, view: 1, index });
const push = (slot: number, time: number, op = 0): object => ({ parameter: 0, slot, time, op });
const invoked = (slot: number, time: number, rows: readonly (readonly number[])[] = [[1, 5]]): Loose => ({
  type: "push-invoked",
  push: push(slot, time),
  segments: [0],
  provenance: { keys: ["7"], rows },
});
const applied = (slots: readonly number[], time: number, index: number): Loose => ({
  type: "applied",
  parameter: 0,
  segment: 0,
  token: token(index),
  time,
  op: 0,
  slots,
  digest: 0,
});
const finished = (slot: number, time: number): Loose => ({ type: "push-finished", push: push(slot, time) });
const pullInvoked = (slot: number, time: number, asOf: number | null = null): Loose => ({
  type: "pull-invoked",
  parameter: 0,
  slot,
  time,
  op: 0,
  asOf,
});
const pulled = (slot: number, time: number, index: number, row: readonly number[]): Loose => ({
  type: "part-pulled",
  parameter: 0,
  segment: 0,
  slot,
  time,
  op: 0,
  token: token(index),
  provenance: { keys: ["7"], rows: [row] },
});
const issued = (
  time: number,
  slots: readonly number[],
  below: number,
  { tau = time - below, tasks = [] }: { tau?: number | null; tasks?: readonly number[] } = {},
): Loose => ({
  type: "task-issued",
  time,
  name: "t",
  slots,
  tau,
  after: { below, tasks },
});
const started = (slot: number, time: number): Loose => ({
  type: "task-started",
  slot,
  time,
  name: "t",
  after: { below: 0, tasks: [] },
  frontierFloor: 0,
});
const taskFinished = (slot: number, time: number): Loose => ({
  type: "task-finished",
  slot,
  time,
  busyMicros: 1,
});

describe("a history that keeps every promise", () => {
  const good = [
    issued(0, [0, 1], 0),
    issued(1, [0, 1], 1),
    started(0, 0),
    started(1, 0),
    invoked(0, 0),
    invoked(1, 0),
    applied([0, 1], 0, 1),
    finished(0, 0),
    finished(1, 0),
    pullInvoked(0, 0),
    pulled(0, 0, 1, [2, 10]),
    taskFinished(0, 0),
    taskFinished(1, 0),
    started(0, 1),
    pullInvoked(0, 1),
    pulled(0, 1, 1, [2, 10]),
    { type: "model-saved", sha: "same" } as Loose,
  ];

  test("passes, and each check had something to decide", () => {
    const checks = run(good, "same");
    expect(checks.violations).toEqual([]);
    for (const [id, { evaluated }] of Object.entries(checks.counts))
      expect([id, evaluated > 0]).toEqual([id, true]);
  });
});

describe("each check fires", () => {
  const rows: readonly (readonly [string, string, readonly Loose[]])[] = [
    ["X1", "a push applied twice", [invoked(0, 0), applied([0], 0, 1), applied([0], 0, 2)]],
    ["X2", "a push that finished before it was applied", [invoked(0, 0), finished(0, 0), applied([0], 0, 1)]],
    ["X3", "an unfinished push applied twice", [invoked(0, 0), applied([0], 0, 1), applied([0], 0, 2)]],
    ["X4", "a push that nobody made", [applied([0], 0, 1)]],
    [
      "X4",
      "a part that was refused, and applied",
      [
        invoked(0, 0),
        { type: "push-refused", push: push(0, 0), segment: 0, reason: "closed" },
        applied([0], 0, 1),
      ],
    ],
    [
      "X5",
      "a value that lacks a push",
      [invoked(0, 0), applied([0], 0, 1), pullInvoked(0, 0), pulled(0, 0, 1, [0, 0])],
    ],
    [
      "X5",
      "a value with a push counted twice",
      [invoked(0, 0), applied([0], 0, 1), pulled(0, 0, 1, [2, 10])],
    ],
    [
      "X5",
      "a value that lacks a push of before the key was first read from its segment",
      [
        invoked(0, 0),
        applied([0], 0, 1),
        invoked(0, 1),
        applied([0], 1, 2),
        pulled(0, 2, 2, [2, 10]),
        pulled(0, 2, 1, [1, 5]),
        pulled(0, 2, 2, [1, 5]),
      ],
    ],
    [
      "X5",
      "a value that lacks a push of after the key was first read from its segment",
      [
        invoked(0, 0),
        applied([0], 0, 1),
        pulled(0, 1, 1, [1, 5]),
        invoked(0, 1),
        applied([0], 1, 2),
        pulled(0, 2, 2, [1, 5]),
      ],
    ],
    [
      "C1",
      "a start past the maximal delay",
      [issued(0, [0], 0), issued(1, [0], 0), issued(2, [0], 0, { tau: 1 }), started(0, 2)],
    ],
    [
      "C2",
      "a read that lacks a push of a task before",
      [issued(1, [0], 1), applied([0], 0, 1), pullInvoked(0, 1), pulled(0, 1, 0, [0, 0])],
    ],
    [
      "C2",
      "a push that came too late for a read",
      [issued(1, [0], 1), pullInvoked(0, 1), pulled(0, 1, 0, [0, 0]), applied([0], 0, 1)],
    ],
    [
      "C2",
      "a read past the state that it names",
      [issued(1, [0], 1), applied([0], 1, 1), pullInvoked(0, 1, -1), pulled(0, 1, 1, [0, 0])],
    ],
    [
      "C5",
      "a read without the slot's own finished push",
      [invoked(0, 0), applied([0], 0, 3), finished(0, 0), pullInvoked(0, 1), pulled(0, 1, 2, [0, 0])],
    ],
    [
      "C6",
      "a read older than the one before",
      [pullInvoked(0, 0), pulled(0, 0, 3, [0, 0]), pullInvoked(0, 1), pulled(0, 1, 2, [0, 0])],
    ],
    [
      "T1",
      "a start before its dependency finished",
      [issued(0, [0], 0), issued(1, [0], 0, { tau: null, tasks: [0] }), started(0, 1)],
    ],
    ["T1", "a start of a task that was not issued", [started(0, 1)]],
  ];
  test.each(rows)("%s: %s", (id, _why, facts) => {
    const checks = run(facts);
    expect(checks.violations.map(({ check }) => check)).toContain(id);
  });

  test("C7: another model than the undisturbed run's", () => {
    expect(run([{ type: "model-saved", sha: "other" }], "same").violations.map(({ check }) => check)).toEqual(
      ["C7"],
    );
  });
});
