/** A fault of a scenario that real processes cannot do is said, and did not happen. */
import { expect, test } from "vitest";
import { FaultProxy } from "../../src/cli/real/fault-proxy.ts";
import { ProcessFaults } from "../../src/cli/real/process-faults.ts";
import type { NodeId } from "../../src/core/index.ts";
import type { Fault } from "../../src/sim/index.ts";

test.each(["abandon", "submit"] as const)("%s", async (kind) => {
  const proxy = await FaultProxy.open();
  const happened: string[] = [];
  const failure = await new Promise<string>((failed) => {
    const no = (): Promise<void> => Promise.reject(new Error("no manager"));
    const faults = new ProcessFaults({
      processes: {
        pidOf: () => undefined,
        launch: () => {},
        alive: () => [],
        submitAgain: no,
        abandon: no,
        decommission: () => Promise.resolve(false),
      },
      proxy,
      seed: "1",
      stretch: 1,
      now: () => 0,
      happened: ({ type }) => happened.push(type),
      failed,
    });
    faults.begin({ kind, at: 0 } as Fault);
  });
  proxy.close();
  expect(failure).toMatch(/could not be done: no manager/);
  expect(happened).toEqual([]);
});

test("the world tells of each life but the first of a node that was there: one that is launched, and one after an eviction", async () => {
  const proxy = await FaultProxy.open();
  const told: string[] = [];
  const faults = new ProcessFaults({
    processes: {
      pidOf: () => undefined,
      launch: () => {},
      alive: () => [],
      submitAgain: () => Promise.resolve(),
      abandon: () => Promise.resolve(),
      decommission: () => Promise.resolve(false),
    },
    proxy,
    seed: "1",
    stretch: 1,
    now: () => 0,
    happened: (event) =>
      told.push(event.type === "node-launched" ? `${event.node} ${event.life}` : event.type),
    failed: () => {},
  });
  faults.listens("server-0" as NodeId);
  faults.begin({ kind: "join", node: "server-1" as NodeId, at: 0, version: undefined });
  faults.listens("server-1" as NodeId);
  expect(told).toEqual(["server-1 1"]);
  for (const node of ["server-0", "server-1"]) faults.listens(node as NodeId);
  expect(told).toEqual(["server-1 1", "server-0 2", "server-1 2"]);
  faults.end();
  proxy.close();
});

test("whoever is decommissioned may end, and it is told once the acting manager has marked it", async () => {
  const proxy = await FaultProxy.open();
  const answers = [false, true];
  const told = await new Promise<string>((happened) => {
    const faults: ProcessFaults = new ProcessFaults({
      processes: {
        pidOf: () => undefined,
        launch: () => {},
        alive: () => [],
        submitAgain: () => Promise.resolve(),
        abandon: () => Promise.resolve(),
        decommission: () => Promise.resolve(answers.shift() ?? true),
      },
      proxy,
      seed: "1",
      stretch: 1,
      now: () => performance.now() * 1000,
      happened: ({ type }) => happened(`${type} ${faults.isExpected("server-0" as NodeId)}`),
      failed: () => {},
    });
    faults.begin({ kind: "decommission", node: "server-0" as NodeId, at: performance.now() * 1000 });
    expect(faults.isExpected("server-1" as NodeId)).toBe(false);
  });
  proxy.close();
  expect(told).toBe("node-decommissioned true");
  expect(answers).toEqual([]);
});
