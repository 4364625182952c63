/** Distributions of delays and of compute noise, in microseconds where they are delays. */
import { exp, log } from "../../core/index.ts";
import type { Random } from "./random.ts";

export type Distribution =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "exponential"; readonly mean: number }
  /** By its median and its 99th percentile. */
  | { readonly kind: "lognormal"; readonly p50: number; readonly p99: number }
  /** This share of them is slow. */
  | { readonly kind: "bimodal"; readonly fast: number; readonly slow: number; readonly share: number }
  /** A heavy tail of index `alpha`, cut off at `max`. */
  | { readonly kind: "pareto"; readonly min: number; readonly alpha: number; readonly max: number };

/** The 99th percentile of the standard normal distribution. */
const normal99 = 2.3263478740408408;

export function sample(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case "constant":
      return distribution.value;
    case "uniform":
      return distribution.low + (distribution.high - distribution.low) * random.unit();
    case "exponential":
      return -distribution.mean * log(1 - random.unit());
    case "lognormal":
      return lognormal(distribution.p50, log(distribution.p99 / distribution.p50) / normal99, random);
    case "bimodal":
      return random.happens(distribution.share) ? distribution.slow : distribution.fast;
    case "pareto":
      return Math.min(distribution.max, distribution.min * exp(-log(1 - random.unit()) / distribution.alpha));
    default:
      throw new Error(`Invariant: no such distribution: ${JSON.stringify(distribution satisfies never)}`);
  }
}

/** `median * exp(sigma * z)`. */
export function lognormal(median: number, sigma: number, random: Random): number {
  return sigma === 0 ? median : median * exp(sigma * standardNormal(random));
}

/** Marsaglia's polar method: no trigonometry, so that bits do not depend on the engine. */
function standardNormal(random: Random): number {
  for (;;) {
    const u = 2 * random.unit() - 1;
    const v = 2 * random.unit() - 1;
    const square = u * u + v * v;
    if (square > 0 && square < 1) return u * Math.sqrt((-2 * log(square)) / square);
  }
}
