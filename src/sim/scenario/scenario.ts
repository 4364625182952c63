/** Scenario files, `tauring.scenario/1`: a story of a cluster, as plain data. Later versions only add fields. */
import { z } from "zod";
import { defaultNodeOptions, lostPolicies, lostRangePolicies, replications } from "../../core/index.ts";
import { allCheckers } from "../../observe/index.ts";
import { delay } from "./delay.ts";
import { type Parsed, parseYaml, type Prepare } from "./document.ts";
import { factsExpected, patternComplaints } from "./expectations.ts";
import { extended } from "./extends.ts";
import { fault } from "./fault-fields.ts";
import { type FaultComplaint, faultComplaints } from "./faults.ts";
import { budget, budgetComplaints } from "./loss-budget.ts";
import { Names } from "./names.ts";
import { didYouMean } from "./nearest-word.ts";
import { migrated, migrations } from "./migrate.ts";
import { phase, phaseComplaints, placedFaults } from "./phases.ts";
import { script } from "./script-fields.ts";
import { duration, rate } from "./units.ts";

const scenarioVersion = "tauring.scenario/1";

const checkNames: readonly string[] = allCheckers(undefined).map(({ id }) => id);
const checkName = z
  .string()
  .regex(/^[A-Z][0-9]+$/, "a check is named as in docs/checkers.md: X1")
  .refine((name) => checkNames.includes(name), {
    error: ({ input }) => `no such check${didYouMean(String(input), checkNames)}; docs/checkers.md has all`,
    when: ({ issues }) => issues.length === 0,
  });

const probability = z.number().min(0).max(1);
const count = z.number().int().min(1);

export const consistency = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sequential") }),
  z.strictObject({ kind: z.literal("bounded"), tau: z.number().int().min(0).max(1_000_000) }),
  z.strictObject({ kind: z.literal("eventual") }),
]);

export const filter = z.union([
  z.enum(["key-caching", "snappy", "kkt"]).transform((kind) => ({ kind })),
  z.strictObject({
    kind: z.literal("significantly-modified"),
    threshold: z.number().min(0),
    decay: z.number().min(0).default(0),
  }),
  z.strictObject({ kind: z.literal("random-skip"), probability: z.number().gt(0).max(1) }),
  z.strictObject({
    kind: z.literal("fixed-point"),
    bytes: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  }),
]);

export const filters = z.strictObject({
  push: z.array(filter).max(8).default([]),
  pull: z.array(filter).max(8).default([]),
});

export const policy = z.strictObject({
  lost: z.enum(lostPolicies).default("replace"),
  lostRange: z.enum(lostRangePolicies).optional(),
  replication: z.enum(replications).optional(),
  slowest: z.strictObject({ afterMs: count.max(86_400_000), action: z.enum(["move", "drop"]) }).optional(),
});

const options = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));

/** A job file's application trains on its data, or an application that needs none runs with these options. */
const workload = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("train"), job: z.string().min(1), options: options.optional() }),
  z.strictObject({
    kind: z.literal("application"),
    application: z.string().min(1),
    options: options.default({}),
    /** Keys are in [0, keyMax]. */
    keyMax: count.max(Number.MAX_SAFE_INTEGER).default(1_000_000),
  }),
  script,
]);

const linkDefault = { constant: "200us" } as const;

const seed = z.union([z.number().int().min(0), z.string().min(1)]).transform(String);

const fields = z.strictObject({
  schema: z.literal(scenarioVersion),
  /** Another scenario, whose fields hold where this one does not say otherwise. */
  extends: z.string().min(1).optional(),
  name: z.string().regex(/^[a-z0-9-]+$/, "a name has lower-case letters, digits and dashes"),
  /** What the scenario shows, and where it comes from. */
  why: z.string().min(1),
  /** The paper, an issue, a published bug, or the run that found it. */
  source: z.string().min(1).optional(),
  seed: seed.optional(),
  /** Where it can be run: in virtual time, and on real processes. */
  targets: z
    .array(z.enum(["sim", "real"]))
    .min(1)
    .default(["sim", "real"]),
  cluster: z.strictObject({
    servers: count.max(1000),
    workers: count.max(10_000),
    managers: count.max(10).default(1),
    schedulers: count.max(10).default(1),
    /** Of each segment, beside its master. */
    replicas: z.number().int().min(0).max(10).default(0),
    virtualServers: count.max(1000).default(4),
    slots: count.max(10_000).optional(),
    consistency: consistency.optional(),
  }),
  filters: filters.optional(),
  policy: policy.optional(),
  /** When the job is saved, over what its file says. */
  checkpoint: z
    .strictObject({
      everyPasses: count.max(1_000_000).optional(),
      everySeconds: count.max(1_000_000).optional(),
      checkpointsKept: count.max(1000).optional(),
    })
    .optional(),
  /** The job goes on from a checkpoint that an earlier cluster of these sizes has left. */
  resume: z
    .strictObject({
      servers: count.max(1000),
      workers: count.max(10_000).default(1),
      /** Which of those that it has left, the oldest first; where there are fewer, the newest. */
      saved: count.max(1000).default(1),
    })
    .optional(),
  timing: z
    .strictObject({
      heartbeat: duration.optional(),
      suspect: duration.optional(),
      retransmit: duration.optional(),
      retry: duration.optional(),
      /** From an eviction to the next life of the node. */
      rejoin: duration.default(100_000),
    })
    .prefault({}),
  /** Options of every node that the story makes small, so that they are met (docs/options.md). */
  limits: z
    .strictObject({
      sessionWindowMessages: count.default(defaultNodeOptions.sessionWindowMessages),
      fillChunkBytes: count.default(defaultNodeOptions.fillChunkBytes),
      fillBytesPerSecondMax: count.default(defaultNodeOptions.fillBytesPerSecondMax),
      keyListCacheBytesMax: count.default(defaultNodeOptions.keyListCacheBytesMax),
      heldBytesMax: count.default(defaultNodeOptions.heldBytesMax),
      waitingReadsMax: count.default(defaultNodeOptions.waitingReadsMax),
      tasksAheadMax: count.default(defaultNodeOptions.tasksAheadMax),
      tasksAtOnceMax: count.default(defaultNodeOptions.tasksAtOnceMax),
    })
    .prefault({}),
  net: z
    .strictObject({
      default: z
        .strictObject({
          mode: z.enum(["stream", "datagram"]).default("stream"),
          delay: delay.default(delay.parse(linkDefault)),
          loss: probability.default(0),
          duplicate: probability.default(0),
          reorder: probability.default(0),
          /** A request comes once more, past the session, as from a sender that has lost it. */
          repeat: probability.default(0),
          spread: duration.default(5000),
          reset: probability.default(0),
          reconnect: duration.default(20_000),
        })
        .superRefine((link, context) => {
          const idle =
            link.mode === "stream" ? (["loss", "duplicate", "reorder"] as const) : (["reset"] as const);
          const other = link.mode === "stream" ? "datagram" : "stream";
          for (const name of idle) {
            if (link[name] === 0) continue;
            const message = `does nothing on ${link.mode} links; allowed with mode: ${other}`;
            context.addIssue({ code: "custom", path: [name], message });
          }
        })
        .prefault({}),
      nic: z.strictObject({ egress: rate.optional(), ingress: rate.optional() }).default({}),
      registry: delay.default(delay.parse({ constant: "500us" })),
      registryFaults: z
        .strictObject({
          requestLoss: probability.max(0.99).default(0),
          answerLoss: probability.max(0.99).default(0),
          timeout: duration.default(2e6),
          toldFirst: probability.default(0.5),
          late: probability.default(0),
          lateBy: delay.default(delay.parse({ exponential: { mean: "20ms" } })),
          watchLoss: probability.max(0.99).default(0),
          rewatch: duration.default(100_000),
          minority: z
            .array(
              z
                .strictObject({ from: duration, to: duration })
                .refine(({ from, to }) => from < to, "a minority begins before it ends"),
            )
            .max(100)
            .default([]),
        })
        .prefault({}),
    })
    .prefault({}),
  cost: z
    .strictObject({
      nonzerosPerSecond: z.number().gt(0).default(1e8),
      step: duration.default(20),
      noise: z.number().min(0).max(3).default(0.12),
    })
    .prefault({}),
  faults: z.array(fault).max(10_000).default([]),
  /** One after the other: faults whose times count from when their phase begins. */
  phases: z.array(phase).max(100).default([]),
  /** From then on everything random is drawn from that seed. */
  reseeds: z
    .array(z.strictObject({ at: duration, seed }))
    .max(1000)
    .default([]),
  /** How much of the cluster the faults take away at once. */
  budget: budget.optional(),
  /** One for now. */
  workload: z.array(workload).length(1),
  horizon: duration.default(3600e6),
  eventsMax: z.number().int().min(1).default(200_000_000),
  expect: z
    .strictObject({
      verdict: z.enum(["pass", "violated", "failed", "undecided"]).default("pass"),
      /** `may-miss`: a fault that waits for what never comes is no disappointment. */
      faults: z.enum(["all-happen", "may-miss"]).default("all-happen"),
      /** Facts that must come, and those that must not. */
      facts: factsExpected.prefault({}),
      /** Checks that must have had something to decide (docs/checkers.md). */
      checks: z.array(checkName).max(100).default([]),
      outcome: z
        .strictObject({
          endedBy: z.string().optional(),
          passesMax: z.number().int().min(1).optional(),
        })
        .default({}),
      /** The relative gap to the job's reference objective is at most this. */
      gapMax: z.number().gt(0).optional(),
      /** At least so many events, so that the scenario is known to do something. */
      eventsMin: z.number().int().optional(),
      /** A golden trace hash, for the seed in this file. */
      traceHash: z.string().length(64).optional(),
    })
    .prefault({}),
});

export const scenarioSchema = fields
  .superRefine((scenario, context) => {
    // Without a cluster there is nobody whom a fault could name.
    if (context.issues.some(({ path }) => path?.[0] === "cluster")) return;
    const placed = placedFaults(scenario);
    const whole = { ...scenario, faults: placed.map((one) => one.fault) };
    const found: readonly FaultComplaint[] = [...faultComplaints(whole), ...budgetComplaints(whole)];
    for (const { path, isField, message } of found) {
      const [index, ...rest] = path;
      const place = placed[Number(index)]?.path ?? ["faults"];
      context.addIssue({ code: "custom", path: [...place, ...rest], message, params: { isField } });
    }
    for (const { path, isField, message } of patternComplaints(scenario.expect.facts, new Names(whole))) {
      const place = ["expect", "facts", ...path];
      context.addIssue({ code: "custom", path: place, message, params: { isField } });
    }
    if (scenario.resume !== undefined && scenario.workload[0]?.kind !== "train") {
      const message = "goes with a workload that trains: others are not saved";
      context.addIssue({ code: "custom", path: ["resume"], message });
    }
    for (const path of phaseComplaints(scenario.phases)) {
      const message = "says how long it is: for; only the last may leave that out";
      context.addIssue({ code: "custom", path: [...path], message });
    }
  })
  // Phases are a way to write faults: nobody else needs to know of them.
  .overwrite((scenario) => ({
    ...scenario,
    faults: placedFaults(scenario).map((one) => one.fault),
    phases: [],
  }));

export type Scenario = z.output<typeof scenarioSchema>;
/** As it is written, before units and defaults. */
export type ScenarioInput = z.input<typeof scenarioSchema>;

/** `read` gives the text of a file that this one extends, by its path from here. */
export function parseScenario(text: string, file: string, read?: (path: string) => string): Parsed<Scenario> {
  const prepare: Prepare = (value) => {
    const whole = extended(value, read);
    return "message" in whole ? whole : migrated(whole.value, scenarioVersion, migrations);
  };
  return parseYaml(text, file, scenarioSchema as unknown as z.ZodType<Scenario>, { prepare });
}

/** In the order in which they stand in a file. */
export const scenarioFields: readonly string[] = Object.keys(fields.shape);
