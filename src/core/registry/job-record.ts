/** The record `job`: what was submitted, of which everything is checked. */
import { isCheckpointName } from "../checkpoint/checkpoint-files.ts";
import type { FilterSpec } from "../filters/filter-spec.ts";
import {
  type CheckpointPolicy,
  type JobSpec,
  lostPolicies,
  lostRangePolicies,
  type SlowestPolicy,
} from "../job.ts";
import { replications } from "../parameter.ts";
import { isCount, isScalar, type JsonObject, parseObject, parseObjectText } from "./json.ts";

export function parseJobRecord(text: string): JobSpec | string {
  const json = parseObjectText(text, "the job");
  if (typeof json === "string") return json;
  const { schema, name, application, seed, slotCount, tau, source, keyMax } = json;
  if (schema !== "tauring.job/1") return "the job's schema is tauring.job/1";
  if (typeof name !== "string") return "the job's name is a text";
  if (typeof application !== "string") return "the job's application is a text";
  if (typeof seed !== "string") return "the job's seed is a text";
  if (!isCount(slotCount) || slotCount === 0 || slotCount > 2 ** 20) return "slotCount is in [1, 2^20]";
  if (tau !== null && !isCount(tau)) return "tau is a count, or null for eventual consistency";
  const pushFilters = parseFilters(json.pushFilters, "pushFilters");
  if (typeof pushFilters === "string") return pushFilters;
  const pullFilters = parseFilters(json.pullFilters, "pullFilters");
  if (typeof pullFilters === "string") return pullFilters;
  const options = parseObject(json.options, "the job's options");
  if (typeof options === "string") return options;
  const wrong = Object.keys(options).find((option) => !isScalar(options[option]));
  if (wrong !== undefined) return `option ${wrong} is a number, a text, a boolean or null`;
  if (typeof keyMax !== "string" || !/^[0-9]{1,20}$/.test(keyMax) || BigInt(keyMax) >= 1n << 64n) {
    return "keyMax is a decimal text below 2^64";
  }
  const policy = parsePolicy(json.policy);
  if (typeof policy === "string") return policy;
  const saving = parseSaving(json);
  if (typeof saving === "string") return saving;
  return {
    ...policy,
    ...saving,
    schema,
    name,
    application,
    seed,
    slotCount,
    tau,
    pushFilters,
    pullFilters,
    options: options as JobSpec["options"],
    source,
    keyMax,
  };
}

function parsePolicy(json: unknown): Pick<JobSpec, "policy"> | string {
  if (json === undefined) return {};
  const policy = parseObject(json, "policy");
  if (typeof policy === "string") return policy;
  const lost = lostPolicies.find((known) => known === policy.lost);
  if (lost === undefined) return `policy.lost is one of ${lostPolicies.join(", ")}`;
  const replication = replications.find((known) => known === policy.replication);
  if (policy.replication !== undefined && replication === undefined) {
    return `policy.replication is one of ${replications.join(", ")}`;
  }
  const slowest = policy.slowest === undefined ? undefined : parseSlowest(policy.slowest);
  if (typeof slowest === "string") return slowest;
  const lostRange = lostRangePolicies.find((known) => known === policy.lostRange);
  if (policy.lostRange !== undefined && lostRange === undefined) {
    return `policy.lostRange is one of ${lostRangePolicies.join(", ")}`;
  }
  return { policy: { lost, replication, slowest, ...(lostRange === undefined ? {} : { lostRange }) } };
}

function parseSlowest(json: unknown): SlowestPolicy | string {
  const slowest = parseObject(json, "policy.slowest");
  if (typeof slowest === "string") return slowest;
  const { afterMs, action } = slowest;
  if (!isCount(afterMs) || afterMs === 0) return "policy.slowest.afterMs is a count of milliseconds, from 1";
  if (action !== "move" && action !== "drop") return "policy.slowest.action is move or drop";
  return { afterMs, action };
}

function parseSaving({ checkpoint, resume }: JsonObject): Pick<JobSpec, "checkpoint" | "resume"> | string {
  if (resume !== undefined && !(typeof resume === "string" && isCheckpointName(resume))) {
    return "resume is the name of a checkpoint";
  }
  const resumed = resume === undefined ? {} : { resume };
  if (checkpoint === undefined) return resumed;
  const policy = parseObject(checkpoint, "checkpoint");
  if (typeof policy === "string") return policy;
  for (const field of ["everyPasses", "everySeconds", "checkpointsKept"]) {
    const value = policy[field];
    if (value !== undefined && (!isCount(value) || value === 0))
      return `checkpoint.${field} is a count from 1`;
  }
  const { everyPasses, everySeconds, checkpointsKept } = policy as CheckpointPolicy;
  const given = Object.entries({ everyPasses, everySeconds, checkpointsKept }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...resumed, checkpoint: Object.fromEntries(given) };
}

function parseFilters(json: unknown, name: string): readonly FilterSpec[] | string {
  if (!Array.isArray(json)) return `${name} is a list`;
  const filters: FilterSpec[] = [];
  for (const item of json as readonly unknown[]) {
    const object = parseObject(item, `${name}[${filters.length}]`);
    if (typeof object === "string") return object;
    const filter = parseFilter(object);
    if (typeof filter === "string") return `${name}[${filters.length}]: ${filter}`;
    filters.push(filter);
  }
  return filters;
}

function parseFilter(json: JsonObject): FilterSpec | string {
  const { kind, threshold, decay, probability, bytes } = json;
  switch (kind) {
    case "key-caching":
    case "snappy":
    case "kkt":
      return { kind };
    case "significantly-modified":
      if (!isPositiveOrZero(threshold) || !isPositiveOrZero(decay))
        return "threshold and decay are at least 0";
      return { kind, threshold, decay };
    case "random-skip":
      if (!isPositiveOrZero(probability) || probability === 0 || probability > 1) {
        return "probability is in (0, 1]";
      }
      return { kind, probability };
    case "fixed-point":
      if (bytes !== 1 && bytes !== 2 && bytes !== 3) return "bytes is 1, 2 or 3";
      return { kind, bytes };
    default:
      return `there is no filter ${JSON.stringify(kind)}`;
  }
}

function isPositiveOrZero(json: unknown): json is number {
  return typeof json === "number" && json >= 0 && json < Infinity;
}
