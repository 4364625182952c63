/** The logistic function for the kernels: a table and a cubic, which cost half of `exp` and a division. */
import { exp } from "../../core/index.ts";

/** 64 steps a unit from -24 to 24; beyond, the slow way is taken. */
const table: Float64Array = Float64Array.from({ length: 48 * 64 + 1 }, (_, i) => 1 / (1 + exp(24 - i / 64)));

/** 1 / (1 + exp(-m)), to a relative 2e-10; from + - * / alone, so the same bits everywhere. */
export function logistic(m: number): number {
  if (!(m < 24 && m > -24)) return 1 / (1 + exp(-m));
  const at = (m + 24) * 64;
  const i = (at + 0.5) | 0;
  const d = (at - i) * 0.015625;
  const p = table[i];
  const q = p - p * p;
  // Taylor about the nearest step: p' = q, p'' = q (1 - 2p), p''' = q (1 - 6q).
  return p + d * q * (1 + d * (0.5 - p + d * (1 / 6 - q)));
}
