/** The traces of a local cluster's processes as one file: they share the machine's monotonic clock. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Fact, mergeTraces, readTrace, traceSchema } from "../observe/index.ts";
import { say } from "./output.ts";
import { TraceOutput } from "./trace-output.ts";

export function readTraceFolder(folder: string): readonly Fact[] {
  const traces = readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const read = readTrace(join(folder, file));
      // A node that was killed before its first fact leaves an empty file.
      return read.ok ? [read.trace] : [];
    });
  return mergeTraces(traces);
}

/** False where it could not be written whole. */
export function mergeTraceFiles(folder: string, out: string, name: string): boolean {
  if (!existsSync(folder)) return false;
  const header = { schema: traceSchema, world: "grpc", name, seed: null, referenceModel: null } as const;
  const trace = new TraceOutput(out, header, say);
  for (const fact of readTraceFolder(folder)) trace.write(fact);
  trace.close();
  return !trace.isLost;
}
