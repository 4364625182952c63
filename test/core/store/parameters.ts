import type { KeyRange, ParameterSpec } from "../../../src/core/index.ts";

export const span: KeyRange = { begin: 0n, end: 1000n };

/** A parameter to test with: what matters is named, the rest is the same everywhere. */
export function parameter(changes: Partial<ParameterSpec> = {}): ParameterSpec {
  return {
    name: "w",
    span,
    keyBlockCount: 16,
    layout: "sparse",
    element: "float64",
    columns: [{ name: "w", initial: 0 }],
    scalars: [],
    pushWidth: 1,
    pulled: [0],
    update: { kind: "add" },
    pushFilters: [],
    pullFilters: [],
    isProvenance: false,
    ...changes,
  };
}
