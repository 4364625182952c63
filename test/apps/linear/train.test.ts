import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linear } from "../../../src/apps/linear/linear.ts";
import { keyAt, type FilterSpec, type JobSpec, type Model } from "../../../src/core/index.ts";
import { runInOneProcess, type OneProcessRun } from "../../support/one-process.ts";
import { randomRows, sharesOf, type Row } from "../../support/examples.ts";

const keyCount = 60;
const rows = randomRows(400, keyCount, 11);
const kkt: readonly FilterSpec[] = [{ kind: "kkt" }];

interface Variation {
  readonly tau?: number | null;
  readonly filters?: readonly FilterSpec[];
  readonly slotCount?: number;
  readonly keyMax?: string;
  readonly rows?: readonly Row[];
  readonly seed?: string;
  readonly hooks?: Parameters<typeof runInOneProcess>[3];
}

function train(options: JobSpec["options"], variation: Variation = {}): OneProcessRun {
  const { tau = 0, filters = [], slotCount = 2, keyMax = String(keyCount - 1), hooks } = variation;
  const job: JobSpec = {
    schema: "tauring.job/1",
    name: "train",
    application: "linear",
    seed: variation.seed ?? "train",
    slotCount,
    tau,
    pushFilters: filters,
    pullFilters: filters,
    options,
    source: null,
    keyMax,
  };
  return runInOneProcess(linear, job, sharesOf(variation.rows ?? rows, slotCount), hooks);
}

/** F and the largest violation of the KKT conditions, as the paper writes them. */
function literal(model: Model | undefined, lambda: number, data: readonly Row[] = rows) {
  const weights = new Map<number, number>();
  model?.weights.forEach((weight, j) => weights.set(Number(keyAt(model.keys, j)), weight));
  const gradient = new Map<number, number>();
  let loss = 0;
  for (const { label, features } of data) {
    const margin = features.reduce((sum, [key, value]) => sum + value * (weights.get(key) ?? 0), 0);
    loss += Math.log(1 + Math.exp(-label * margin));
    for (const [key, value] of features) {
      gradient.set(key, (gradient.get(key) ?? 0) - (label * value) / (1 + Math.exp(label * margin)));
    }
  }
  let norm = 0;
  for (const weight of weights.values()) norm += Math.abs(weight);
  let violation = 0;
  for (const [key, g] of gradient) {
    const weight = weights.get(key) ?? 0;
    const distance = weight === 0 ? Math.abs(g) - lambda : Math.abs(g + lambda * Math.sign(weight));
    violation = Math.max(violation, distance);
  }
  return { objective: loss + lambda * norm, violation };
}

const tight = { lambda: 2, epsilon: 1e-9 };
const best = train({ ...tight, solver: "bpg", epsilon: 1e-12 }).outcome.objective;

describe("[OSDI'14 5.1] block proximal gradient reaches the optimum", () => {
  test.each([
    ["bpg, sequential", "bpg", 0, []],
    ["dbpg, tau 0, KKT filter", "dbpg", 0, kkt],
    ["dbpg, tau 4, KKT filter", "dbpg", 4, kkt],
    ["dbpg, tau 4, no filter", "dbpg", 4, []],
    ["dbpg, eventual, KKT filter", "dbpg", null, kkt],
  ] as const)("%s", (_, solver, tau, filters) => {
    const { outcome, history } = train({ ...tight, solver }, { tau, filters });
    const { objective, violation } = literal(outcome.model, 2);
    expect(outcome.endedBy).toBe("epsilon");
    expect(outcome.objective).toBeCloseTo(objective, 8);
    expect(history.at(-1)?.objective).toBeCloseTo(objective, 8);
    expect(outcome.objective / best - 1).toBeLessThan(1e-7);
    // The reset pass looked at every key, filtered or not.
    expect(violation).toBeLessThan(0.02);
    expect(outcome.chosen.violation).toBeLessThan(0.02);
    expect(outcome.nonzeros).toBe(outcome.model?.weights.length);
    if (filters.length > 0) expect(outcome.filteredShare).toBeGreaterThan(0.1);
  });

  test("marks hold until a reset pass computes every key again, and the job ends with one", () => {
    const { records, history } = train(tight, { tau: 4, filters: kkt });
    expect(records.at(-1)?.isReset).toBe(true);
    expect(records.filter(({ markBelow }) => Number(markBelow) > 0).length).toBeGreaterThan(3);
    // Without a reset, what is filtered stays so.
    history.slice(1).forEach(({ filteredShare, pass }, i) => {
      const { isReset } = records[pass];
      if (isReset === false) expect(filteredShare).toBeGreaterThanOrEqual(history[i].filteredShare);
    });
  });

  test("features that are not 1, and keys that are declared because there are too many for a dense parameter", () => {
    const valued = randomRows(200, 40, 5, true);
    const wide = valued.map(({ label, features }) => ({
      label,
      features: features.map(([key, value]) => [key * 2 ** 40 + 7, value] as const),
    }));
    const dense = train(tight, { rows: valued, filters: kkt });
    const sparse = train(tight, { rows: wide, filters: kkt, keyMax: String(2n ** 64n - 1n) });
    expect(dense.outcome.objective).toBeCloseTo(literal(dense.outcome.model, 2, valued).objective, 8);
    expect(sparse.outcome.objective).toBeCloseTo(dense.outcome.objective, 4);
    expect(sparse.outcome.nonzeros).toBe(dense.outcome.nonzeros);
  });

  test("stops at a gap to a reference, looking closer when steady; at passesMax it says so", () => {
    const gap = train(
      { lambda: 2, reference: best, gap: 1e-6, epsilon: 1e-2 },
      { tau: 2, filters: kkt },
    ).outcome;
    expect(gap.endedBy).toBe("gap");
    expect(gap.objective / best - 1).toBeLessThanOrEqual(1e-6);
    const short = train({ lambda: 2, passesMax: 2 }).outcome;
    expect([short.endedBy, short.passes]).toEqual(["passesMax", 2]);
  });

  test("eta falls when the objective rises: identical columns overshoot together", () => {
    const twins = rows.map(({ label, features }) => ({
      label,
      features: features.flatMap(([key]) => [0, 1, 2, 3].map((twin) => [4 * key + twin, 1] as const)),
    }));
    const keyMax = String(4 * keyCount - 1);
    const options = { lambda: 2, epsilon: 1e-7 };
    const auto = train(options, { rows: twins, keyMax });
    const etas = auto.records.slice(1).map(({ eta }) => Number(eta));
    expect(etas[0]).toBe(1.2);
    expect(auto.outcome.chosen.eta).toBeLessThan(1.2);
    expect(auto.outcome.objective / best - 1).toBeLessThan(1e-4);
    const fixed = train({ ...options, eta: 1.2, passesMax: auto.outcome.passes }, { rows: twins, keyMax });
    expect(fixed.outcome.chosen.eta).toBe(1.2);
    expect(fixed.outcome.objective / best - 1).toBeGreaterThan(1e-3);
  });

  test("the longer the delay, the smaller eta starts: a row changes by more weights that do not know of each other", () => {
    const [none, some, eventual] = [0, 8, null].map((tau) =>
      Number(train({ lambda: 2, passesMax: 1 }, { tau }).records[1].eta),
    );
    expect(none).toBe(1.2);
    expect(some).toBeLessThan(none);
    expect(eventual).toBeLessThan(some / 2);
  });
});

describe("[NIPS'14] the same bits", () => {
  test("with tau = 0 the model does not depend on the order in which slots are served", () => {
    const inOrder = train({ lambda: 2 }, { slotCount: 3, filters: kkt });
    const turned = train(
      { lambda: 2 },
      {
        slotCount: 3,
        filters: kkt,
        hooks: { slotOrder: (time) => [time % 3, (time + 1) % 3, (time + 2) % 3].toReversed() },
      },
    );
    expect(turned.outcome).toEqual(inOrder.outcome);
    expect(turned.history).toEqual(inOrder.history);
    expect(turned.stores.map((store) => store.digest())).toEqual(
      inOrder.stores.map((store) => store.digest()),
    );
  });

  test("another seed takes the blocks in another order, and ends at the same optimum", () => {
    const [one, other] = ["one", "other"].map((seed) => train(tight, { seed }).outcome);
    expect(other.objective).not.toBe(one.objective);
    expect(Math.abs(other.objective / one.objective - 1)).toBeLessThan(1e-7);
  });
});

describe("whoever is lost, another goes on", () => {
  const online = { lambda: 0.01, alpha: 0.3, batchRows: 20, passesMax: 6, epsilon: 1e-6 };
  const wide = rows.map(({ label, features }) => ({
    label,
    features: features.map(([key, value]) => [key * 2 ** 40 + 7, value] as const),
  }));
  const jobs = {
    dbpg: [{ lambda: 2 }, { filters: kkt }],
    "dbpg, declared keys": [{ lambda: 2 }, { filters: kkt, rows: wide, keyMax: String(2n ** 64n - 1n) }],
    ftrl: [{ ...online, solver: "ftrl" }, {}],
    adagrad: [{ ...online, solver: "adagrad" }, {}],
  } as const;
  const names = Object.keys(jobs) as (keyof typeof jobs)[];

  test.each(names)(
    "%s: with tau = 0, slots that change hands at any task leave the same model, and the same state",
    (name) => {
      const [options, variation] = jobs[name];
      const undisturbed = train(options, variation);
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(80), fc.nat(1)), { maxLength: 5 }), (changes) => {
          const newHoldersAt = (time: number) =>
            changes.filter(([at]) => at === time).map(([, slot]) => slot);
          const run = train(options, { ...variation, hooks: { newHoldersAt } });
          expect(run.outcome).toEqual(undisturbed.outcome);
          expect(run.stores.map((store) => store.digest())).toEqual(
            undisturbed.stores.map((store) => store.digest()),
          );
        }),
        { seed: 5, numRuns: 25 },
      );
    },
  );

  test.each(names)(
    "%s: a schedule that goes on from the record of its pass issues the same tasks",
    (name) => {
      const [options, variation] = jobs[name];
      for (const tau of [0, 3]) {
        const undisturbed = train(options, { ...variation, tau });
        const run = train(options, { ...variation, tau, hooks: { isSchedulerLostAt: () => true } });
        expect(run.records).toEqual(undisturbed.records);
        expect(run.outcome).toEqual(undisturbed.outcome);
        expect(run.history).toEqual(undisturbed.history);
      }
    },
  );

  test("with a delay a newcomer's model is the one that the servers hold, and the optimum is reached", () => {
    const newHoldersAt = (time: number) => (time % 7 === 3 ? [time % 2] : []);
    const { outcome } = train(tight, { tau: 4, filters: kkt, hooks: { newHoldersAt } });
    expect(outcome.objective).toBeCloseTo(literal(outcome.model, 2).objective, 8);
    expect(outcome.objective / best - 1).toBeLessThan(1e-6);
  });
});

describe("[McMahan et al. 2013] online solvers", () => {
  const zero = rows.length * Math.LN2;
  test.each([
    ["ftrl", 0],
    ["ftrl", 4],
    ["adagrad", 0],
    ["adagrad", 4],
  ])(
    "%s at tau %i falls far below the objective of no weights, and says what its model costs",
    (solver, tau) => {
      const options = { solver, lambda: 0.01, alpha: 0.3, batchRows: 20, passesMax: 20, epsilon: 1e-6 };
      const { outcome } = train(options, { tau, slotCount: 3 });
      expect(outcome.objective).toBeCloseTo(literal(outcome.model, 0.01).objective, 6);
      expect(outcome.objective).toBeLessThan(0.8 * zero);
      expect(outcome.nonzeros).toBeGreaterThan(10);
    },
  );

  test("float32 ends near float64, and every weight is one; dbpg refuses it", () => {
    const options = { lambda: 0.01, alpha: 0.3, batchRows: 20, passesMax: 5, epsilon: 1e-9 };
    const [single, double] = ["float32", "float64"].map(
      (element) => train({ ...options, solver: "ftrl", element }).outcome,
    );
    const weights = single.model?.weights ?? new Float64Array(0);
    expect(weights.length).toBeGreaterThan(10);
    expect(weights).toEqual(weights.map(Math.fround));
    expect(single.objective).not.toBe(double.objective);
    expect(single.objective).toBeCloseTo(double.objective, 3);
    expect(() => train({ ...options, element: "float32" })).toThrow("option element: dbpg needs float64");
  });

  test("lambda2 pulls weights towards 0", () => {
    const options = { solver: "ftrl", lambda: 0.01, alpha: 0.3, passesMax: 5, epsilon: 1e-9 };
    const size = (lambda2: number) => {
      const weights = train({ ...options, lambda2 }).outcome.model?.weights ?? new Float64Array(0);
      return weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
    };
    expect(size(5)).toBeLessThan(0.9 * size(0));
  });
});

describe("bad data is refused by name", () => {
  test.each([
    ["off the grid", 0.1, 0, "slot 0, row 1 of its share: the feature value 0.1 is not a multiple of 2^-20"],
    [
      "too large",
      200,
      0,
      "slot 0, row 1 of its share: the feature value 200 is not a multiple of 2^-20 below 102.4",
    ],
    [
      "not finite",
      Infinity,
      4,
      "slot 0, row 1 of its share: the feature value Infinity is not a finite number",
    ],
  ])("%s", (_, value, tau, message) => {
    const data: readonly Row[] = [{ label: 1, features: [[0, value]] }];
    expect(() => train({}, { rows: data, slotCount: 1, tau })).toThrow(message);
  });

  test("no features at all", () => {
    expect(() => train({}, { rows: [{ label: 1, features: [] }] })).toThrow("nothing to learn from");
  });
});

test("[OSDI'14 5.1, table 3] the DBPG program, with every helper that only it uses, is at most 300 lines", () => {
  const apps = fileURLToPath(new URL("../../../src/apps/", import.meta.url));
  const files = readdirSync(apps, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const texts = new Map(files.map((file) => [file, readFileSync(join(apps, file), "utf8")]));
  const program = files.filter((file) => file.startsWith(join("linear", "dbpg")));
  const others = files.filter((file) => !program.includes(file));
  const isUsedBy = (name: string, those: readonly string[]): boolean =>
    those.some((file) => new RegExp(`\\b${name}\\(`).test(texts.get(file) ?? ""));
  // Functions of other files, with what is said of them, that no other file names.
  const helpers = others.flatMap((file) =>
    [
      ...(texts.get(file) ?? "").matchAll(
        /^(?:\/\*\*(?:[^*]|\*(?!\/))*\*\/\n)?export function\*? (\w+)[^]*?\n\}\n/gm,
      ),
    ].filter(([, name]) => {
      const elsewhere = others.filter((other) => other !== file);
      return isUsedBy(name, program) && !isUsedBy(name, elsewhere);
    }),
  );
  expect(helpers.length).toBeGreaterThan(0);
  const lines = [...program.map((file) => texts.get(file) ?? ""), ...helpers.map(([text]) => text)].map(
    (text) => text.split("\n").length - 1,
  );
  expect(lines.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(300);
});
