/** A node that reads a clock or draws for itself is stopped where it does so; the same call outside of it goes on. */
import { expect, test } from "vitest";
import { applications } from "../../src/apps/index.ts";
import { snappyCompressor } from "../../src/net/index.ts";
import { applicationJob, jobOf, planOf, runPlan, scenarioSchema } from "../../src/sim/index.ts";
import { armTripwires, within } from "../../src/sim/world/tripwires.ts";

armTripwires();

const calls: Readonly<Record<string, () => unknown>> = {
  "Date.now": () => Date.now(),
  "new Date": () => new Date(),
  Date: () => Date(),
  "Math.random": () => Math.random(),
  "performance.now": () => performance.now(),
  "process.hrtime": () => process.hrtime(),
  "crypto.randomUUID": () => crypto.randomUUID(),
  setTimeout: () => clearTimeout(setTimeout(() => {}, 1)),
  setImmediate: () => clearImmediate(setImmediate(() => {})),
  queueMicrotask: () => queueMicrotask(() => {}),
};

test.each(Object.keys(calls))("%s throws inside of core, and nowhere else", (name) => {
  const call = calls[name];
  expect(() => within(call)).toThrow(/Invariant: core and applications call no .*: the same events/);
  expect(call).not.toThrow();
});

test("a date of a given time is no look at a clock", () => {
  expect(within(() => new Date(0).toISOString())).toBe("1970-01-01T00:00:00.000Z");
  expect(within(() => new Date(5)) instanceof Date).toBe(true);
});

test("what core throws leaves the outside as it was", () => {
  expect(() =>
    within(() => {
      throw new Error("a bug");
    }),
  ).toThrow("a bug");
  expect(() => Date.now()).not.toThrow();
});

test("a whole run is stopped where a node draws for itself", () => {
  const scenario = scenarioSchema.parse({
    schema: "tauring.scenario/1",
    name: "draws",
    why: "A compressor is called by the core",
    seed: "1",
    cluster: { servers: 1, workers: 1 },
    filters: { push: ["snappy"], pull: ["snappy"] },
    workload: [{ kind: "application", application: "provenance", options: { tasks: 2 } }],
  });
  const base = applicationJob(scenario);
  if (base === undefined) throw new Error("the workload is an application");
  const runWith = (compressor: typeof snappyCompressor): string =>
    runPlan(planOf(scenario, "1", jobOf(scenario, base, "1")), {
      parts: {
        applications,
        compressor,
        loadShare: () => ({
          examples: undefined,
          summary: { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 },
        }),
      },
    }).verdict;
  expect(runWith(snappyCompressor)).toBe("pass");
  const drawing = { ...snappyCompressor, compress: () => new Uint8Array([Math.random()]) };
  expect(() => runWith(drawing as typeof snappyCompressor)).toThrow("core and applications call no random");
});
