/** Checks of what takes too long, grows too large, or is done by whom it is not: each fires, and passes what is right. */
import { describe, expect, test } from "vitest";
import {
  applied,
  assigned,
  befell,
  born,
  elected,
  evicted,
  fired,
  issued,
  jobEnded,
  type Loose,
  measuredBuffer,
  pulled,
  published,
  pullInvoked,
  rose,
  run,
  type Said,
  said,
  saidAt,
  started,
  taskFinished,
  view,
  written,
} from "./support/facts.ts";

const limits = {
  suspectAfterMs: 300,
  repairMaxMs: 1000,
  answerMaxMs: 1000,
  leaveMaxMs: 500,
  resendsPerSecondMax: 3,
  isComplete: false,
};
const heartbeat = (peer: string): Loose => ({
  type: "heartbeat-arrived",
  managerIncarnation: 1,
  peer,
  incarnation: 1,
  manager: "manager-0",
});
const suspected = (peer: string): Loose => ({ type: "node-suspected", peer, silentMs: 301 });
const leaves: Loose = { type: "leave-requested", reason: "asked", drains: true };
const stopped: Loose = { type: "node-stopped" };
const crashed = (node: string): Loose => befell("node-crashed", node);
const resent = (sequence: number): Loose => ({ type: "frame-resent", to: "server-1", sequence });
const pullFinished: Loose = { type: "pull-finished", parameter: 0, slot: 0, time: 0, op: 0 };
const tick = (ms: number): Said => saidAt(ms, "scheduler-0", rose(0));

type Row = readonly [string, string, readonly (Loose | Said)[]];

const broken: readonly Row[] = [
  [
    "X10",
    "a frontier that passes a task which a slot has not finished, after a scheduler took over",
    [issued(0, [0, 1], 0), issued(1, [0, 1], 0), taskFinished(0, 0), elected("scheduler", 2), rose(1)],
  ],
  [
    "C4",
    "a push of a task that could not have begun",
    [
      issued(0, [0, 1], 0),
      issued(1, [0, 1], 1),
      started(0, 0),
      applied([1], 1, 1),
      pullInvoked(0, 0),
      pulled(0, 0, 1, { row: [1, 5] }),
    ],
  ],
  [
    "E3",
    "a view that is written in another manager's time",
    [
      written("term/manager", "manager-0", 1),
      written("term/manager", "manager-1", 2),
      written("view", "manager-0"),
    ],
  ],
  ["E3", "a node that is marked gone by another", [written("nodes/server-0", "server-1")]],
  [
    "E3",
    "a term that begins before an older one",
    [written("term/scheduler", "scheduler-0", 2), written("term/scheduler", "scheduler-1", 2)],
  ],
  [
    "M1",
    "a suspicion of a node that was heard just now",
    [
      said("server-1", born()),
      saidAt(201, "manager-0", heartbeat("server-1")),
      saidAt(400, "manager-0", suspected("server-1")),
    ],
  ],
  [
    "M2",
    "a member that is dead, and nobody notices",
    [said("server-1", born()), saidAt(1, "world", crashed("server-1")), tick(1100)],
  ],
  [
    "M2",
    "a member that is found dead too late",
    [
      said("server-1", born()),
      saidAt(1, "world", crashed("server-1")),
      saidAt(1100, "manager-0", evicted("server-1")),
    ],
  ],
  [
    "M3",
    "copies that do not come back",
    [
      said("server-0", born()),
      said("server-1", born()),
      published(view(1, ["server-0", "server-1"])),
      saidAt(3, "manager-0", published(view(2, ["server-0"]))),
      tick(1100),
    ],
  ],
  [
    "M4",
    "a slot that a lost worker keeps",
    [
      said("worker-0", born()),
      said("worker-1", born()),
      assigned(0, "worker-0", 1),
      saidAt(3, "manager-0", evicted("worker-0")),
      tick(1100),
    ],
  ],
  [
    "M5",
    "a server that is told to leave, and stays",
    [
      said("server-1", born()),
      saidAt(1, "world", befell("node-asked-to-leave", "server-1", { killAt: 600_000 })),
      saidAt(1, "server-1", leaves),
      saidAt(600, "world", crashed("server-1")),
    ],
  ],
  ["V1", "a pull that is not answered", [saidAt(1, "worker-0", pullInvoked(0, 0)), tick(1100)]],
  [
    "V1",
    "a pull that is answered too late",
    [saidAt(1, "worker-0", pullInvoked(0, 0)), saidAt(1100, "worker-0", pullFinished)],
  ],
  [
    "V1",
    "a node that does not get in",
    [saidAt(1, "world", befell("node-launched", "worker-1")), tick(1100)],
  ],
  ["V1", "a node that does not get out", [saidAt(1, "server-1", leaves), tick(1100)]],
  ["V3", "a buffer past its limit", [measuredBuffer("heldBytesMax", 11, 10)]],
  ["R8", "a session past its window", [measuredBuffer("sessionWindowMessages", 11, 10)]],
  ["V4", "a frame that is sent again without end", [resent(7), resent(7), resent(7), resent(7)]],
];

describe("each check fires", () => {
  test.each(broken)("%s finds %s", (id, _, facts) => {
    expect(fired(facts, limits)).toContain(id);
  });

  test("C9 finds a check that decided nothing where it should have", () => {
    const facts = [{ ...applied([], 0, 1) }, said("scheduler-0", jobEnded)];
    expect(
      run(facts)
        .violations.filter(({ check }) => check === "C9")
        .map(({ message }) => message),
    ).toContain("X1 is vacuous: applied was told, and it decided nothing");
  });
});

const sound: readonly Row[] = [
  [
    "M1",
    "a manager whose clock jumped",
    [
      said("server-1", born()),
      saidAt(201, "manager-0", heartbeat("server-1")),
      saidAt(202, "world", befell("clock-changed", "manager-0")),
      saidAt(400, "manager-0", suspected("server-1")),
    ],
  ],
  [
    "M1",
    "a silence that began in the life before, of which the manager has not been told that it is over",
    [
      saidAt(150, "server-1", born()),
      saidAt(201, "manager-0", heartbeat("server-1")),
      saidAt(400, "manager-0", suspected("server-1")),
    ],
  ],
  [
    "M1",
    "a true silence",
    [
      said("server-1", born()),
      saidAt(1, "manager-0", heartbeat("server-1")),
      saidAt(400, "manager-0", suspected("server-1")),
    ],
  ],
  [
    "M2",
    "a death among other troubles",
    [
      said("server-1", born()),
      saidAt(1, "world", crashed("server-1")),
      saidAt(900, "world", befell("node-paused", "manager-0")),
      saidAt(1900, "world", befell("node-resumed", "manager-0")),
      saidAt(2100, "manager-0", evicted("server-1")),
    ],
  ],
  [
    "M5",
    "a notice that is too short",
    [
      saidAt(1, "world", befell("node-asked-to-leave", "server-1", { killAt: 300_000 })),
      saidAt(1, "server-1", leaves),
      saidAt(300, "world", crashed("server-1")),
    ],
  ],
  [
    "M5",
    "a server that leaves in time",
    [
      saidAt(1, "world", befell("node-asked-to-leave", "server-1", { killAt: 600_000 })),
      saidAt(1, "server-1", leaves),
      saidAt(300, "server-1", stopped),
      saidAt(600, "world", crashed("server-1")),
    ],
  ],
  [
    "V1",
    "what a dead worker asked",
    [saidAt(1, "worker-0", pullInvoked(0, 0)), saidAt(2, "world", crashed("worker-0")), tick(1100)],
  ],
  [
    "V1",
    "what came after the job was over",
    [saidAt(1, "worker-0", pullInvoked(0, 0)), said("scheduler-0", jobEnded), tick(1100)],
  ],
];

describe("none fires", () => {
  test.each(sound)("%s passes %s", (id, _, facts) => {
    expect(fired(facts, limits)).not.toContain(id);
  });

  test("without limits what takes long is measured", () => {
    const facts = [saidAt(1, "worker-0", pullInvoked(0, 0)), saidAt(90_001, "worker-0", pullFinished)];
    const { violations, counts } = run(facts, { isComplete: false });
    expect(violations).toEqual([]);
    expect(counts.V1.measured).toMatchObject({ pullLongestMs: 90_000 });
  });
});
