/** Quantities with their unit, as people write them in scenario and job files: `150ms`, `10Gbps`. */
import { z } from "zod";

const durationUnits: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, min: 60e6, h: 3600e6 };
const rateUnits: Readonly<Record<string, number>> = {
  bps: 1 / 8,
  Kbps: 125,
  Mbps: 125e3,
  Gbps: 125e6,
  "B/s": 1,
  "KB/s": 1e3,
  "MB/s": 1e6,
  "GB/s": 1e9,
};

/** `150ms` to microseconds. */
export const duration: z.ZodType<number, unknown> = quantity(
  "a duration such as 150ms or 1.5s",
  durationUnits,
);
/** `1Gbps` to bytes a second. */
export const rate: z.ZodType<number, unknown> = quantity("a rate such as 1Gbps or 100MB/s", rateUnits);

function quantity(what: string, units: Readonly<Record<string, number>>): z.ZodType<number, unknown> {
  const names = Object.keys(units).join("|");
  const read = z.unknown().transform((input, context) => {
    const match = typeof input === "string" ? /^([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z/]+)$/.exec(input) : null;
    const unit = match === null ? undefined : units[match[2]];
    if (match === null || unit === undefined) {
      context.addIssue({
        code: "custom",
        message: `expected ${what} (units: ${Object.keys(units).join(", ")})`,
      });
      return z.NEVER;
    }
    return Number(match[1]) * unit;
  });
  return read.meta({ type: "string", pattern: `^[0-9]+(\\.[0-9]+)?\\s*(${names})$`, title: what });
}
