/** A fault of a scenario that real processes cannot do is said, and did not happen. */
import { expect, test } from "vitest";
import { FaultProxy } from "../../src/cli/real/fault-proxy.ts";
import { ProcessFaults } from "../../src/cli/real/process-faults.ts";
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
