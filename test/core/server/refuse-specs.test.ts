import { expect, test } from "vitest";
import { refuseSpecs } from "../../../src/core/server/refuse-specs.ts";
import { application as applicationOf, parameterSpec } from "../../support/jobs.ts";

test("an aggregate, which waits for every slot's part, cannot leave the empty ones out", () => {
  const update = { kind: "aggregated", name: "sum" } as const;
  const application = { ...applicationOf({}), updates: { sum: (): void => {} } };
  const refused = [parameterSpec({ update, pushParts: "keyed" })];
  expect(refuseSpecs(refused, application, 1)).toMatch(
    /parameter weights has pushParts "keyed".*take "declared"/,
  );
  expect(refuseSpecs([parameterSpec({ update, pushParts: "declared" })], application, 1)).toBeUndefined();
  expect(refuseSpecs([parameterSpec({ pushParts: "keyed" })], application, 0)).toBeUndefined();
});
