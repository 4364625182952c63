import { type Micros, micros } from "../../../src/core/index.ts";

export function monotonicNow(): Micros {
  return micros(Math.floor(performance.now() * 1000));
}

/** Far longer than anything takes: a machine may be several times slower than others, and busy. */
const withinMs = 90_000;

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + withinMs; performance.now() < end; ) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never: ${what}`);
}
