/** Messages between nodes: in order, to the life that they are for, held while they have to wait, and dropped with a reason. */
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../../src/core/index.ts";
import { frameOf, heardBy, hostOf, poke, said, second, server, started, worker } from "./cast.ts";
import { Cluster, factsOf } from "./cluster.ts";

describe("messages", () => {
  test("arrive in order on each channel; those to a node that is not registered wait for it", () => {
    const cluster = started("server-0");
    const host = hostOf(cluster, server);
    cluster.hosts.get(server)?.role.shell.send(worker, "control", said(1));
    host.role.shell.send(worker, "control", said(2));
    const peer = cluster.start("worker-0");
    cluster.run(second);
    expect(heardBy(peer)).toEqual(["server-0 1", "server-0 2"]);
  });

  test("too many for a node that does not come end the job, naming it and the option", () => {
    const cluster = new Cluster();
    const host = cluster.start("server-0", { sessionQueueMessagesMax: 2 });
    host.role.onStart = (shell) => {
      for (const id of [1, 2, 3]) shell.send(worker, "data", said(id));
    };
    cluster.run(second);
    expect(host.stopped?.reason).toMatch(/^worker-0 is not registered, and sessionQueueMessagesMax messages/);
  });

  test("to itself loop back in the same step, without recursion", () => {
    const cluster = new Cluster();
    const host = cluster.start("server-0");
    let depth = 0;
    host.role.onStart = (shell) => shell.send(server, "data", said(3));
    host.role.onMessage = (shell, _, message) => {
      expect(++depth).toBe(1);
      const left = message.type === "frontier" ? message.term : 0;
      if (left > 0) shell.send(server, "data", said(left - 1));
      depth--;
    };
    cluster.run(second / 100);
    expect(heardBy(host)).toEqual(["server-0 3", "server-0 2", "server-0 1", "server-0 0"]);
    expect(host.sent).toEqual([]);
  });

  test("survive losses, and a restarted peer gets those of its own incarnation only", () => {
    const cluster = started("server-0", "worker-0");
    const { role } = hostOf(cluster, server);
    let lost = 0;
    cluster.isCut = () => ++lost <= 2;
    for (const id of [1, 2]) role.shell.send(worker, "data", said(id));
    poke(cluster, server);
    cluster.run(3 * second);
    expect(heardBy(hostOf(cluster, worker))).toEqual(["server-0 1", "server-0 2"]);
    cluster.isCut = () => true;
    role.shell.send(worker, "data", said(3));
    poke(cluster, server);
    const restarted = cluster.start(worker);
    cluster.run(second / 2);
    cluster.isCut = () => false;
    role.shell.send(worker, "data", said(4));
    poke(cluster, server);
    cluster.run(3 * second);
    expect(heardBy(restarted)).toEqual(["server-0 4"]);
  });

  test("frames of an old incarnation, for another node, or malformed are dropped with a reason", () => {
    const cluster = started("server-0", "worker-0");
    const host = hostOf(cluster, server);
    const frames = [
      frameOf({ fromIncarnation: 0 }),
      frameOf({ toIncarnation: 2 }),
      frameOf({ to: "server-1" as NodeId }),
      frameOf({ acknowledged: 7 }),
      Uint8Array.of(1, 2, 3),
      frameOf(),
    ];
    for (const frame of frames) cluster.post(0, host, { type: "received", channel: "data", frame });
    cluster.run(1000);
    expect(factsOf(host, "frame-dropped").map((fact) => fact.reason)).toEqual([
      "a frame from worker-0#0, which is now #1",
      "a frame for server-0#2, which is now #1",
      "a frame for server-1",
      "worker-0 acknowledges 7 of 0 messages",
      "the frame has 3 bytes, its head 11",
    ]);
    expect(heardBy(host)).toEqual(["worker-0 1"]);
  });

  test("a frame is believed only from the peer that it says it is from", () => {
    const cluster = started("server-0", "worker-0", "worker-1");
    const host = hostOf(cluster, server);
    const frame = frameOf();
    cluster.post(0, host, { type: "received", from: "worker-1" as NodeId, channel: "data", frame });
    cluster.run(1000);
    expect(heardBy(host)).toEqual([]);
    expect(factsOf(host, "frame-dropped").map((fact) => fact.reason)).toEqual([
      "a frame of worker-1 that says it is from worker-0",
    ]);
    cluster.post(0, host, { type: "received", from: worker, channel: "data", frame });
    cluster.run(1000);
    expect(heardBy(host)).toEqual(["worker-0 1"]);
  });

  test("a frame that comes before its sender's record waits for it", () => {
    const cluster = started("server-0");
    const host = hostOf(cluster, server);
    const frame = frameOf();
    cluster.post(0, host, { type: "received", channel: "data", frame });
    cluster.run(second / 10);
    expect(heardBy(host)).toEqual([]);
    cluster.start("worker-0");
    cluster.run(second / 10);
    expect(heardBy(host)).toEqual(["worker-0 1"]);
    expect(host.role.changed).toContain("nodes/worker-0");
  });

  test("frames of a sender without a record are held up to sessionWindowBytes, and go where another comes", () => {
    const cluster = new Cluster();
    const host = cluster.start("server-0", { sessionWindowBytes: 150 });
    cluster.run(second / 10);
    const frame = (sequence: number): Uint8Array =>
      frameOf({
        fromIncarnation: 7,
        sequence,
        message: said(
          sequence,
          Array.from({ length: 50 }, (_, i) => i),
        ),
      });
    for (const sequence of [1, 2, 3]) {
      cluster.post(0, host, { type: "received", channel: "data", frame: frame(sequence) });
    }
    cluster.run(second / 10);
    const dropped = (): string[] => factsOf(host, "frame-dropped").map(({ reason }) => reason);
    expect(dropped()).toEqual(["worker-0 is not registered, and sessionWindowBytes of its like are held"]);
    cluster.put("nodes/worker-0", { incarnation: 2, address: "" });
    cluster.run(second / 10);
    expect(dropped().slice(1)).toEqual(Array(2).fill("a frame from worker-0#7, which is now #2"));
    cluster.put("nodes/worker-0", { incarnation: 7, address: "" });
    cluster.run(second / 10);
    expect(heardBy(host)).toEqual([]);
  });

  test("a frame above frameBytesMax is not sent, and ends the job by name", () => {
    const cluster = new Cluster();
    const host = cluster.start("server-0", { frameBytesMax: 1000 });
    cluster.start("worker-0");
    cluster.run(second / 10);
    host.role.shell.send(
      worker,
      "data",
      said(
        1,
        Array.from({ length: 2000 }, (_, i) => i),
      ),
    );
    poke(cluster, server);
    cluster.run(second);
    expect(host.stopped?.reason).toMatch(
      /^a frontier for worker-0 has 20\d\d bytes, above frameBytesMax 1000$/,
    );
    expect(host.sent.every(({ frame }) => frame.length <= 1000)).toBe(true);
  });
});

/** Brings out what a test did to a node between its steps. */
