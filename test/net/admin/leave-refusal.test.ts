import { expect, test } from "vitest";
import { nodeId } from "../../../src/core/index.ts";
import { leaveRefusal } from "../../../src/net/admin/leave-refusal.ts";

function members(...names: readonly string[]) {
  return names.map((name) => {
    const [node, gone] = name.split(" ");
    return { node: nodeId(node), incarnation: 1, address: "", gone, isDecommissioned: false };
  });
}

const cluster = ["manager-0", "scheduler-0", "server-0", "server-1", "server-2", "worker-0", "worker-1"];

test.each<[string, readonly string[], number, boolean, RegExp | undefined]>([
  ["server-0", cluster, 1, false, undefined],
  ["worker-1", cluster, 1, false, undefined],
  [
    "server-0",
    cluster,
    2,
    false,
    /^2 servers would remain without server-0, and 3 keep each segment \(replicas 2\): start another first \(tauring node join server-3\), or allow fewer copies/,
  ],
  ["server-0", cluster, 2, true, undefined],
  [
    "server-0",
    ["server-0", "server-1 evicted"],
    0,
    true,
    /^server-0 is the only server, and what it holds has nowhere to go: start another first \(tauring node join server-2\)/,
  ],
  ["worker-0", ["worker-0", "server-0"], 0, false, /^worker-0 is the only worker/],
  ["scheduler-0", cluster, 0, false, /^scheduler-0 is the only scheduler/],
])("%s of %s with %i replicas, fewer copies allowed %s: %s", (node, names, replicas, allowed, expected) => {
  const leaver = { node: nodeId(node), replicas, servesRegistry: false };
  const refusal = leaveRefusal(leaver, members(...names), allowed);
  if (expected === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toMatch(expected);
});

test("whoever serves the registry ends the cluster by leaving, however many managers there are", () => {
  const leaver = { node: nodeId("manager-0"), replicas: 0, servesRegistry: true };
  expect(leaveRefusal(leaver, members("manager-0", "manager-1"), true)).toMatch(/registry in etcd/);
});
