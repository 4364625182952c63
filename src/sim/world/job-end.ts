/** What the registry says of how the job ended. */
import { parseFailureRecord, recordKeys } from "../../core/index.ts";
import type { SimulatedRegistry } from "./registry.ts";

export function hasEnded(registry: SimulatedRegistry): boolean {
  return registry.value(recordKeys.result) !== undefined || registry.value(recordKeys.failure) !== undefined;
}

/** Undefined where it ended well, or has not ended; `firstReason` is that with which a node stopped first. */
export function failureOf(registry: SimulatedRegistry, firstReason: string | undefined): string | undefined {
  const record = registry.value(recordKeys.failure);
  const failure = record === undefined ? undefined : parseFailureRecord(record);
  if (typeof failure === "object") return failure.reason;
  return registry.value(recordKeys.result) === undefined ? firstReason : undefined;
}
