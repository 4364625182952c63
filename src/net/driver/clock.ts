/** The clock of real nodes: monotonic, in microseconds, and the same for all processes of a machine. */
import { type Micros, micros } from "../../core/index.ts";

export function monotonicMicros(): Micros {
  return micros(Number(process.hrtime.bigint() / 1000n));
}
