import { expect, test } from "vitest";
import { applications } from "../../src/apps/index.ts";
import { provenance } from "../../src/apps/provenance.ts";
import { provenanceRow, slot, taskTime, type JobSpec } from "../../src/core/index.ts";
import { examplesOf } from "../support/examples.ts";
import { runInOneProcess } from "../support/one-process.ts";

function job(options: JobSpec["options"], keyMax = "999"): JobSpec {
  return {
    schema: "tauring.job/1",
    name: "provenance",
    application: "provenance",
    seed: "p",
    slotCount: 3,
    tau: 0,
    pushFilters: [],
    pullFilters: [],
    options,
    source: null,
    keyMax,
  };
}

const shares = [0, 1, 2].map(() => examplesOf([]));

test.each(["add", "simple", "aggregated"])(
  "with update %s every key holds exactly the pushes to it",
  (update) => {
    const { outcome, stores } = runInOneProcess(
      provenance,
      job({ update, tasks: 12, keys: 30, keysPerRequest: 5, pushesPerTask: 2, readsPerTask: 2 }),
      shares,
    );
    expect(outcome.endedBy).toBe("tasks");
    const [counts, first, second] = stores[0].columns;
    const total = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
    // 12 tasks of 3 slots, 2 pushes each, to 5 keys.
    expect(total(counts)).toBe(12 * 3 * 2 * 5);
    let [hash1, hash2] = [0, 0];
    for (let t = 0; t < 12; t++) {
      for (let s = 0; s < 3; s++) {
        for (let op = 0; op < 2; op++) {
          const row = provenanceRow({ parameter: 0, slot: slot(s), time: taskTime(t), op });
          hash1 += 5 * row[1];
          hash2 += 5 * row[2];
        }
      }
    }
    expect([total(first), total(second)]).toEqual([hash1, hash2]);
  },
);

test.each([
  ["tau", ["tau", "tau", "tau", "tau", "tau"]],
  ["independent", [[], [], [], [], []]],
  ["chain", [[], [0], [1], [2], [3]]],
  ["diamond", [[], [0], [0], [1, 2], [3]]],
])("graph %s", (graph, edges) => {
  const schedule = provenance.schedule(job({ graph, tasks: 5 }), []);
  schedule.next();
  const seen: unknown[] = [];
  for (let time = 0; time < 5; time++) {
    const { value } = time === 0 ? schedule.next({ type: "recorded" }) : schedule.next(issued(time - 1));
    if ("type" in value && value.type === "issue")
      seen.push(value.after === "tau" ? "tau" : Object.values(value.after)[0]);
  }
  expect(seen).toEqual(edges);
});

function issued(time: number) {
  return { type: "issued", time: taskTime(time) } as const;
}

test.each([
  ["an unknown option", { task: 1 }, "option task: provenance knows tasks, keys"],
  ["an unknown graph", { graph: "ring" }, "option graph: ring is none of tau, independent"],
  ["a negative count", { tasks: -1 }, "option tasks: -1 is not an integer"],
  ["more keys than there are", { keys: 1001 }, "option keys: 1001 is more than the 1000 keys"],
])("%s is refused", (_, options, message) => {
  expect(() => provenance.parameters(job(options))).toThrow(message);
});

test("applications are found by name", () => {
  expect(applications("linear")?.name).toBe("linear");
  expect(applications("provenance")?.name).toBe("provenance");
  expect(applications("lda")).toBeUndefined();
});
