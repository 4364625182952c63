/** Job files, `tauring.job/1`: what is trained, on which data, how consistently, and when it ends. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { applications } from "../apps/index.ts";
import type { CheckpointPolicy, FilterSpec, JobSpec } from "../core/index.ts";
import type { DataSource } from "../data/index.ts";
import {
  consistency,
  describeProblems,
  didYouMean,
  filters,
  parseYaml,
  policy,
  tauOf,
} from "../sim/index.ts";
import { replicasMax, serversMax, virtualServersMax, workersMax } from "./cluster-limits.ts";
import { CommandError, exitCodes, messageOf } from "./exit.ts";
import { readText } from "./files.ts";

const count = z.number().int().min(1);
const positive = z.number().gt(0);
const paths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const stopFields = {
  epsilon: positive.optional(),
  passesMax: count.optional(),
  gap: positive.optional(),
  reference: z.number().optional(),
};

export const jobFileSchema = z.strictObject({
  schema: z.literal("tauring.job/1"),
  name: z.string().regex(/^[a-z0-9-]+$/, "a name has lower-case letters, digits and dashes"),
  why: z.string().optional(),
  application: z.enum(["linear"]),
  seed: z
    .union([z.number().int().min(0), z.string().min(1)])
    .transform(String)
    .default("1"),
  data: z.strictObject({
    /** Paths are looked up beside the job file, then in TAURING_DATA_DIR. */
    train: paths,
    test: paths.optional(),
    format: z.enum(["libsvm", "criteo"]).default("libsvm"),
    /** Largest feature index; found by reading the data where it is not given. */
    features: count.max(Number.MAX_SAFE_INTEGER).optional(),
    badLines: z.enum(["fail", "skip"]).default("fail"),
  }),
  cluster: z
    .strictObject({
      servers: count.max(serversMax).default(2),
      workers: count.max(workersMax).default(2),
      virtualServers: count.max(virtualServersMax).default(4),
      replicas: z.number().int().min(0).max(replicasMax).default(0),
      slots: count.max(10_000).optional(),
    })
    .prefault({}),
  consistency: consistency.default({ kind: "sequential" }),
  policy: policy.prefault({}),
  /** When it is saved, where its cluster keeps checkpoints. */
  checkpoint: z
    .strictObject({
      everyPasses: count.optional(),
      everySeconds: count.optional(),
      checkpointsKept: count.optional(),
    })
    .optional(),
  filters: filters.prefault({}),
  solver: z.enum(["dbpg", "bpg", "ftrl", "adagrad"]).default("dbpg"),
  lambda: z.number().min(0),
  lambda2: z.number().min(0).optional(),
  options: z
    .strictObject({
      eta: z.union([positive, z.literal("auto")]).optional(),
      deltaInit: positive.optional(),
      deltaMax: positive.optional(),
      ratio: positive.optional(),
      blocks: count.optional(),
      batchRows: count.optional(),
      alpha: positive.optional(),
      beta: z.number().min(0).optional(),
      element: z.enum(["float32", "float64"]).optional(),
    })
    .prefault({}),
  stop: z.strictObject(stopFields).prefault({}),
});

type JobFile = z.output<typeof jobFileSchema>;

/** A job file, read and resolved. */
export interface Job {
  readonly spec: JobSpec;
  readonly train: DataSource;
  readonly test: DataSource | undefined;
  /** From the file; undefined: to be found by reading the data. */
  readonly features: number | undefined;
  readonly servers: number;
  readonly workers: number;
  readonly virtualServers: number;
  readonly replicas: number;
  readonly reference: number | undefined;
  /** Where the file says it, or would: `file:line:column`. */
  readonly place: Place;
}

type Place = (path: readonly string[]) => string;

/** What the command line may say instead of the file. */
export interface JobOverrides {
  readonly servers?: number | undefined;
  readonly workers?: number | undefined;
  readonly replicas?: number | undefined;
  readonly tau?: number | undefined;
  readonly gap?: number | undefined;
  readonly passesMax?: number | undefined;
  readonly eta?: number | undefined;
  readonly seed?: string | undefined;
  readonly badLines?: "fail" | "skip" | undefined;
  readonly solver?: "dbpg" | "bpg" | "ftrl" | "adagrad" | undefined;
  readonly filters?: "none" | "key-caching" | "all" | undefined;
  /** Where an option was said: `cli` or `env`. */
  readonly source?: ((option: string) => string | undefined) | undefined;
}

export function readJob(path: string, overrides: JobOverrides): Job {
  const schema = jobFileSchema as unknown as z.ZodType<JobFile>;
  const parsed = parseYaml(readText(path), path, schema);
  if (!parsed.ok) throw new CommandError(exitCodes.usage, describeProblems(parsed.problems));
  return resolveJob(parsed.value, { folder: dirname(resolve(path)), place: parsed.place }, overrides);
}

/** What the schema cannot know, the application refuses before anything is started. */
export function checkWithApplication(
  { spec, place }: Pick<Job, "spec" | "place">,
  overrides: JobOverrides = {},
): void {
  try {
    applications(spec.application)?.parameters(spec);
  } catch (error) {
    const message = messageOf(error);
    const field = fieldOf(message);
    const given = overridesIn(message, overrides);
    const words = given.map(({ text }) => text).join(" ");
    const isOverridden = given.some(({ name }) => name === field.at(-1));
    const where = isOverridden ? `${words}:` : place(field) + (words === "" ? "" : ` with ${words}:`);
    throw new CommandError(exitCodes.usage, `${where} ${message}${meantBy(message)}`);
  }
}

/** What the command line says of that which an application complains about. */
function overridesIn(
  complaint: string,
  overrides: JobOverrides,
): readonly { readonly name: string; readonly text: string }[] {
  const names = ["solver", "tau", "filters", "gap", "passesMax", "eta"] as const;
  return names.flatMap((name) => {
    const value = overrides[name];
    if (value === undefined || !new RegExp(`\\b${name.replace(/s$/, "s?")}\\b`).test(complaint)) return [];
    const option = name === "passesMax" ? "passes" : name;
    const isEnvironment = overrides.source?.(option) === "env";
    return [{ name, text: `${isEnvironment ? `TAURING_${option.toUpperCase()}` : `--${option}`} ${value}` }];
  });
}

/** A guess at what was meant, where the complaint lists the words that are allowed. */
function meantBy(complaint: string): string {
  const [, found, words] =
    /^option (\w+): \w+ knows (.+)$/.exec(complaint) ??
    /^option \w+: "?(\w+)"? is none of (.+)$/.exec(complaint) ??
    [];
  return words === undefined ? "" : didYouMean(found, words.split(", "));
}

/** The field of the file that an application's complaint is about: it begins with `option NAME` or `filter NAME`. */
function fieldOf(complaint: string): readonly string[] {
  const [, kind, name] = /^(option|filter) ([\w-]+)/.exec(complaint) ?? [];
  if (kind === "filter") return ["filters"];
  if (name === undefined) return [];
  if (Object.hasOwn(jobFileSchema.shape, name)) return [name];
  return [name in stopFields ? "stop" : "options", name];
}

interface Found {
  readonly folder: string;
  readonly place: Place;
}

function resolveJob(file: JobFile, found: Found, overrides: JobOverrides): Job {
  const workers = overrides.workers ?? file.cluster.workers;
  const badLines = overrides.badLines ?? file.data.badLines;
  const source = (field: "train" | "test", given: string | readonly string[]): DataSource => ({
    paths: (typeof given === "string" ? [given] : given).map((path) => findData(path, field, found)),
    format: file.data.format,
    badLines,
  });
  const { format, features } = file.data;
  // The servers hold no key above it. A test row may: such a feature weighs nothing.
  const limits = format === "libsvm" && features !== undefined ? { featureMax: features } : {};
  const train: DataSource = { ...source("train", file.data.train), ...limits };
  const filtersGiven = chosenFilters(file, overrides.filters);
  const solver = overrides.solver ?? file.solver;
  const spec: JobSpec = {
    schema: "tauring.job/1",
    name: file.name,
    application: file.application,
    seed: overrides.seed ?? file.seed,
    slotCount: file.cluster.slots ?? workers,
    tau: overrides.tau ?? tauOf(file.consistency),
    policy: file.policy,
    ...(file.checkpoint === undefined ? {} : { checkpoint: file.checkpoint as CheckpointPolicy }),
    pushFilters: filtersGiven.push,
    pullFilters: filtersGiven.pull,
    options: defined({
      solver,
      lambda: file.lambda,
      lambda2: file.lambda2,
      ...file.options,
      ...file.stop,
      gap: overrides.gap ?? file.stop.gap,
      passesMax: overrides.passesMax ?? file.stop.passesMax,
      eta: overrides.eta ?? file.options.eta,
    }),
    source: train,
    keyMax: file.data.format === "criteo" ? (2n ** 64n - 1n).toString() : String(file.data.features ?? 0),
  };
  return {
    spec,
    train,
    test: file.data.test === undefined ? undefined : source("test", file.data.test),
    features: file.data.format === "criteo" ? Number.MAX_SAFE_INTEGER : file.data.features,
    servers: overrides.servers ?? file.cluster.servers,
    workers,
    virtualServers: file.cluster.virtualServers,
    replicas: overrides.replicas ?? file.cluster.replicas,
    reference: file.stop.reference,
    place: found.place,
  };
}

function chosenFilters(
  file: JobFile,
  override: JobOverrides["filters"],
): { readonly push: readonly FilterSpec[]; readonly pull: readonly FilterSpec[] } {
  if (override === "none") return { push: [], pull: [] };
  const caching: readonly FilterSpec[] = [{ kind: "key-caching" }];
  if (override === "key-caching") return { push: caching, pull: caching };
  if (override === "all") {
    const kkt: FilterSpec = { kind: "kkt" };
    const snappy: FilterSpec = { kind: "snappy" };
    // Gradients bear rounding; weights are pulled as they are.
    const push: readonly FilterSpec[] = [kkt, ...caching, { kind: "fixed-point", bytes: 2 }, snappy];
    return { push, pull: [kkt, ...caching, snappy] };
  }
  return {
    push: file.filters.push as readonly FilterSpec[],
    pull: file.filters.pull as readonly FilterSpec[],
  };
}

function findData(path: string, field: "train" | "test", { folder, place }: Found): string {
  const beside = isAbsolute(path) ? path : join(folder, path);
  if (existsSync(beside)) return beside;
  const refuse = (why: string): never => {
    throw new CommandError(exitCodes.data, `${place(["data", field])} data.${field}: ${why}`);
  };
  if (isAbsolute(path)) return refuse(`there is no file ${path}`);
  const { TAURING_DATA_DIR } = process.env;
  if (TAURING_DATA_DIR === undefined || TAURING_DATA_DIR === "") {
    return refuse(
      `there is no file ${beside}, and TAURING_DATA_DIR, where it is looked for next, is not set`,
    );
  }
  const elsewhere = join(resolve(TAURING_DATA_DIR), path);
  if (existsSync(elsewhere)) return elsewhere;
  return refuse(`there is neither ${beside} nor, in TAURING_DATA_DIR, ${elsewhere}`);
}

function defined(options: Readonly<Record<string, number | string | undefined>>): JobSpec["options"] {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as JobSpec["options"];
}
