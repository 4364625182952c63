import type { Application } from "../application.ts";
import { validateFilters } from "../filters/validate-filters.ts";
import type { ParameterSpec } from "../parameter.ts";

/** Why the parameters cannot be kept, in words for the author of the application or of the job. */
export function refuseSpecs(
  specs: readonly ParameterSpec[],
  application: Application,
  tau: number | null,
): string | undefined {
  for (const spec of specs) {
    const { update } = spec;
    if ("name" in update && !Object.hasOwn(application.updates, update.name)) {
      return `parameter ${spec.name} names update "${update.name}", which application ${application.name} does not have`;
    }
    if (update.kind === "aggregated" && spec.pushParts === "keyed") {
      return `parameter ${spec.name} has pushParts "keyed", and an aggregate that waits for every slot's part in each segment; take "declared"`;
    }
    const refusal = validateFilters(spec, tau);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
