import { unreachable } from "../assert.ts";
import type { ParameterSpec } from "../parameter.ts";
import type { FilterSpec } from "./filter-spec.ts";
import { filterOf } from "./pack-rows.ts";

/** Why a parameter's filters cannot do what they promise, in words for the author of the job; undefined: they can. */
export function validateFilters(spec: ParameterSpec, tau: number | null): string | undefined {
  return validatePushFilters(spec, tau) ?? validatePullFilters(spec, tau);
}

function validatePushFilters(spec: ParameterSpec, tau: number | null): string | undefined {
  const filters = spec.pushFilters;
  const where = `parameter ${spec.name}, push filters`;
  const refusal = validateStack(where, filters, tau);
  if (refusal !== undefined || spec.update.kind !== "assign") return refusal;
  for (const kind of ["significantly-modified", "random-skip"] as const) {
    if (filterOf(filters, kind) !== undefined) {
      return `${where}: ${kind} makes up later for what it leaves out, which only sums allow; update assign does not`;
    }
  }
  return undefined;
}

function validatePullFilters(spec: ParameterSpec, tau: number | null): string | undefined {
  const filters = spec.pullFilters;
  const where = `parameter ${spec.name}, pull filters`;
  const refusal = validateStack(where, filters, tau);
  if (refusal !== undefined) return refusal;
  if (filterOf(filters, "kkt") !== undefined && !spec.columns.some((column) => column.name === "mark")) {
    return `${where}: kkt leaves out rows by their column "mark", which the parameter does not have`;
  }
  if (filterOf(filters, "random-skip") === undefined) return undefined;
  if (filterOf(filters, "significantly-modified") !== undefined) {
    return `${where}: random-skip cannot be told from significantly-modified; take one of them`;
  }
  const column = spec.pulled.find((pulled) => spec.columns[pulled].initial !== 0);
  return column === undefined
    ? undefined
    : `${where}: random-skip needs rows that read as 0, and column ${spec.columns[column].name} ` +
        `begins at ${spec.columns[column].initial}`;
}

function validateStack(
  where: string,
  filters: readonly FilterSpec[],
  tau: number | null,
): string | undefined {
  for (const filter of filters) {
    if (filters.some((other) => other !== filter && other.kind === filter.kind)) {
      return `${where}: ${filter.kind} is named twice; once would do`;
    }
    const refusal = validateFilter(filter, tau);
    if (refusal !== undefined) return `${where}: ${refusal}`;
  }
  return undefined;
}

function validateFilter(filter: FilterSpec, tau: number | null): string | undefined {
  switch (filter.kind) {
    case "significantly-modified": {
      const { threshold, decay } = filter;
      if (tau === 0)
        return "significantly-modified needs tau above 0: with tau 0 every run has the same bits";
      if (!(threshold >= 0 && threshold < Infinity)) return `threshold ${threshold} is not 0 or more`;
      if (!(decay >= 0 && decay < Infinity)) return `decay ${decay} is not 0 or more`;
      return undefined;
    }
    case "random-skip": {
      const { probability } = filter;
      return probability > 0 && probability <= 1 ? undefined : `probability ${probability} is not in (0, 1]`;
    }
    case "fixed-point": {
      const bytes: number = filter.bytes;
      return bytes === 1 || bytes === 2 || bytes === 3 ? undefined : `bytes ${bytes} is not 1, 2 or 3`;
    }
    case "key-caching":
    case "snappy":
    case "kkt":
      return undefined;
    default:
      return unreachable(filter);
  }
}
