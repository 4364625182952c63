import { describe, expect, test } from "vitest";
import type { Micros, NodeId } from "../../src/core/index.ts";
import { filterKinds } from "../../src/core/index.ts";
import { decodeEnvelope } from "../../src/core/message/codec.ts";
import { change, hostOf, poke, said, second, server, started, worker } from "./shell/cast.ts";
import { Cluster, factsOf, plain } from "./shell/cluster.ts";

describe("registration", () => {
  test("nodes that start at once all enter, and each role starts knowing itself", () => {
    const cluster = new Cluster();
    const knew: boolean[] = [];
    for (const id of ["manager-0", "server-0", "server-1", "worker-0"]) {
      const host = cluster.start(id);
      host.role.onStart = (shell) =>
        knew.push(shell.members.has(shell.id) && shell.record("cluster") !== undefined);
    }
    cluster.run(second);
    expect(knew).toEqual([true, true, true, true]);
    for (const host of cluster.hosts.values()) {
      expect(host.node.incarnation).toBe(1);
      expect([...host.node.members.keys()].toSorted()).toEqual([
        "manager-0",
        "server-0",
        "server-1",
        "worker-0",
      ]);
      expect(factsOf(host, "node-started")).toEqual([{ type: "node-started", incarnation: 1 }]);
    }
    expect(cluster.recordOf("cluster")?.value).toBe('{"id":"test","protocol":1}');
    expect(cluster.recordOf("nodes/server-1")?.value).toBe('{"incarnation":1,"address":"server-1:1"}');
  });

  test("a name that was used before is taken with the next incarnation, and the one before it stops", () => {
    const cluster = started("server-0");
    const first = hostOf(cluster, server);
    const next = cluster.start(server);
    cluster.run(second);
    expect(next.node.incarnation).toBe(2);
    // The first one still watches, but is no longer in the cluster's list of hosts.
    const changes = [change(cluster, "nodes/server-0")];
    const effects = first.node.step({ type: "registry-changed", changes }, cluster.now as Micros);
    expect(effects.at(-1)).toEqual({
      type: "stopped",
      reason: "server-0#2 has taken the place of server-0#1",
    });
  });

  test("a node that speaks another protocol than its cluster is refused by name, and nothing is written", () => {
    const cluster = started("server-0");
    const newer = cluster.start("worker-0", { protocolVersion: 2 });
    cluster.run(second);
    expect(newer.stopped?.reason).toBe(
      'this node speaks protocol version 2, and cluster "test" speaks 1: start it in the release that the cluster runs',
    );
    expect(cluster.recordOf("nodes/worker-0")).toBeUndefined();
    expect(cluster.recordOf("failure")).toBeUndefined();
  });

  test("a registry of another cluster is refused by name, and nothing is written to it", () => {
    const cluster = started("server-0");
    const stranger = cluster.start("worker-0", { clusterId: "other" });
    cluster.run(second);
    expect(stranger.stopped?.reason).toBe('clusterId is "other", but the registry belongs to cluster "test"');
    expect(cluster.recordOf("nodes/worker-0")).toBeUndefined();
    expect(cluster.recordOf("failure")).toBeUndefined();
  });

  test("a registry that is down is asked again, and why() says what is waited for", () => {
    const cluster = new Cluster();
    cluster.isRegistryDown = true;
    const host = cluster.start("server-0");
    cluster.run(5 * second);
    expect(host.role.isStarted).toBe(false);
    expect(host.node.why(cluster.now as Micros)).toEqual([
      {
        node: server,
        since: 0,
        blocked: "server-0",
        waitsFor: "the registry",
        edge: { kind: "registry", key: "nodes/server-0" },
      },
    ]);
    cluster.isRegistryDown = false;
    cluster.run(second);
    expect(host.role.isStarted).toBe(true);
    expect(host.node.why(cluster.now as Micros)).toEqual([]);
  });
});

test("a registry without room for the node stops it with the reason", () => {
  const cluster = new Cluster();
  const host = cluster.start("server-0", { address: "x".repeat(5_000_000) });
  cluster.run(second);
  expect(host.stopped?.reason).toMatch(
    /^the registry refuses server-0: nodes\/server-0: a value of 50\d+ ch/,
  );
});

test("a node whose name was taken again before its watch showed it gives way by name", () => {
  const cluster = new Cluster();
  const host = cluster.start("server-0");
  // The record is written, and the answer that says so is on its way.
  cluster.run(2500);
  expect(cluster.recordOf("nodes/server-0")?.value).toMatch(/^{"incarnation":1,/);
  cluster.put("nodes/server-0", { incarnation: 2, address: "server-0:1" });
  const changes = [change(cluster, "nodes/server-0")];
  cluster.post(0, host, { type: "registry-changed", changes });
  cluster.run(second);
  expect(host.stopped).toEqual({ reason: "server-0#2 has taken the place of server-0#1" });
});

describe("records", () => {
  test("the view is adopted only when its number is larger, before the role hears of it", () => {
    const cluster = started("server-0");
    const host = hostOf(cluster, server);
    const seen: (number | undefined)[] = [];
    host.role.onChange = (shell, key) => void (key === "view" && seen.push(shell.view?.number));
    const view = (number: number): unknown => ({
      number,
      lineage: 0,
      incarnations: { [server]: 1 },
      segments: [{ begin: 0, holders: [server], since: 1, filling: [] }],
    });
    for (const number of [2, 1, 3]) cluster.put("view", view(number));
    cluster.run(second);
    expect(seen).toEqual([2, 2, 3]);
    expect(factsOf(host, "view-adopted").map((fact) => fact.view)).toEqual([2, 3]);
  });

  test("a leader of an older term is not believed", () => {
    const cluster = started("server-0");
    const { node } = hostOf(cluster, server);
    cluster.put("term/scheduler", { leader: "scheduler-1", term: 2 });
    cluster.put("term/scheduler", { leader: "scheduler-0", term: 1 });
    cluster.run(second);
    expect(node.leader("scheduler")).toEqual({ node: "scheduler-1", term: 2 });
    expect(node.leader("manager")).toBeUndefined();
  });

  test("a change that is older than what is known changes nothing", () => {
    const cluster = started("server-0");
    const host = hostOf(cluster, server);
    cluster.put("progress", [1]);
    const old = change(cluster, "progress");
    cluster.put("progress", [2]);
    cluster.run(second);
    host.role.changed.length = 0;
    host.node.step({ type: "registry-changed", changes: [old] }, cluster.now as Micros);
    expect(host.role.changed).toEqual([]);
    expect(host.node.record("progress")?.value).toBe("[2]");
  });

  test("a record that is not what its key promises ends the job by name", () => {
    const cluster = started("server-0");
    cluster.put("view", "{");
    cluster.run(second);
    expect(hostOf(cluster, server).stopped?.reason).toMatch(/^the registry's record view: view is JSON/);
  });
});

describe("counters", () => {
  test("a report is answered with what was sent, what filters saved, and the role's own", () => {
    const cluster = started("server-0", "scheduler-0");
    const host = hostOf(cluster, server);
    const saved = filterKinds.map((kind) => (kind === "key-caching" ? 800 : 0));
    host.role.shell.send("scheduler-0" as NodeId, "data", said(1), {
      isCompressed: true,
      savedBytes: saved,
    });
    poke(cluster, server);
    cluster.run(second / 10);
    const scheduler = hostOf(cluster, "scheduler-0");
    scheduler.role.shell.send(server, "control", { type: "report", id: 5 });
    poke(cluster, "scheduler-0");
    cluster.run(second / 10);
    const sentBytes = host.sent.slice(0, 1).reduce((sum, { frame }) => sum + frame.length, 0);
    const answer = scheduler.role.heard.map(({ message }) => message).find(({ type }) => type === "reported");
    expect(answer).toEqual({
      type: "reported",
      id: 5,
      statistics: {
        node: server,
        sentBytes,
        unfilteredBytes: sentBytes + 800,
        savedBytes: saved,
        sentFrames: 1,
        resentFrames: 0,
        slots: [],
        tasksFinished: 0,
      },
    });
  });
});

describe("the manager", () => {
  function watched(): Cluster {
    const cluster = started("manager-0", "server-0");
    hostOf(cluster, "manager-0").role.onMessage = (shell, from, message) => {
      if (message.type !== "heartbeat" || !message.isAsking) return;
      shell.send(from, "control", { type: "heartbeat-answered", count: message.count, term: 1, view: 0 });
    };
    cluster.put("term/manager", { leader: "manager-0", term: 1 });
    cluster.run(second);
    return cluster;
  }

  test("gets a heartbeat each heartbeatIntervalMs, outside the sequence, and answers keep it unsuspected", () => {
    const cluster = watched();
    const host = hostOf(cluster, server);
    cluster.run(10 * second);
    expect(host.stopped).toBeUndefined();
    expect(hostOf(cluster, "manager-0").role.heard.length).toBeGreaterThan(100);
    for (const { frame } of host.sent) {
      const decoded = decodeEnvelope(frame, { compressor: plain, frameBytesMax: 1000 });
      expect(decoded.ok && decoded.envelope.sequence).toBe(0);
    }
    // One in five asks for an answer.
    expect(hostOf(cluster, "manager-0").sent.length).toBeLessThan(30);
  });

  test("is suspected after suspectAfterMs of silence, once each time, and the node goes on", () => {
    const cluster = watched();
    const host = hostOf(cluster, server);
    for (let i = 0; i < 2; i++) {
      cluster.isCut = (from) => from === "manager-0";
      cluster.run(20 * second);
      cluster.isCut = () => false;
      cluster.run(second);
    }
    expect(host.stopped).toBeUndefined();
    const silences = factsOf(host, "node-suspected").map(({ peer, silentMs }) => `${peer}: ${silentMs}`);
    expect(silences).toEqual([
      expect.stringMatching(/^manager-0: 20\d\d$/),
      expect.stringMatching(/: 20\d\d$/),
    ]);
  });

  test("the role hears of its silence at each heartbeat while it lasts", () => {
    const cluster = watched();
    const heard: number[] = [];
    hostOf(cluster, server).role.managerSuspected = (silentMs) => heard.push(silentMs);
    cluster.run(second);
    expect(heard).toEqual([]);
    cluster.isCut = (from) => from === "manager-0";
    // Half a second may go by until it asks, and two until it is not answered.
    cluster.run(3.1 * second);
    expect(heard.length).toBeGreaterThan(3);
    expect(heard[1] - heard[0]).toBe(100);
    cluster.isCut = () => false;
    cluster.run(second);
    expect(hostOf(cluster, server).stopped).toBeUndefined();
  });

  test("a node that hears neither it nor the registry for registryLostAfterMs ends, and does not end the job", () => {
    const cluster = watched();
    const host = hostOf(cluster, server);
    cluster.isCut = (from) => from === "manager-0";
    cluster.isRegistryDown = true;
    cluster.run(6.5 * second);
    expect(host.stopped).toBeUndefined();
    cluster.run(1.5 * second);
    expect(host.stopped?.reason).toMatch(
      /^manager-0 has not answered a heartbeat for 70\d\d ms, nor the registry for 50\d\d ms \(registryLostAfterMs 5000\)$/,
    );
    expect(cluster.recordOf("failure")).toBeUndefined();
  });

  test("is not suspected by a node that was itself late", () => {
    const cluster = watched();
    const host = hostOf(cluster, server);
    host.timers.set("shell:heartbeat", cluster.now + 5 * second);
    cluster.run(6 * second);
    expect(host.stopped).toBeUndefined();
  });
});

describe("the end", () => {
  test("a failure is written once, observed, and stops every node with its reason", () => {
    const cluster = started("server-0", "worker-0");
    const host = hostOf(cluster, server);
    host.role.shell.fail("the disk is full");
    host.role.shell.fail("and more");
    poke(cluster, server);
    cluster.run(second);
    for (const each of cluster.hosts.values()) {
      expect(each.stopped).toEqual({ reason: "the disk is full" });
      expect(factsOf(each, "node-stopped")).toEqual([{ type: "node-stopped", reason: "the disk is full" }]);
    }
    expect(factsOf(host, "job-failed")).toHaveLength(1);
    expect(cluster.recordOf("failure")?.value).toBe('{"reason":"the disk is full","node":"server-0"}');
  });

  test("the first failure stays; a node that fails later stops with that reason, or its own", () => {
    const cluster = started("server-0", "worker-0");
    cluster.put("failure", { reason: "first", node: worker });
    hostOf(cluster, server).role.shell.fail("second");
    poke(cluster, server);
    cluster.run(second);
    expect(cluster.recordOf("failure")?.value).toContain("first");
    expect(hostOf(cluster, server).stopped?.reason).toBe("first");
    expect(hostOf(cluster, worker).stopped?.reason).toBe("first");
  });

  test("where the registry is down a failing node stops all the same", () => {
    const cluster = started("server-0");
    const host = hostOf(cluster, server);
    cluster.isRegistryDown = true;
    host.role.shell.fail("no way on");
    poke(cluster, server);
    cluster.run(2 * second);
    expect(host.stopped).toEqual({ reason: "no way on" });
  });

  test("where the registry never answers a failing node stops after suspectAfterMs", () => {
    const cluster = started("server-0");
    const { node, role } = hostOf(cluster, server);
    role.shell.fail("no way on");
    node.step({ type: "connected", peer: worker, channel: "data" }, cluster.now as Micros);
    const later = (cluster.now + 2 * second) as Micros;
    const effects = node.step({ type: "timer-fired", timer: "shell:failing" }, later);
    expect(effects.at(-1)).toEqual({ type: "stopped", reason: "no way on" });
  });

  test("a result stops every node without a reason, after the role has heard of it", () => {
    const cluster = started("server-0", "worker-0");
    cluster.put("result", { endedBy: "gap" });
    cluster.run(second);
    for (const host of cluster.hosts.values()) {
      expect(host.stopped).toEqual({ reason: undefined });
      expect(host.role.changed).toContain("result");
    }
  });

  test("a request to stop is the role's to answer; before registration the node stops at once", () => {
    const cluster = started("server-0");
    const host = hostOf(cluster, server);
    cluster.post(0, host, { type: "stop-requested", reason: "asked", drains: false });
    cluster.run(1000);
    expect(host.role.events).toEqual([{ type: "stop-requested", reason: "asked", drains: false }]);
    expect(host.stopped).toBeUndefined();
    cluster.isRegistryDown = true;
    const early = cluster.start("worker-0");
    cluster.post(1000, early, { type: "stop-requested", reason: "asked", drains: false });
    cluster.run(1000);
    expect(early.stopped).toEqual({ reason: "asked" });
  });

  test("nothing follows `stopped`", () => {
    const cluster = started("server-0");
    const host = hostOf(cluster, server);
    cluster.put("result", {});
    cluster.run(second);
    host.role.shell.send(worker, "data", said(1));
    host.role.shell.setTimer("again", 0 as Micros);
    expect(host.node.step({ type: "timer-fired", timer: "again" }, cluster.now as Micros)).toEqual([]);
  });
});

describe("determinism", () => {
  test("the same events give the same effects and digests", () => {
    const run = (): { digest: number; sent: number[] }[] => {
      const cluster = started("manager-0", "server-0", "worker-0");
      for (const id of [1, 2, 3]) hostOf(cluster, worker).role.shell.send(server, "data", said(id));
      poke(cluster, worker);
      cluster.run(second);
      return [...cluster.hosts.values()].map(({ node, sent }) => ({
        digest: node.digest(),
        sent: sent.map(({ frame }) => frame.length),
      }));
    };
    const once = run();
    expect(run()).toEqual(once);
    expect(new Set(once.map(({ digest }) => digest)).size).toBe(3);
  });
});
