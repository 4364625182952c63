/**
 * Random scenarios as plain data: clusters, delays, losses, limits, consistency, filters, workloads. Every family of
 * trouble is left out of many of them, so that one does not hide another.
 */
import fc from "fast-check";
import type { ScenarioInput } from "../scenario/scenario.ts";
import { withExactPulls } from "./exact-pulls.ts";
import { type Fault, suspectMs } from "./drawn-budget.ts";
import { checkpointsKept, passesToLose } from "./lost-range.ts";
import { drawFaults, type Family, faultDrafts, losesRanges } from "./random-faults.ts";
import { withPhases } from "./with-phases.ts";

/** What drawn runs train on: a few rows, so that a run takes milliseconds. */
export const smallJobFile = "small-job.yaml";

type Filter = NonNullable<NonNullable<ScenarioInput["filters"]>["push"]>[number];
type Net = NonNullable<ScenarioInput["net"]>;
type Link = NonNullable<Net["default"]>;
type Delay = NonNullable<Link["delay"]>;
type Cluster = ScenarioInput["cluster"];
type Shape = Required<Pick<ScenarioInput, "cluster" | "filters" | "workload">>;

const delay: fc.Arbitrary<Delay> = fc.oneof(
  fc.integer({ min: 50, max: 3000 }).map((us) => ({ constant: `${us}us` })),
  fc
    .tuple(fc.integer({ min: 20, max: 500 }), fc.integer({ min: 1, max: 5000 }))
    .map(([low, more]): Delay => ({ uniform: [`${low}us`, `${low + more}us`] })),
  fc
    .tuple(fc.integer({ min: 50, max: 1000 }), fc.integer({ min: 2, max: 30 }))
    .map(([p50, times]) => ({ lognormal: { p50: `${p50}us`, p99: `${p50 * times}us` } })),
);

const repeat = fc.constantFrom(0, 0, 0.05, 0.3);

const stream: fc.Arbitrary<Link> = fc.record({
  mode: fc.constant("stream"),
  delay,
  reset: fc.constantFrom(0, 0.005, 0.02),
  reconnect: fc.constantFrom("1ms", "20ms"),
  repeat,
});

const datagram: fc.Arbitrary<Link> = fc.record({
  mode: fc.constant("datagram"),
  delay,
  loss: fc.constantFrom(0, 0.01, 0.05, 0.2),
  duplicate: fc.constantFrom(0, 0.02, 0.1),
  reorder: fc.constantFrom(0, 0.05, 0.3),
  spread: fc.constantFrom("5ms", "50ms"),
  repeat,
});

const net: fc.Arbitrary<Net> = fc.record(
  {
    default: fc.oneof({ weight: 1, arbitrary: stream }, { weight: 2, arbitrary: datagram }),
    nic: fc.constantFrom({ egress: "10Mbps", ingress: "10Mbps" }, { egress: "4Mbps" }),
    registry: delay,
  },
  { requiredKeys: ["default"] },
);

/** Each is small where it is named: queues fill, caches forget, and senders are told to come again. */
const limits: fc.Arbitrary<NonNullable<ScenarioInput["limits"]>> = fc.record(
  {
    sessionWindowMessages: fc.constantFrom(2, 8),
    keyListCacheBytesMax: fc.constantFrom(16, 200),
    heldBytesMax: fc.constantFrom(300, 1000),
    waitingReadsMax: fc.constantFrom(1, 2),
    tasksAheadMax: fc.constantFrom(2, 5),
    tasksAtOnceMax: fc.constantFrom(1, 3),
  },
  { requiredKeys: [] },
);

const timing: fc.Arbitrary<NonNullable<ScenarioInput["timing"]>> = fc.record({
  heartbeat: fc.constant("100ms"),
  suspect: fc.constant(`${suspectMs}ms`),
  retransmit: fc.constantFrom("2ms", "20ms"),
  retry: fc.constantFrom("1ms", "5ms"),
});

const cost: fc.Arbitrary<NonNullable<ScenarioInput["cost"]>> = fc.record({
  /** The longest leave time for what takes seconds: members that leave, checkpoints, and repairs in a job that goes on. */
  step: fc.constantFrom("20us", "500us", "500us", "20ms"),
  noise: fc.constantFrom(0, 0.12, 1.5),
});

const cluster: fc.Arbitrary<Cluster> = fc
  .record({
    servers: fc.integer({ min: 1, max: 4 }),
    workers: fc.integer({ min: 1, max: 4 }),
    virtualServers: fc.integer({ min: 1, max: 3 }),
    managers: fc.integer({ min: 1, max: 3 }),
    schedulers: fc.integer({ min: 1, max: 3 }),
    replicas: fc.integer({ min: 0, max: 2 }),
    /** Slots beyond one for each worker. */
    more: fc.integer({ min: 0, max: 2 }),
    consistency: fc.oneof(
      fc.constant({ kind: "sequential" as const }),
      fc.integer({ min: 1, max: 8 }).map((tau) => ({ kind: "bounded" as const, tau })),
      fc.constant({ kind: "eventual" as const }),
    ),
  })
  .map(({ more, ...shape }) => ({
    ...shape,
    replicas: Math.min(shape.replicas, shape.servers - 1),
    slots: shape.workers + more,
  }));

const lossless: fc.Arbitrary<Filter[]> = fc.subarray<Filter>(["key-caching", "snappy"]);

/** Values say which pushes they contain, so filters must not change them. */
const checking: fc.Arbitrary<Shape> = fc.record({
  cluster,
  filters: fc.record({ push: lossless, pull: lossless }),
  workload: fc
    .record({
      kind: fc.constant("application" as const),
      application: fc.constant("provenance"),
      options: fc.record({
        tasks: fc.integer({ min: 4, max: 12 }),
        keys: fc.constantFrom(1, 5, 40),
        keysPerRequest: fc.integer({ min: 1, max: 6 }),
        pushesPerTask: fc.integer({ min: 0, max: 3 }),
        callsPerTask: fc.constantFrom(0, 0, 1),
        readsPerTask: fc.integer({ min: 0, max: 2 }),
        graph: fc.constantFrom(
          "tau",
          "tau",
          "tau",
          "tau",
          "tau",
          "chain",
          "diamond",
          "random",
          "independent",
        ),
        update: fc.constantFrom("add", "simple", "aggregated", "aggregated"),
        layout: fc.constantFrom("sparse", "dense"),
      }),
      keyMax: fc.constantFrom(63, 1000, 50_000),
    })
    .map((one) => [one]),
});

type Lossy = Exclude<Filter, string>;

const randomSkip: fc.Arbitrary<Lossy> = fc.record({
  kind: fc.constant("random-skip"),
  probability: fc.constantFrom(0.3, 0.7),
});
const modified: fc.Arbitrary<Lossy> = fc.record({
  kind: fc.constant("significantly-modified"),
  threshold: fc.constantFrom(1e-4, 1e-2),
  decay: fc.constant(0.1),
});
const fixedPoint: fc.Arbitrary<Lossy> = fc.record({
  kind: fc.constant("fixed-point"),
  bytes: fc.constantFrom(1, 2, 3),
});
const oneLossy: fc.Arbitrary<Lossy> = fc.oneof(randomSkip, modified, fixedPoint);
const someLossy: fc.Arbitrary<Lossy[]> = fc
  .tuple(randomSkip, modified, fixedPoint)
  .chain((filters) => fc.subarray(filters));

/** Training on a few rows, under every stack of filters that consistency and solver allow. */
const training: fc.Arbitrary<Shape> = fc
  .record({
    cluster,
    isKkt: fc.boolean(),
    push: fc.tuple(someLossy, lossless),
    pull: fc.tuple(fc.option(oneLossy, { nil: undefined, freq: 2 }), lossless),
    options: fc.record({
      solver: fc.constantFrom("dbpg", "dbpg", "dbpg", "bpg", "ftrl", "adagrad"),
      lambda: fc.constantFrom(0.1, 0.3, 1),
      passesMax: fc.integer({ min: 1, max: 3 }),
      batchRows: fc.constantFrom(3, 10),
    }),
  })
  .map(({ cluster: shape, isKkt, push, pull, options }) => {
    const isSequential = shape.consistency?.kind === "sequential";
    const solver = options.solver === "bpg" && !isSequential ? "dbpg" : options.solver;
    const kkt: Filter[] = isKkt && solver === "dbpg" ? ["kkt"] : [];
    const isAllowed = ({ kind }: Lossy): boolean => kind !== "significantly-modified" || !isSequential;
    // The trust radius, which pulls bring at an exact time, does not begin at 0.
    const readsZero = !isSequential || solver === "ftrl" || solver === "adagrad";
    const [asked, plain] = pull;
    const isRefused = asked === undefined || (asked.kind === "random-skip" && !readsZero);
    const lossyPull = isRefused ? [] : [asked];
    return {
      cluster: shape,
      filters: {
        push: [...kkt, ...push[0].filter(isAllowed), ...push[1]],
        pull: [...kkt, ...lossyPull.filter(isAllowed), ...plain],
      },
      workload: [{ kind: "train", job: smallJobFile, options: { ...options, solver } }],
    };
  });

/** Between passes, so only what trains has any. */
const checkpoint: fc.Arbitrary<ScenarioInput["checkpoint"]> = fc.oneof(
  fc.constant(undefined),
  fc.record({ everyPasses: fc.integer({ min: 1, max: 2 }), checkpointsKept: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ everySeconds: fc.constant(1), checkpointsKept: fc.integer({ min: 1, max: 3 }) }),
);

/** Left by a cluster of other sizes. */
const resume: fc.Arbitrary<ScenarioInput["resume"]> = fc.record({
  servers: fc.integer({ min: 1, max: 4 }),
  workers: fc.integer({ min: 1, max: 2 }),
  saved: fc.integer({ min: 1, max: 2 }),
});

/** Whole segments of many keys go down chains and to those that join: a link of a few megabits would carry nothing but their repeats. */
function isHeavy({ cluster: { replicas = 0 }, workload: [one] }: Shape, faults: readonly Fault[]): boolean {
  const moves = ["join", "preempt", "leave", "decommission"];
  const isFilling = replicas > 0 || faults.some(({ kind }) => moves.includes(kind));
  return (
    isFilling && (one.kind === "train" || (one.kind === "application" && one.options?.layout === "dense"))
  );
}

/** This one may be content after its first pass, before it is saved. */
function isLong({ workload: [one] }: Shape): boolean {
  return one.kind === "train" && one.options?.solver !== "adagrad";
}

/** So many that a checkpoint, or a second one, is saved before the job ends: the first is as the second pass begins. */
function withPasses(shape: Shape, passes: number): Shape {
  const [one] = shape.workload;
  if (one.kind !== "train") return shape;
  const passesMax = Math.max(passes, Number(one.options?.passesMax));
  return { ...shape, workload: [{ ...one, options: { ...one.options, passesMax } }] };
}

/** Where a range is to be lost there is a checkpoint to go on from. */
function savedAs(saves: ScenarioInput["checkpoint"], losesRange: boolean): Partial<ScenarioInput> {
  if (losesRange) return { checkpoint: { everyPasses: 1, checkpointsKept } };
  return saves === undefined ? {} : { checkpoint: saves };
}

function withoutNic({ nic: _, ...links }: Net): Net {
  return links;
}

/** A cluster, its world, its work, and faults of these families. */
export function randomScenario(families: readonly Family[]): fc.Arbitrary<ScenarioInput> {
  return fc
    .record({
      shape: fc.oneof({ weight: 1, arbitrary: checking }, { weight: 1, arbitrary: training }),
      net,
      limits: fc.oneof(fc.constant({}), limits),
      timing,
      cost,
      drafts: fc.oneof(
        { weight: 1, arbitrary: fc.constant([]) },
        { weight: 2, arbitrary: faultDrafts(families) },
      ),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
      saves: checkpoint,
      policy: fc.record({
        lost: fc.constantFrom("replace", "replace", "redistribute", "continue"),
        replication: fc.constantFrom("after-aggregation", "after-aggregation", "naive"),
      }),
      goesOn: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: resume }),
      stormMs: fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.integer({ min: 20, max: 1500 }) },
      ),
    })
    .map(({ shape, seed, drafts, saves, net: links, goesOn, stormMs, ...world }) => {
      const isSaved = shape.workload[0].kind === "train";
      const isResumed = goesOn !== undefined && isSaved && isLong(shape);
      const losesRange = isSaved && losesRanges(drafts);
      const faults = drawFaults(drafts, shape.cluster, isSaved);
      const scenario = withExactPulls({
        schema: "tauring.scenario/1",
        name: "random",
        why: "drawn",
        seed,
        ...(isResumed || losesRange ? withPasses(shape, losesRange ? passesToLose : 2) : shape),
        ...world,
        ...(isSaved ? savedAs(saves, losesRange) : {}),
        ...(isResumed ? { resume: goesOn } : {}),
        net: {
          ...(isHeavy(shape, faults) ? withoutNic(links) : links),
          registryFaults: { timeout: "100ms" },
        },
        faults,
        horizon: "600s",
        eventsMax: 200_000,
      });
      return stormMs === undefined ? scenario : withPhases(scenario, 1000 * stormMs);
    });
}
