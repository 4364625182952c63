import { describe, expect, test } from "vitest";
import { linearOptions } from "../../../src/apps/linear/options.ts";
import { Stopping } from "../../../src/apps/linear/stopping.ts";
import type { FilterSpec, JobSpec } from "../../../src/core/index.ts";

const kkt: readonly FilterSpec[] = [{ kind: "kkt" }];

function job(options: JobSpec["options"], change: Partial<JobSpec> = {}): JobSpec {
  return {
    schema: "tauring.job/1",
    name: "options",
    application: "linear",
    seed: "1",
    slotCount: 2,
    tau: 0,
    pushFilters: [],
    pullFilters: [],
    options,
    source: null,
    keyMax: "9",
    ...change,
  };
}

test("what is not said has the paper's value", () => {
  expect(linearOptions(job({ lambda: 3, eta: "auto", gap: null }))).toEqual({
    solver: "dbpg",
    element: "float64",
    lambda: 3,
    lambda2: 0,
    eta: undefined,
    deltaInit: 1,
    deltaMax: 5,
    ratio: 10,
    epsilon: 1e-4,
    passesMax: 1000,
    gap: undefined,
    reference: undefined,
    blocks: undefined,
    batchRows: 256,
    alpha: 0.1,
    beta: 1,
  });
});

test.each([
  ["an unknown solver", { solver: "sgd" }, 'option solver: "sgd" is none of dbpg, bpg, ftrl, adagrad'],
  ["an unknown option", { etaa: 1 }, "option etaa: linear knows solver, element, lambda, lambda2, eta"],
  ["a word for a number", { lambda: "much" }, 'option lambda: "much" is not a number that is not negative'],
  ["a negative step", { eta: -1 }, 'option eta: -1 is not a positive number or "auto"'],
  ["no passes", { passesMax: 0 }, "option passesMax: 0 is not a positive integer"],
  ["half a block", { blocks: 1.5 }, "option blocks: 1.5 is not a positive integer or null"],
  ["a penalty that dbpg does not know", { lambda2: 1 }, "option lambda2: dbpg knows lambda alone"],
  ["a gap to nothing", { gap: 1e-3 }, "option gap: 0.001 is measured from the option reference"],
  ["a first radius above the largest", { deltaInit: 6 }, "option deltaInit: 6 is above deltaMax 5"],
])("%s is refused, and the error says what would do", (_, options, message) => {
  expect(() => linearOptions(job(options))).toThrow(message);
});

test.each([
  ["bpg with a delay", { solver: "bpg" }, { tau: 4 }, "bpg is sequential, so tau must be 0, not 4"],
  [
    "KKT with ftrl",
    { solver: "ftrl" },
    { pushFilters: kkt, pullFilters: kkt },
    "filter kkt belongs to the solver dbpg",
  ],
  ["KKT on one side", {}, { pushFilters: kkt }, "filter kkt works on pushes and pulls together"],
])("%s is refused", (_, options, change, message) => {
  expect(() => linearOptions(job(options, change))).toThrow(message);
});

describe("a job ends", () => {
  test("by epsilon only after a pass with every key active", () => {
    const stopping = new Stopping(linearOptions(job({ epsilon: 0.01 })), 200);
    expect(stopping.after(1, 100, true)).toEqual({ change: -100, isSteady: false, endedBy: undefined });
    expect(stopping.after(2, 99.5, false)).toEqual({ change: -0.5, isSteady: true, endedBy: undefined });
    expect(stopping.after(3, 99.6, true).endedBy).toBe("epsilon");
  });

  test("by its gap at once, and not by epsilon while a gap is named: then it looks ten times closer", () => {
    const stopping = new Stopping(linearOptions(job({ epsilon: 0.01, gap: 0.001, reference: 99 })), 100);
    expect(stopping.after(1, 99.5, true)).toMatchObject({ isSteady: true, endedBy: undefined });
    expect(stopping.after(2, 99.2, true)).toMatchObject({ isSteady: false, endedBy: undefined });
    expect(stopping.after(3, 99.09, false).endedBy).toBe("gap");
  });

  test("by the number of passes", () => {
    const stopping = new Stopping(linearOptions(job({ passesMax: 2 })), 100);
    expect(stopping.after(1, 90, true).endedBy).toBeUndefined();
    expect(stopping.after(2, 80, true).endedBy).toBe("passesMax");
  });
});
