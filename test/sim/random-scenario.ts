/** Random scenarios as plain data: clusters, delays, losses, consistency, filters, workloads. */
import fc from "fast-check";
import type { ScenarioInput } from "../../src/sim/index.ts";

const milliseconds = (min: number, max: number): fc.Arbitrary<string> =>
  fc.integer({ min: min * 1000, max: max * 1000 }).map((us) => `${us}us`);

const delay = fc.oneof(
  milliseconds(0.05, 3).map((constant) => ({ constant })),
  fc.tuple(fc.integer({ min: 20, max: 500 }), fc.integer({ min: 1, max: 5000 })).map(([low, more]) => ({
    uniform: [`${low}us`, `${low + more}us`] as [string, string],
  })),
  fc.tuple(fc.integer({ min: 50, max: 1000 }), fc.integer({ min: 2, max: 30 })).map(([p50, times]) => ({
    lognormal: { p50: `${p50}us`, p99: `${p50 * times}us` },
  })),
);

const link = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ mode: fc.constant("stream" as const), delay, reset: fc.constantFrom(0, 0, 0.01) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      mode: fc.constant("datagram" as const),
      delay,
      loss: fc.constantFrom(0, 0.01, 0.05, 0.2),
      duplicate: fc.constantFrom(0, 0.02, 0.1),
      reorder: fc.constantFrom(0, 0.05, 0.3),
    }),
  },
);

const consistency = fc.oneof(
  fc.constant({ kind: "sequential" as const }),
  fc.integer({ min: 1, max: 8 }).map((tau) => ({ kind: "bounded" as const, tau })),
  fc.constant({ kind: "eventual" as const }),
);

type Filters = NonNullable<ScenarioInput["filters"]>;
type Filter = NonNullable<Filters["push"]>[number];

const lossless: fc.Arbitrary<Filter[]> = fc.subarray<Filter>(["key-caching", "snappy"]);
const lossy: fc.Arbitrary<Filter> = fc.constantFrom<Filter>(
  { kind: "random-skip", probability: 0.7 },
  { kind: "fixed-point", bytes: 3 },
  { kind: "significantly-modified", threshold: 1e-4, decay: 0.1 },
);

const cluster = fc.record({
  servers: fc.integer({ min: 1, max: 4 }),
  workers: fc.integer({ min: 1, max: 4 }),
  virtualServers: fc.integer({ min: 1, max: 3 }),
  consistency,
});

const provenance = fc.record({
  kind: fc.constant("application" as const),
  application: fc.constant("provenance"),
  options: fc.record({
    tasks: fc.integer({ min: 4, max: 12 }),
    keys: fc.constantFrom(1, 5, 40),
    keysPerRequest: fc.integer({ min: 1, max: 6 }),
    pushesPerTask: fc.integer({ min: 0, max: 3 }),
    readsPerTask: fc.integer({ min: 0, max: 2 }),
    graph: fc.constantFrom("tau", "tau", "tau", "chain", "diamond", "random", "independent"),
    update: fc.constantFrom("add", "simple", "aggregated"),
    layout: fc.constantFrom("sparse", "dense"),
  }),
  keyMax: fc.constantFrom(63, 1000, 50_000),
});

/** Values say which pushes they contain, so filters must not change them. */
const provenanceScenario = fc.record({
  cluster: fc
    .tuple(cluster, fc.integer({ min: 0, max: 2 }))
    .map(([one, more]) => ({ ...one, slots: one.workers + more })),
  filters: fc.record({ push: lossless, pull: lossless }),
  workload: provenance.map((one) => [one]),
});

/** Training on a few rows: every filter that the consistency allows. */
const trainingScenario = fc
  .record({
    cluster,
    push: fc.tuple(
      fc.subarray<Filter>(["kkt", "key-caching", "snappy"]),
      fc.option(lossy, { nil: undefined }),
    ),
    pull: fc.subarray<Filter>(["kkt", "key-caching", "snappy"]),
    options: fc.record({
      solver: fc.constantFrom("dbpg", "dbpg", "ftrl", "adagrad"),
      lambda: fc.constantFrom(0.3, 1, 3),
      passesMax: fc.integer({ min: 1, max: 3 }),
    }),
  })
  .map(({ cluster: shape, push: [plain, lossyPush], pull, options }) => {
    const isSequential = shape.consistency.kind === "sequential";
    const isModified = typeof lossyPush === "object" && lossyPush.kind === "significantly-modified";
    const allowed = lossyPush !== undefined && !(isSequential && isModified) ? [lossyPush] : [];
    const isBlockwise = options.solver === "dbpg";
    const drop = (filters: Filter[]): Filter[] =>
      isBlockwise ? filters : filters.filter((one) => one !== "kkt");
    return {
      cluster: { ...shape, slots: shape.workers },
      filters: {
        push: [
          ...drop(plain).filter((one) => one === "kkt"),
          ...allowed,
          ...plain.filter((one) => one !== "kkt"),
        ],
        pull: drop(pull),
      },
      workload: [{ kind: "train" as const, job: "generated", options }],
    };
  });

export const randomScenario: fc.Arbitrary<ScenarioInput> = fc
  .record({
    shape: fc.oneof({ weight: 2, arbitrary: provenanceScenario }, { weight: 1, arbitrary: trainingScenario }),
    link,
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
  })
  .map(({ shape, link: profile, seed }) => ({
    schema: "tauring.scenario/1",
    name: "random",
    why: "drawn",
    seed,
    timing: { heartbeat: "100ms", suspect: "20s", retransmit: "20ms", retry: "5ms" },
    net: { default: profile },
    horizon: "600s",
    ...shape,
  }));
