import { describe, expect, test } from "vitest";
import type { Micros } from "../../../src/core/index.ts";
import { change, hostOf, poke, said, second, server, started, worker } from "./cast.ts";
import { factsOf } from "./cluster.ts";

describe("a node that the cluster goes on without", () => {
  const gone = { incarnation: 1, address: "server-0:1", gone: "silent for 320 ms" };

  test("ends as evicted, and comes back as the next incarnation", () => {
    const cluster = started("server-0");
    const host = hostOf(cluster, server);
    cluster.put("nodes/server-0", gone);
    const changes = [change(cluster, "nodes/server-0")];
    const effects = host.node.step({ type: "registry-changed", changes }, cluster.now as Micros);
    expect(effects.at(-1)).toEqual({ type: "evicted", reason: "silent for 320 ms" });
    const next = cluster.start(server);
    cluster.run(second);
    expect(next.node.incarnation).toBe(2);
    expect(next.node.members.has(server)).toBe(true);
  });

  test("is no member; nothing of it is believed, and nothing that is said to it is kept", () => {
    const cluster = started("server-0", "worker-0");
    const { role } = hostOf(cluster, server);
    hostOf(cluster, worker).role.shell.send(server, "data", said(1));
    cluster.put("nodes/worker-0", { ...gone, address: "worker-0:1" });
    const host = hostOf(cluster, server);
    host.node.step(
      { type: "registry-changed", changes: [change(cluster, "nodes/worker-0")] },
      cluster.now as Micros,
    );
    expect(role.shell.members.has(worker)).toBe(false);
    role.shell.send(worker, "data", said(2));
    poke(cluster, server);
    poke(cluster, worker);
    cluster.run(second);
    expect(host.role.heard).toEqual([]);
    expect(host.sent.filter(({ to, channel }) => to === worker && channel === "data")).toEqual([]);
    expect(factsOf(host, "frame-dropped").map(({ reason }) => reason)).toContain(
      "a frame from worker-0#1, which is gone",
    );
  });
});
