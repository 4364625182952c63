/** How long a frame takes, as it is written. */
import { z } from "zod";
import { duration } from "./units.ts";

export const delay = z.union([
  z
    .strictObject({ constant: duration })
    .transform(({ constant }) => ({ kind: "constant" as const, value: constant })),
  z
    .strictObject({ uniform: z.tuple([duration, duration]) })
    .transform(({ uniform: [low, high] }) => ({ kind: "uniform" as const, low, high })),
  z
    .strictObject({ exponential: z.strictObject({ mean: duration }) })
    .transform(({ exponential: { mean } }) => ({ kind: "exponential" as const, mean })),
  z
    .strictObject({ lognormal: z.strictObject({ p50: duration, p99: duration }) })
    .transform(({ lognormal: { p50, p99 } }) => ({ kind: "lognormal" as const, p50, p99 })),
  z
    .strictObject({
      bimodal: z.strictObject({ fast: duration, slow: duration, share: z.number().min(0).max(1) }),
    })
    .transform(({ bimodal }) => ({ kind: "bimodal" as const, ...bimodal })),
  z
    .strictObject({
      pareto: z.strictObject({ min: duration, alpha: z.number().gt(0).max(100), max: duration }),
    })
    .transform(({ pareto }) => ({ kind: "pareto" as const, ...pareto })),
]);
