/** Recorded traces as a source of screens. */
import { TraceSource } from "../observe/index.ts";
import { readTraces } from "./read-traces.ts";

export function traceSource(paths: readonly string[]): TraceSource {
  const { facts, headers } = readTraces(paths);
  return new TraceSource({ title: paths.join(", "), facts, headers });
}
