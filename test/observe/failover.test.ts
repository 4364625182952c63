/** Checks of replication, views, failover and replacement: a story in which much dies and every promise is kept, and one line that breaks each. */
import { describe, expect, test } from "vitest";
import {
  adopted,
  answered,
  applied,
  assigned,
  born,
  committed,
  elected,
  evicted,
  filled,
  fired,
  invoked,
  issued,
  jobEnded,
  type Loose,
  modelSaved,
  published,
  pulled,
  pullInvoked,
  pushed,
  received,
  refused,
  rose,
  run,
  type RunInput,
  type Said,
  said,
  sealed,
  started,
  stored,
  taskFinished,
  view,
} from "./support/facts.ts";

const view1 = view(1, ["server-0", "server-1"]);
const view2 = view(2, ["server-1"], ["server-2"]);
const view3 = view(3, ["server-1", "server-2"]);

const by = (node: string, ...facts: readonly Loose[]): readonly Said[] =>
  facts.map((fact) => said(node, fact));
const all = (nodes: readonly string[], fact: Loose): readonly Said[] => nodes.map((node) => said(node, fact));

const nodes = ["manager-0", "scheduler-0", "server-0", "server-1", "server-2", "worker-0", "worker-1"];
const left = ["manager-0", "server-1", "server-2", "worker-0"];

/** Task 0 goes well. */
const beginning: readonly Said[] = [
  ...all(nodes, born()),
  ...by("manager-0", elected("manager", 1)),
  ...by("scheduler-0", elected("scheduler", 1)),
  // A node may adopt a view before its manager knows that it was written.
  ...by("server-0", adopted(view1)),
  ...by("manager-0", published(view1), adopted(view1)),
  ...all(["scheduler-0", "server-1", "server-2", "worker-0", "worker-1"], adopted(view1)),
  ...by("scheduler-0", assigned(0, "worker-0", 1), assigned(1, "worker-1", 1)),
  ...by("scheduler-0", issued(0, [0, 1], 0), issued(1, [0, 1], 1)),
  ...by("worker-0", started(0, 0), invoked(0, 0)),
  ...by("worker-1", started(1, 0), invoked(1, 0)),
  ...by("server-0", applied([0, 1], 0, 1)),
  ...by("server-1", stored(1)),
  ...by("server-0", committed(1)),
  ...by("worker-0", pushed(0, 0), pullInvoked(0, 0)),
  ...by("worker-1", pushed(1, 0)),
  ...by("server-0", received(1, 0, true), answered(0, 1, 1)),
  ...by("worker-0", pulled(0, 0, 1, { row: [2, 10] }), taskFinished(0, 0)),
  ...by("worker-1", taskFinished(1, 0)),
  ...by("scheduler-0", rose(1)),
];

/** The master applies task 1 and is cut off; its worker and its scheduler die. */
const fall: readonly Said[] = [
  ...by("worker-0", started(0, 1), invoked(0, 1)),
  ...by("worker-1", started(1, 1), invoked(1, 1)),
  ...by("server-0", applied([0, 1], 1, 2)),
  ...by("manager-0", evicted("server-0"), evicted("worker-1"), evicted("scheduler-0")),
  ...by("manager-0", published(view2)),
  ...all(left, adopted(view2)),
];

const takeOver: readonly Said[] = [
  ...by("server-1", sealed(2, 1)),
  // The old master does not know yet.
  ...by("server-0", applied([0], 1, 3)),
  ...by("scheduler-1", born(), adopted(view2), elected("scheduler", 2)),
  ...by("scheduler-1", assigned(1, "worker-0", 2), issued(1, [0, 1], 1)),
  ...by("worker-0", started(1, 1), invoked(1, 1)),
];

const ending: readonly Said[] = [
  ...by("server-1", applied([0, 1], 1, 2, { view: 2 })),
  ...by("server-2", stored(1, { isSnapshot: true }), stored(2, { view: 2 })),
  ...by("server-1", filled(2, "server-2"), committed(2, 2)),
  ...by("worker-0", pushed(0, 1), pushed(1, 1), pullInvoked(0, 1), pullInvoked(1, 1, 0)),
  ...by("server-1", answered(0, 2, 2, { view: 2, time: 1 }), answered(1, 2, 2, { view: 2, time: 1 })),
  ...by("worker-0", pulled(0, 1, 2, { row: [4, 20], view: 2 }), pulled(1, 1, 2, { row: [4, 20], view: 2 })),
  ...by("manager-0", published(view3)),
  ...all([...left, "scheduler-1"], adopted(view3)),
  ...by("server-1", sealed(3, 2, 2)),
  ...by("worker-0", taskFinished(0, 1), taskFinished(1, 1)),
  ...by("scheduler-1", rose(2), modelSaved("same"), jobEnded),
];

const story = [...beginning, ...fall, ...takeOver, ...ending];
const limits: RunInput = {
  reference: "same",
  isSettled: true,
  replicas: 1,
  sealGapMaxMs: 1000,
  frontierGapMaxMs: 1000,
  viewsPerMinuteMax: 10,
};

/** The story with facts put in before one of it. */
function with_(before: Said, ...facts: readonly (Said | Loose)[]): readonly (Said | Loose)[] {
  const at = story.indexOf(before);
  expect(at, "a fact of the story").toBeGreaterThanOrEqual(0);
  return [...story.slice(0, at), ...facts, ...story.slice(at)];
}

/** The story with a fact in the place of one of it. */
function instead(of: Said, ...facts: readonly Said[]): readonly Said[] {
  expect(story).toContain(of);
  return story.flatMap((one) => (one === of ? facts : [one]));
}

const find = (facts: readonly Said[], type: string, node?: string): Said => {
  const found = facts.find((one) => one.fact.type === type && (node === undefined || one.node === node));
  if (found === undefined) throw new Error(`no ${type}`);
  return found;
};

describe("a story in which a master, a worker and a scheduler are lost", () => {
  test("keeps every promise, and each check had something to decide", () => {
    const checks = run(story, limits);
    expect(checks.violations).toEqual([]);
    const vacuous = Object.entries(checks.counts).filter(([, { evaluated }]) => evaluated === 0);
    // What the story has no facts for: of a simulated world, of buffers, of frames.
    expect(vacuous.map(([id]) => id)).toEqual("R8 L1 E3 M1 M2 M5 V3 V4 K1 K2 K3".split(" "));
  });

  test("says how long the segment had no master", () => {
    const { counts } = run(story, limits);
    expect(counts.O7.measured?.longestMs).toBeGreaterThan(0);
    expect(counts.M6.measured).toEqual({ mostInAMinute: 3 });
  });

  test("is as right where the old master applied what its successor had applied already", () => {
    const zombie = said("server-0", applied([0, 1], 1, 4));
    expect(fired(with_(ending[3], zombie), limits)).toEqual([]);
  });

  test("is as right where one attempt of a push is refused, as its slot has moved", () => {
    expect(fired(with_(ending[0], said("server-1", refused(1, 1, "conflict"))), limits)).toEqual([]);
  });

  test("is as right where a manager learns late that its view was written", () => {
    const [second, third] = [find(fall, "view-published"), find(ending, "view-published")];
    const swapped = story.map((one) => (one === second ? third : one === third ? second : one));
    expect(fired(swapped, limits)).toEqual([]);
  });

  test("is as right where a scheduler that took over names no dependency that has finished", () => {
    const again = said("scheduler-1", issued(1, [0, 1], 0, { tau: 0, tasks: [0] }));
    const at = takeOver.findIndex(({ fact }) => fact.type === "task-issued");
    expect(fired(instead(takeOver[at], again), limits)).toEqual([]);
  });

  test("is as right where more is lost than anything is promised for", () => {
    const facts = [...beginning, ...by("manager-0", evicted("server-0"), evicted("server-1"))];
    expect(fired(facts, { isComplete: false })).toEqual([]);
  });

  test("holds nobody to the view before the newest one, where the manager that wrote that died before it told of it", () => {
    const less = with_(
      last,
      said("server-1", applied([], 2, 3, { view: 3 })),
      said("server-1", committed(3, 3)),
    );
    expect(fired(less, limits)).toContain("C8");
    expect(fired([...less, said("server-2", adopted({ ...view3, number: 4 }))], limits)).not.toContain("C8");
  });

  test("is as right where a restarted node sees the view before it is registered", () => {
    const facts = with_(ending[0], ...by("server-2", adopted(view2), born(2)));
    expect(fired(facts.slice(0, -ending.length), { isComplete: false })).toEqual([]);
  });
});

const seal2 = find(takeOver, "segment-sealed");
const seal3 = find(ending, "segment-sealed");
const applied2 = find(ending, "applied");
const commit2 = find(ending, "committed");
const stored2 = ending[2];
const last = story[story.length - 1];

describe("each check fires", () => {
  const rows: readonly (readonly [string, string, readonly (Loose | Said)[]])[] = [
    [
      "X1",
      "a push that the new view's master applies twice",
      with_(commit2, said("server-1", applied([0, 1], 1, 3, { view: 2 }))),
    ],
    [
      "X2",
      "a push that finished at the master that was cut off",
      with_(seal2, said("worker-0", pushed(0, 1))),
    ],
    [
      "X2",
      "a push that finished before its successor had applied it",
      with_(applied2, said("worker-0", pushed(0, 1))),
    ],
    [
      "X4",
      "a push that nobody made, at a master that was cut off",
      with_(applied2, said("server-0", applied([7], 1, 4))),
    ],
    [
      "X5",
      "a value with what only the master had that was cut off",
      with_(commit2, ...by("worker-0", pullInvoked(0, 1), pulled(0, 1, 2, { row: [4, 20] }))),
    ],
    ["X6", "a seal of another state", instead(seal2, said("server-1", sealed(2, 1, 1, 999)))],
    ["X9", "an epoch with two workers", with_(last, said("scheduler-1", assigned(1, "worker-1", 2)))],
    [
      "X9",
      "an older epoch after a newer one",
      with_(last, ...by("scheduler-1", assigned(1, "worker-1", 4), assigned(1, "worker-0", 3))),
    ],
    [
      "C2",
      "a read that lacks what the new view's master had applied",
      with_(last, ...by("worker-0", issued(2, [0], 2), pullInvoked(0, 2), pulled(0, 2, 1, { row: [2, 10] }))),
    ],
    [
      "C6",
      "a replacement that reads an older state than the slot had read",
      with_(last, ...by("worker-0", pullInvoked(1, 2), pulled(1, 2, 1, { row: [2, 10] }))),
    ],
    [
      "C8",
      "a full holder that ended with less",
      with_(last, said("server-1", applied([], 2, 3, { view: 3 })), said("server-1", committed(3, 3))),
    ],
    [
      "R1",
      "an entry that is stored without the one before",
      with_(seal3, said("server-2", stored(4, { view: 2 }))),
    ],
    [
      "R1",
      "an entry that is stored on top of another history",
      with_(commit2, ...by("server-2", stored(2), stored(3, { view: 2 }))),
    ],
    [
      "R2",
      "another entry committed at an index that was committed",
      with_(seal2, said("server-0", committed(2))),
    ],
    ["R2", "a commit of what the newer view left behind", with_(commit2, said("server-0", committed(3)))],
    ["R3", "a commit that a full holder does not have", with_(seal2, said("server-0", committed(2)))],
    ["R3", "a commit that a holder does not have that counts as full", instead(stored2)],
    [
      "R3",
      "a commit in a view that is told later",
      beginning
        .flatMap((one) => {
          if (one === find(beginning, "entry-stored")) return [];
          return one === find(beginning, "view-published") ? [] : [one];
        })
        .concat(by("manager-0", published(view1))),
    ],
    [
      "R3",
      "a loss of who alone had all that was committed",
      [
        ...beginning.filter(({ fact }) => fact.type !== "entry-stored"),
        ...by("manager-0", evicted("server-0")),
      ],
    ],
    ["R4", "a read of what the newer view left behind", with_(commit2, said("server-0", answered(0, 2, 2)))],
    ["R4", "a seal without what a read had shown", instead(seal2, said("server-1", sealed(2, 0)))],
    ["R5", "a seal without what was committed", instead(seal2, said("server-1", sealed(2, 0)))],
    [
      "R5",
      "a seal of another history than what was committed",
      instead(seal3, said("server-1", sealed(3, 2, 1))),
    ],
    [
      "R6",
      "an entry made in an older view than was adopted",
      with_(seal2, said("server-1", applied([0], 1, 2))),
    ],
    [
      "R6",
      "an entry of an older view that is stored after the seal",
      with_(applied2, said("server-1", stored(2))),
    ],
    [
      "R6",
      "an entry of an older view that is stored, and not in the seal",
      with_(seal2, said("server-1", stored(2))),
    ],
    ["R6", "a commit in a view that was not sealed", with_(seal2, said("server-1", committed(1)))],
    [
      "R7",
      "a holder with another state",
      instead(stored2, ...by("server-2", stored(1, { isSnapshot: true }), stored(2, { view: 2, digest: 5 }))),
    ],
    ["O1", "two masters in a view", with_(commit2, said("server-2", applied([0], 1, 3, { view: 2 })))],
    ["O1", "two masters in a view, of which one seals", with_(commit2, said("server-2", sealed(2, 1)))],
    [
      "O2",
      "a view that names a server twice",
      with_(last, published(view(4, ["server-1", "server-2"], ["server-1"]))),
    ],
    ["O2", "a view without a holder", with_(last, published(view(4, [])))],
    [
      "O2",
      "a view with other segments",
      with_(
        last,
        published({ ...view3, number: 4, segments: [...view3.segments, { ...view3.segments[0], begin: 5 }] }),
      ),
    ],
    [
      "O2",
      "a view whose segments leave out keys",
      with_(last, published({ ...view3, number: 4, segments: [{ ...view3.segments[0], begin: 5 }] })),
    ],
    [
      "O2",
      "a view without an incarnation",
      with_(last, published({ ...view3, number: 4, incarnations: {} })),
    ],
    [
      "O3",
      "a view that is not what was published",
      with_(last, said("server-1", { ...adopted(view3), digest: 1 })),
    ],
    ["O3", "a number with two views", with_(last, published({ ...view2, number: 3 }))],
    [
      "O3",
      "a node that goes back to an older view",
      with_(applied2, ...by("server-1", adopted(view1), stored(1))),
    ],
    [
      "O4",
      "a segment that nobody repaired",
      instead(find(ending, "view-published"), ...by("manager-0", published(view(3, ["server-1"])))),
    ],
    [
      "O5",
      "a node that does not know the newest view",
      with_(last, said("manager-0", published(view(4, ["server-1", "server-2"])))),
    ],
    ["O5", "a master that is gone", with_(last, said("manager-0", evicted("server-1")))],
    ["O6", "a seal without a push that had finished", instead(seal2, said("server-1", sealed(2, 0)))],
    ["E1", "two leaders in a term", with_(last, said("manager-1", elected("manager", 1)))],
    [
      "E1",
      "a leader whose terms go back",
      with_(last, ...by("manager-0", elected("manager", 3), elected("manager", 2))),
    ],
    [
      "E2",
      "a view of a deposed manager",
      with_(
        last,
        ...by("manager-1", published({ ...view3, number: 4 }, 2), published({ ...view3, number: 5 })),
      ),
    ],
    [
      "E2",
      "an eviction by a deposed manager",
      with_(
        last,
        ...by("manager-1", evicted("worker-9", { term: 2 }), evicted("worker-9", { incarnation: 2 })),
      ),
    ],
    [
      "E2",
      "a slot given by a deposed scheduler",
      with_(last, said("scheduler-0", assigned(1, "worker-0", 3))),
    ],
    [
      "T2",
      "a push that is made again with other parts",
      with_(applied2, said("worker-0", { ...invoked(1, 1), segments: [0, 5] })),
    ],
    [
      "T2",
      "two attempts that both have an effect",
      with_(commit2, said("server-1", applied([1], 1, 3, { view: 2 }))),
    ],
    [
      "T3",
      "a scheduler that issues a task again without what it waits for",
      with_(
        last,
        said("scheduler-1", issued(2, [0], 0, { tasks: [1] })),
        said("scheduler-1", issued(3, [0], 0, { tau: null, tasks: [2] })),
        said("scheduler-2", issued(3, [0], 0, { tau: null })),
      ),
    ],
    [
      "T3",
      "a scheduler that issues another task again",
      with_(applied2, said("scheduler-2", issued(1, [0], 1))),
    ],
  ];
  test.each(rows)("%s: %s", (id, _why, facts) => {
    expect(fired(facts, limits)).toContain(id);
  });

  test("O7: a segment without a master for longer than is allowed", () => {
    const { longestMs = 0 } = run(story, limits).counts.O7.measured ?? {};
    expect(fired(story, { ...limits, sealGapMaxMs: longestMs })).toEqual([]);
    expect(fired(story, { ...limits, sealGapMaxMs: longestMs - 1 })).toEqual(["O7"]);
  });

  test("M6: more views in a minute than are allowed", () => {
    expect(fired(story, { ...limits, viewsPerMinuteMax: 2 })).toEqual(["M6"]);
  });
});
