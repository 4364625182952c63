/** Quantities with their unit, as people write them in scenario and job files: `150ms`, `10Gbps`. */
import { z } from "zod";
import { durationUnits, quantityOf, type Units } from "./quantity.ts";

const rateUnits: Units = {
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

/** `1500ms`, `2s`: the largest unit in which it is whole. */
export function durationText(micros: number): string {
  if (micros % 1e6 === 0) return `${micros / 1e6}s`;
  return micros % 1000 === 0 ? `${micros / 1000}ms` : `${Math.round(micros)}us`;
}

function quantity(what: string, units: Units): z.ZodType<number, unknown> {
  const names = Object.keys(units).join("|");
  const read = z.unknown().transform((input, context) => {
    const value = typeof input === "string" ? quantityOf(input, units) : undefined;
    if (value === undefined) {
      context.addIssue({
        code: "custom",
        message: `expected ${what} (units: ${Object.keys(units).join(", ")})`,
      });
      return z.NEVER;
    }
    return value;
  });
  return read.meta({ type: "string", pattern: `^[0-9]+(\\.[0-9]+)?\\s*(${names})$`, title: what });
}
