import type { KeyRange, ParameterSpec } from "../../../src/core/index.ts";
import { parameterSpec } from "../../support/jobs.ts";

export const span: KeyRange = { begin: 0n, end: 1000n };

/** A parameter to test with: what matters is named, the rest is the same everywhere. */
export function parameter(changes: Partial<ParameterSpec> = {}): ParameterSpec {
  return parameterSpec({ name: "w", span, keyBlockCount: 16, ...changes });
}
