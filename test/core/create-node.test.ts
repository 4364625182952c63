import { describe, expect, test } from "vitest";
import { createNode } from "../../src/core/create-node.ts";
import { Manager } from "../../src/core/manager/manager.ts";
import type { NodeId, Observation } from "../../src/core/index.ts";
import { Cluster, plain } from "./shell/cluster.ts";

const second = 1_000_000;

describe("a cluster of real roles", () => {
  test("elects its manager, adopts one view, and goes on as long as heartbeats are answered", () => {
    const cluster = new Cluster();
    const facts: Observation[][] = [];
    for (const id of ["manager-0", "server-0", "server-1", "worker-0", "scheduler-0"]) {
      const host = cluster.start(id, { serverCount: 2, workerCount: 1 }, (options) =>
        createNode(options, { compressor: plain, applications: () => undefined }),
      );
      facts.push(host.facts);
    }
    cluster.run(20 * second);
    for (const host of cluster.hosts.values()) {
      expect(host.stopped).toBeUndefined();
      expect(host.node.leader("manager")).toEqual({ node: "manager-0", term: 1 });
      expect(host.node.view?.number).toBe(1);
    }
    const digests = facts.flat().flatMap((fact) => (fact.type === "view-adopted" ? [fact.digest] : []));
    expect(digests).toHaveLength(5);
    expect(new Set(digests).size).toBe(1);
  });

  test("a server that dies and was the last holder ends the run of all after lostAfterMs, by its name", () => {
    const cluster = new Cluster();
    for (const id of ["manager-0", "server-0", "worker-0"]) {
      cluster.start(id, { lostAfterMs: 1000 }, (options) =>
        createNode(options, { compressor: plain, applications: () => undefined }),
      );
    }
    cluster.run(second);
    cluster.isCut = (from, to) => from === "server-0" || to === "server-0";
    cluster.run(2 * second);
    expect(cluster.hosts.get("worker-0")?.stopped).toBeUndefined();
    cluster.run(3 * second);
    expect(cluster.hosts.get("worker-0")?.stopped?.reason).toMatch(
      /server-0 was silent .* nobody else has segment/,
    );
    expect(cluster.hosts.get("manager-0")?.stopped?.reason).toMatch(/server-0/);
  });

  test("the name decides the role", () => {
    const cluster = new Cluster();
    const { node } = cluster.start("manager-0", {}, (options) =>
      createNode(options, { compressor: plain, applications: () => undefined }),
    );
    expect(node.id).toBe("manager-0" as NodeId);
    expect((node as unknown as { role: unknown }).role).toBeInstanceOf(Manager);
  });
});
