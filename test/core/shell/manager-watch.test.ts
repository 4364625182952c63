import { expect, test } from "vitest";
import { Cluster, factsOf, type Host } from "./cluster.ts";

const server = "server-0";
const second = 1_000_000;

test("a manager hears of each node at once when it takes the term, and not a heartbeat later", () => {
  const cluster = new Cluster();
  for (const id of ["manager-0", "server-0"]) cluster.start(id);
  cluster.run(0.1 * second);
  cluster.put("term/manager", { leader: "manager-0", term: 1 });
  const next = cluster.start("manager-1");
  cluster.run(1.05 * second);
  const heard = (): number =>
    next.role.heard.filter(({ from, message }) => from === server && message.type === "heartbeat").length;
  expect(heard()).toBe(0);
  cluster.put("term/manager", { leader: "manager-1", term: 2 });
  cluster.run(0.01 * second);
  expect(heard()).toBe(1);
  cluster.put("term/manager", { leader: "manager-1", term: 3 });
  cluster.run(0.01 * second);
  expect(heard()).toBe(2);
  expect(factsOf(cluster.hosts.get(server) as Host, "node-suspected")).toEqual([]);
});
