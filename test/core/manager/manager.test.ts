import { expect, test } from "vitest";
import { type Micros, micros, milliseconds, type NodeId, nodeId } from "../../../src/core/ids.ts";
import { Manager } from "../../../src/core/manager/manager.ts";
import type { RegistryAnswer, RegistryRequest } from "../../../src/core/registry/registry.ts";
import type { View } from "../../../src/core/ring/view.ts";
import { targetSegments } from "../../../src/core/ring/ring.ts";
import { FakeRegistry, FakeShell, LateRegistry, RefusingRegistry } from "../../support/fake-shell.ts";

interface Setup {
  readonly id?: string;
  readonly members?: readonly string[];
  readonly registry?: FakeRegistry;
  readonly serverCount?: number;
  readonly replicas?: number;
  readonly lostAfterMs?: number;
}

function startManager(setup: Setup = {}): { shell: FakeShell; manager: Manager; registry: FakeRegistry } {
  const registry = setup.registry ?? new FakeRegistry();
  const { id = "manager-0", members = [], serverCount = 2, replicas = 0, lostAfterMs = 0 } = setup;
  const options = { serverCount, replicas, lostAfterMs, suspectAfterMs: 300 };
  const shell = new FakeShell({ id, members, registry, options });
  const manager = new Manager(shell);
  shell.attach(manager);
  shell.settle();
  manager.started();
  shell.settle();
  return { shell, manager, registry };
}

function register(shell: FakeShell, node: string, incarnation = 1): void {
  shell.records.put(`nodes/${node}`, { incarnation, address: "" });
  shell.settle();
}

/** From now on there is something to fill a server with. */
function submit(shell: FakeShell): void {
  shell.records.put("job", {});
  shell.settle();
}

function json(registry: FakeRegistry, key: string): Record<string, unknown> | undefined {
  const record = registry.get(key);
  return record === undefined ? undefined : (JSON.parse(record.value) as Record<string, unknown>);
}

/** Time goes on in heartbeats, which these nodes send. */
function beat(shell: FakeShell, manager: Manager, untilMs: number, nodes: readonly string[]): void {
  for (let ms = shell.now / 1000 + 100; ms <= untilMs; ms += 100) {
    shell.advance(milliseconds(ms));
    for (const node of nodes)
      manager.received(nodeId(node), { type: "heartbeat", count: ms, isLeaving: false, isAsking: true });
  }
}

test("a manager takes the next term, waits for its servers, and then writes view 1 once", () => {
  const { shell, manager, registry } = startManager({ members: ["worker-0", "scheduler-0"] });
  expect(json(registry, "term/manager")).toEqual({ leader: "manager-0", incarnation: 1, term: 1 });
  expect(shell.factsOf("leader-elected")).toEqual([{ type: "leader-elected", role: "manager", term: 1 }]);

  register(shell, "server-1");
  expect(registry.get("view")).toBeUndefined();
  const [wait] = manager.why();
  expect(wait).toMatchObject({
    blocked: "view 1",
    waitsFor: "server-0 (1 of 2 servers registered)",
    edge: { kind: "members", missing: ["server-0"] },
  });

  register(shell, "server-0");
  const segments = targetSegments([nodeId("server-0"), nodeId("server-1")], shell.options);
  expect(json(registry, "view")).toEqual({
    number: 1,
    lineage: 1,
    incarnations: { "server-0": 1, "server-1": 1 },
    segments,
  });
  expect(manager.why()).toEqual([]);
  const { modified } = registry.get("view") ?? {};
  register(shell, "worker-1");
  expect(registry.get("view")?.modified).toBe(modified);
});

test("a server that comes after the view is filled, and made master of its share once it is", () => {
  const { shell, manager, registry } = startManager({ members: ["server-0"], serverCount: 1 });
  submit(shell);
  register(shell, "server-7");
  const second = json(registry, "view") as unknown as View;
  const given = second.segments.filter(({ filling }) => filling.includes(nodeId("server-7")));
  expect(given).toHaveLength(2);
  expect(second).toMatchObject({ number: 2, incarnations: { "server-0": 1, "server-7": 1 } });
  for (const { begin } of given) {
    // Of an older view, and of one that is no master: neither counts.
    manager.received(nodeId("server-0"), {
      type: "filled",
      segment: begin,
      view: 1,
      peer: nodeId("server-7"),
    });
    manager.received(nodeId("server-7"), {
      type: "filled",
      segment: begin,
      view: 2,
      peer: nodeId("server-7"),
    });
  }
  manager.timerFired("manager-view");
  expect(json(registry, "view")).toEqual(second);
  for (const { begin } of given) {
    manager.received(nodeId("server-0"), {
      type: "filled",
      segment: begin,
      view: 2,
      peer: nodeId("server-7"),
    });
  }
  manager.timerFired("manager-view");
  shell.settle();
  const third = json(registry, "view") as unknown as View;
  const moved = third.segments.filter(({ holders }) => holders.includes(nodeId("server-7")));
  expect(moved.map(({ begin, since }) => [begin, since])).toEqual(given.map(({ begin }) => [begin, 3]));
});

test("before there is a job segments are empty: who comes is full at once, and who leaves has nothing to hand over", () => {
  const { shell, manager, registry } = startManager({ serverCount: 1 });
  register(shell, "server-0");
  register(shell, "server-7");
  const joined = json(registry, "view") as unknown as View;
  expect(joined.number).toBe(3);
  expect(joined.segments.filter(({ holders }) => holders.includes(nodeId("server-7")))).toHaveLength(2);
  manager.received(nodeId("server-0"), { type: "heartbeat", count: 1, isLeaving: true, isAsking: true });
  shell.settle();
  const left = json(registry, "view") as unknown as View;
  expect(left.segments.map(({ holders, filling }) => `${holders}+${filling}`)).toEqual(
    left.segments.map(() => "server-7+"),
  );
  manager.received(nodeId("server-0"), { type: "heartbeat", count: 2, isLeaving: true, isAsking: true });
  shell.settle();
  expect(json(registry, "nodes/server-0")?.gone).toBe("left, as it was asked to");
});

test("a job that comes while such a view is being written: the newcomer is filled after all", () => {
  const { shell, registry } = startManager({ members: ["server-0"], serverCount: 1 });
  shell.records.put("nodes/server-7", { incarnation: 1, address: "" });
  shell.records.put("job", {});
  shell.settle();
  const view = json(registry, "view") as unknown as View;
  expect(view.number).toBe(2);
  expect(view.segments.filter(({ filling }) => filling.includes(nodeId("server-7")))).toHaveLength(2);
});

test("a watch that tells of a view before its write is answered loses neither who was filled nor who came", () => {
  const { shell, manager, registry } = startManager({ members: ["server-0"], serverCount: 1 });
  submit(shell);
  shell.isWatchFirst = true;
  const from = nodeId("server-0");
  register(shell, "server-7");
  const second = json(registry, "view") as unknown as View;
  const [given, other] = second.segments.filter(({ filling }) => filling.length > 0);
  manager.received(from, { type: "filled", segment: given.begin, view: 2, peer: nodeId("server-7") });
  manager.received(from, { type: "filled", segment: other.begin, view: 2, peer: nodeId("server-7") });
  manager.timerFired("manager-view");
  // It comes while the third view is being written.
  register(shell, "server-8");
  const view = json(registry, "view") as unknown as View;
  expect(view.number).toBe(4);
  expect(view.segments.filter(({ holders }) => holders.includes(nodeId("server-7")))).toHaveLength(2);
  expect(view.segments.some(({ filling }) => filling.includes(nodeId("server-8")))).toBe(true);
});

test("a member that falls silent is gone, and its segments are another's; the others stay", () => {
  const members = ["server-0", "server-1", "worker-0"];
  const { shell, manager, registry } = startManager({ replicas: 1 });
  for (const member of members) register(shell, member);
  beat(shell, manager, 1000, members);
  expect(shell.sentOf("heartbeat-answered").at(-1)).toEqual({
    to: "worker-0",
    message: { type: "heartbeat-answered", count: 1000, term: 1, view: 1 },
  });
  beat(shell, manager, 3000, ["server-0", "worker-0"]);
  expect(shell.factsOf("node-suspected")).toEqual([
    { type: "node-suspected", peer: "server-1", silentMs: 400 },
  ]);
  shell.settle();
  const reason = "silent for 400 ms (suspectAfterMs 300)";
  expect(json(registry, "nodes/server-1")).toEqual({ incarnation: 1, address: "", gone: reason });
  expect(shell.factsOf("node-evicted")).toEqual([
    { type: "node-evicted", term: 1, peer: "server-1", incarnation: 1, reason },
  ]);
  const view = json(registry, "view") as unknown as View;
  expect(view.segments.every(({ holders }) => holders.join() === "server-0")).toBe(true);
  expect(shell.failures).toEqual([]);
});

test("the last holder of a segment is waited for, and after lostAfterMs the job ends by the segment's name", () => {
  const members = ["server-0", "server-1"];
  const { shell, manager, registry } = startManager({ lostAfterMs: 1000 });
  for (const member of members) register(shell, member);
  beat(shell, manager, 1000, ["server-0"]);
  expect(json(registry, "nodes/server-1")).toEqual({ incarnation: 1, address: "" });
  expect(shell.failures).toEqual([]);
  beat(shell, manager, 1100, members);
  beat(shell, manager, 2200, ["server-0"]);
  expect(shell.failures).toEqual([]);
  beat(shell, manager, 3000, ["server-0"]);
  expect(shell.failures).toHaveLength(1);
  expect(shell.failures[0]).toMatch(
    /^server-1 was silent for 1\d00 ms \(suspectAfterMs 300\), and nobody else has segment [0-9a-f]{8} \(lostAfterMs 1000\)/,
  );
});

test("[G2] of two holders that fall silent at once the last one is waited for", () => {
  const { shell, manager, registry } = startManager({ replicas: 1, serverCount: 2, lostAfterMs: 1000 });
  const others = ["worker-0", "worker-1", "worker-2"];
  for (const member of ["server-0", "server-1", ...others]) register(shell, member);
  beat(shell, manager, 500, others);
  shell.settle();
  const gone = ["server-0", "server-1"].filter(
    (server) => json(registry, `nodes/${server}`)?.gone !== undefined,
  );
  expect(gone).toEqual(["server-0"]);
  beat(shell, manager, 900, [...others, "server-1"]);
  beat(shell, manager, 1500, [...others, "server-1"]);
  expect(shell.failures).toEqual([]);
});

test("[M1] a manager that hears from fewer than half may be cut off itself: it is patient", () => {
  const { shell, manager } = startManager({ replicas: 1, lostAfterMs: 1000 });
  for (const member of ["server-0", "server-1", "worker-0"]) register(shell, member);
  beat(shell, manager, 1200, ["server-0"]);
  shell.settle();
  expect(shell.factsOf("node-suspected")).toHaveLength(2);
  expect(shell.factsOf("node-evicted")).toEqual([]);
  beat(shell, manager, 1500, ["server-0"]);
  shell.settle();
  expect(shell.factsOf("node-evicted").map(({ peer }) => peer)).toEqual(["server-1", "worker-0"]);
});

test("[G2] a server that was marked gone is listed by no view of a manager that was told of others first", () => {
  const { shell, manager, registry } = startManager();
  const others = ["worker-0", "worker-1"];
  for (const member of ["server-1", ...others]) register(shell, member);
  registry.put("nodes/server-0", { incarnation: 1, address: "" });
  beat(shell, manager, 500, others);
  shell.settle();
  expect(json(registry, "nodes/server-1")).toHaveProperty("gone");
  expect(registry.get("view")).toBeUndefined();
  register(shell, "server-1", 2);
  expect(json(registry, "view")?.incarnations).toEqual({ "server-0": 1, "server-1": 2 });
});

test("[G2] a mark that is done late takes nobody who has become the only holder meanwhile", () => {
  const registry = new LateRegistry("nodes/server-1", false);
  const { shell, manager } = startManager({ registry, replicas: 1 });
  for (const member of ["server-0", "server-1", "worker-0"]) register(shell, member);
  beat(shell, manager, 500, ["server-0", "worker-0"]);
  shell.settle();
  manager.received(nodeId("server-1"), { type: "heartbeat", count: 1, isLeaving: false, isAsking: true });
  shell.records.put("nodes/server-0", { incarnation: 1, address: "", gone: "it crashed" });
  shell.settle();
  const view = json(registry, "view") as unknown as View;
  expect(view.segments.every(({ holders }) => holders.join() === "server-1")).toBe(true);
  registry.arrive();
  expect(json(registry, "nodes/server-1")).not.toHaveProperty("gone");
});

test("[G2] nobody is marked gone for silence where the other holder may be marked already", () => {
  const registry = new LateRegistry("nodes/server-0", false);
  const { shell, manager } = startManager({ registry, replicas: 1 });
  for (const member of ["server-0", "server-1", "worker-0"]) register(shell, member);
  beat(shell, manager, 500, ["server-1", "worker-0"]);
  shell.settle();
  registry.arrive();
  manager.received(nodeId("server-0"), { type: "heartbeat", count: 1, isLeaving: false, isAsking: true });
  beat(shell, manager, 1000, ["server-0", "worker-0"]);
  shell.settle();
  expect(json(registry, "nodes/server-0")).toHaveProperty("gone");
  expect(json(registry, "nodes/server-1")).not.toHaveProperty("gone");
  expect(shell.failures).toEqual([]);
});

test("two servers that fall silent at once are both gone at the first look, as others hold what they hold", () => {
  const { shell, manager, registry } = startManager({ serverCount: 4, replicas: 2 });
  const others = ["server-0", "server-1", "worker-0", "worker-1", "worker-2"];
  for (const member of ["server-2", "server-3", ...others]) register(shell, member);
  beat(shell, manager, 400, others);
  shell.settle();
  for (const server of ["server-2", "server-3"]) {
    expect(json(registry, `nodes/${server}`)).toHaveProperty("gone");
  }
});

test("a member that never sent a heartbeat is suspected too", () => {
  const { shell, manager, registry } = startManager({ members: ["server-0"] });
  beat(shell, manager, 250, ["server-0"]);
  register(shell, "worker-3");
  beat(shell, manager, 900, ["server-0"]);
  expect(json(registry, "nodes/worker-3")).toMatchObject({ gone: "silent for 400 ms (suspectAfterMs 300)" });
});

test("a manager that was itself stopped for a while suspects nobody for it", () => {
  const { shell, manager } = startManager({ members: ["server-0", "server-1"] });
  beat(shell, manager, 500, ["server-0", "server-1"]);
  shell.now = milliseconds(5000);
  shell.timers.delete("manager-check");
  manager.timerFired("manager-check");
  beat(shell, manager, 5200, []);
  expect(shell.factsOf("node-suspected")).toEqual([]);
  beat(shell, manager, 5600, ["server-0"]);
  expect(shell.factsOf("node-suspected")).toMatchObject([{ peer: "server-1", silentMs: 400 }]);
});

test("a restarted member gets a new window, one that left is not missed, and an ended job needs nobody", () => {
  const { shell, manager, registry } = startManager({ members: ["server-0", "worker-0"], serverCount: 1 });
  beat(shell, manager, 300, ["server-0"]);
  register(shell, "worker-0", 2);
  beat(shell, manager, 500, ["server-0"]);
  expect(shell.failures).toEqual([]);

  shell.members.delete(nodeId("worker-0"));
  registry.answer({ type: "transact", compare: [], writes: [{ type: "delete", key: "nodes/worker-0" }] });
  shell.settle();
  beat(shell, manager, 1500, ["server-0"]);
  expect(shell.failures).toEqual([]);

  registry.put("result", {});
  shell.settle();
  beat(shell, manager, 3000, []);
  expect(shell.failures).toEqual([]);
});

test("a server that was restarted before it was missed is no holder; where it was the last one the job ends by name", () => {
  const { shell, registry } = startManager({ replicas: 1 });
  register(shell, "server-0");
  register(shell, "server-1");
  submit(shell);
  register(shell, "server-0", 2);
  const view = json(registry, "view") as unknown as View;
  expect(view).toMatchObject({ number: 2, incarnations: { "server-0": 2, "server-1": 1 } });
  expect(view.segments.every(({ holders, filling }) => `${holders}+${filling}` === "server-1+server-0")).toBe(
    true,
  );
  expect(shell.failures).toEqual([]);
  register(shell, "server-1", 2);
  expect(shell.failures[0]).toMatch(
    /^server-1 was restarted, and what it held is lost: segment [0-9a-f]{8} of view 2/,
  );
  expect(shell.failures).toHaveLength(1);
});

test("[G10] of two managers one leads; a newer term deposes it, and nothing that it still wants is written", () => {
  const registry = new FakeRegistry();
  const first = startManager({ registry, members: ["manager-1"] });
  const second = startManager({ registry, id: "manager-1", members: ["manager-0"] });
  expect(second.shell.factsOf("leader-elected")).toEqual([]);
  expect(second.manager.why()).toEqual([]);

  registry.put("term/manager", { leader: "manager-1", term: 2 });
  for (const node of ["server-0", "server-1"]) registry.put(`nodes/${node}`, { incarnation: 1, address: "" });
  // It has not heard of the newer term when it proposes its view.
  first.shell.join("server-0");
  first.shell.join("server-1");
  first.manager.recordChanged("nodes/server-1", undefined);
  first.shell.settle();
  expect(registry.get("view")).toBeUndefined();
  first.manager.received(nodeId("server-0"), {
    type: "heartbeat",
    count: 1,
    isLeaving: false,
    isAsking: true,
  });
  expect(first.shell.sentOf("heartbeat-answered")).toEqual([]);
  beat(first.shell, first.manager, 3000, []);
  expect(first.shell.failures).toEqual([]);
});

test("[P2] a manager whose leader is gone, or silent for longer each time, takes the next term", () => {
  const registry = new FakeRegistry();
  startManager({ registry });
  const { shell, manager } = startManager({ registry, id: "manager-1", members: ["manager-0"] });
  manager.managerSuspected(299);
  shell.settle();
  expect(shell.factsOf("leader-elected")).toEqual([]);
  manager.managerSuspected(300);
  shell.settle();
  expect(shell.factsOf("leader-elected")).toMatchObject([{ term: 2 }]);
  registry.put("term/manager", { leader: "manager-0", incarnation: 1, term: 3 });
  shell.settle();
  manager.managerSuspected(599);
  shell.settle();
  expect(json(registry, "term/manager")).toMatchObject({ leader: "manager-0" });
  manager.managerSuspected(600);
  shell.settle();
  expect(json(registry, "term/manager")).toEqual({ leader: "manager-1", incarnation: 1, term: 4 });
  registry.put("term/manager", { leader: "manager-0", incarnation: 1, term: 5 });
  shell.settle();
  register(shell, "manager-0", 2);
  expect(json(registry, "term/manager")).toEqual({ leader: "manager-1", incarnation: 1, term: 6 });
});

test("a manager that restarts takes the term after its own, and keeps the view that there is", () => {
  const registry = new FakeRegistry();
  const before = startManager({ registry, members: ["server-0", "server-1"] });
  const view = registry.get("view");
  const { shell } = startManager({ registry, members: ["server-0", "server-1"] });
  expect(json(registry, "term/manager")).toEqual({ leader: "manager-0", incarnation: 1, term: 2 });
  expect(registry.get("view")).toEqual(view);
  before.shell.settle();
  before.manager.received(nodeId("server-0"), {
    type: "heartbeat",
    count: 1,
    isLeaving: false,
    isAsking: true,
  });
  expect(before.shell.sentOf("heartbeat-answered")).toEqual([]);
  expect(shell.factsOf("leader-elected")).toHaveLength(1);
});

/** Fails requests for a while: before they are done, or after, so that the answer is lost. */
class FlakyRegistry extends FakeRegistry {
  failures: ("before" | "after")[] = [];

  override answer(request: RegistryRequest): RegistryAnswer {
    const failure = this.failures.shift();
    if (failure !== "before") {
      const answer = super.answer(request);
      if (failure === undefined) return answer;
    }
    return { type: "unavailable", reason: "no leader" };
  }
}

test.each([
  [["before", "before", "before"], 1],
  [["after"], 2],
  [["before", "after", "before"], 2],
] as const)(
  "a registry that fails %j is asked again until there is a leader, in term %i, and a view",
  (fails, term) => {
    const registry = new FlakyRegistry();
    registry.failures = [...fails];
    const { shell } = startManager({ registry });
    for (let i = 1; i <= 10; i++) {
      shell.advance(milliseconds(i * 20));
      shell.settle();
    }
    expect(json(registry, "term/manager")).toEqual({ leader: "manager-0", incarnation: 1, term });
    registry.failures = [...fails];
    register(shell, "server-0");
    register(shell, "server-1");
    for (let i = 1; i <= 10; i++) {
      shell.advance(micros(200_000 + i * 20_000));
      shell.settle();
    }
    expect(json(registry, "view")).toMatchObject({ number: 1 });
    expect(shell.factsOf("leader-elected")).toHaveLength(1);
  },
);

test.each(["term/manager", "view"])(
  "a registry that refuses to write %s for good ends the job with its reason, and is not asked again",
  (key) => {
    const registry = new RefusingRegistry(key);
    const { shell } = startManager({ registry, serverCount: 1, members: ["server-0"] });
    for (let i = 1; i <= 5; i++) {
      shell.advance(milliseconds(i * 20));
      shell.settle();
    }
    expect(shell.failures).toEqual([`the registry refused to write ${key}: it is full`]);
    expect(registry.refusals).toBe(1);
  },
);

test("digests differ where states do", () => {
  const { shell, manager } = startManager({ members: ["server-0"] });
  const digests = new Set([manager.digest()]);
  shell.now = 50_000 as Micros;
  manager.received("server-0" as NodeId, { type: "heartbeat", count: 1, isLeaving: false, isAsking: true });
  digests.add(manager.digest());
  register(shell, "server-1");
  digests.add(manager.digest());
  expect(digests.size).toBe(3);
  expect(startManager({ members: ["server-0"] }).manager.digest()).toBe(
    startManager({ members: ["server-0"] }).manager.digest(),
  );
});

test("it stops when it is asked to, and counts no tasks", () => {
  const { shell, manager } = startManager();
  expect(manager.statistics()).toEqual({ slots: [], tasksFinished: 0 });
  manager.handle({ type: "stop-requested", reason: "SIGTERM", drains: false });
  expect(shell.effects).toEqual([{ type: "stopped", reason: "SIGTERM" }]);
});

const closedDoor = (peer: string, incarnation = 1) =>
  ({ type: "peer-refused", peer: nodeId(peer), incarnation }) as const;

test("one whose door is closed is given up at once, and so is nobody who only fell silent", () => {
  const { shell, manager, registry } = startManager();
  for (const node of ["server-0", "server-1", "worker-0"]) register(shell, node);
  manager.handle(closedDoor("worker-0"));
  shell.settle();
  expect(json(registry, "nodes/worker-0")).toMatchObject({ gone: expect.stringMatching(/^nobody listens/) });
  expect(shell.factsOf("node-evicted")).toMatchObject([{ peer: "worker-0", incarnation: 1 }]);
  expect(shell.factsOf("node-suspected")).toEqual([]);
  expect(json(registry, "nodes/server-1")).not.toHaveProperty("gone");
});

test("a server whose door is closed as another view is written is given up in that one, not for silence alone", () => {
  const { shell, manager, registry } = startManager({ replicas: 1 });
  for (const node of ["server-0", "server-1"]) register(shell, node);
  const view = json(registry, "view") as unknown as View;
  registry.put("view", { ...view, number: view.number + 1 });
  manager.handle(closedDoor("server-1"));
  shell.settle();
  expect(json(registry, "nodes/server-1")).toMatchObject({ gone: expect.stringMatching(/^nobody listens/) });
});

test("a closed door of an earlier life says nothing of the present one", () => {
  const { shell, manager, registry } = startManager();
  register(shell, "worker-0", 2);
  manager.handle(closedDoor("worker-0", 1));
  manager.handle(closedDoor("worker-7"));
  shell.settle();
  expect(json(registry, "nodes/worker-0")).toEqual({ incarnation: 2, address: "" });
  expect(shell.factsOf("node-evicted")).toEqual([]);
});

test("the last holder of a segment is not given up for a closed door, but for silence", () => {
  const { shell, manager, registry } = startManager({ lostAfterMs: 500 });
  for (const node of ["server-0", "server-1"]) register(shell, node);
  submit(shell);
  manager.handle(closedDoor("server-1"));
  shell.settle();
  expect(json(registry, "nodes/server-1")).not.toHaveProperty("gone");
  expect(shell.failures).toEqual([]);
  beat(shell, manager, 1_200, ["server-0"]);
  expect(shell.failures[0]).toContain("server-1 was silent for");
});

test("when the job has ended, doors are closed everywhere, and nobody is given up for it", () => {
  const { shell, manager, registry } = startManager();
  register(shell, "worker-0");
  shell.records.put("result", {});
  shell.settle();
  manager.handle(closedDoor("worker-0"));
  shell.settle();
  expect(json(registry, "nodes/worker-0")).not.toHaveProperty("gone");
});

test("nobody is decommissioned who alone has a segment, and no manager marks itself", () => {
  const { shell, manager, registry } = startManager({ members: ["manager-0"] });
  const ask = (node: string): void => manager.handle({ type: "decommission-requested", node: nodeId(node) });
  for (const node of ["server-0", "server-1", "worker-0"]) register(shell, node);
  submit(shell);
  for (const node of ["server-1", "manager-0", "worker-0"]) ask(node);
  shell.settle();
  expect(json(registry, "nodes/server-1")).not.toHaveProperty("gone");
  expect(json(registry, "nodes/manager-0")?.gone).toBeUndefined();
  const gone = "decommissioned by an operator";
  expect(json(registry, "nodes/worker-0")).toMatchObject({ gone, isDecommissioned: true });
  expect(shell.factsOf("node-evicted")).toMatchObject([{ peer: "worker-0", reason: gone }]);
});

test("whoever comes back under the name of one that has left was not asked to leave", () => {
  const { shell, manager, registry } = startManager({ serverCount: 2 });
  for (const node of ["server-0", "server-1", "server-2"]) register(shell, node);
  submit(shell);
  const leaving = { type: "heartbeat", count: 1, isLeaving: true, isAsking: true } as const;
  manager.received(nodeId("server-2"), leaving);
  shell.settle();
  shell.records.put("nodes/server-2", { incarnation: 1, address: "", gone: "left, as it was asked to" });
  shell.settle();
  const view = json(registry, "view") as unknown as View;
  // Its next life is registered, and the view in which it has a place is still to come.
  shell.records.put("nodes/server-2", { incarnation: 2, address: "" });
  shell.records.put("view", { ...view, number: view.number + 1 });
  shell.settle();
  expect(json(registry, "nodes/server-2")).toEqual({ incarnation: 2, address: "" });
});
