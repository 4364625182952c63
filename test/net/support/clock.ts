import { type Micros, micros } from "../../../src/core/index.ts";

export function monotonicNow(): Micros {
  return micros(Math.floor(performance.now() * 1000));
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 4000; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never: ${what}`);
}
