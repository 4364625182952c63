/** The traces of a local cluster's processes as one file: they share the machine's monotonic clock. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { mergeTraces, readTrace, TraceWriter, traceSchema } from "../observe/index.ts";
import { say } from "./output.ts";

export async function mergeTraceFiles(folder: string, out: string, name: string): Promise<void> {
  if (!existsSync(folder)) return;
  const traces = readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const read = readTrace(join(folder, file));
      if (!read.ok) say(read.reason);
      return read.ok ? [read.trace] : [];
    });
  const writer = new TraceWriter(out, {
    schema: traceSchema,
    world: "grpc",
    name,
    seed: null,
    referenceModel: null,
  });
  for (const fact of mergeTraces(traces)) writer.write(fact);
  await writer.close();
}
