/** Trace files as the commands read them: one or several, or folders of them, merged by time. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileError } from "../data/index.ts";
import { type Fact, mergeTraces, readTrace, type Trace, type TraceHeader } from "../observe/index.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { say } from "./output.ts";

export interface TracesRead {
  readonly facts: readonly Fact[];
  readonly files: readonly string[];
  readonly headers: readonly TraceHeader[];
}

/** What cannot be read ends the command; of a trace that was cut off the rest is read. */
export function readTraces(paths: readonly string[]): TracesRead {
  const files = paths.flatMap(traceFiles);
  const traces: Trace[] = files.map((path) => {
    const read = readTrace(path);
    if (!read.ok) throw new CommandError(exitCodes.data, read.reason);
    if (read.trace.isPartial) say(`${path}: the last line is cut off; the rest is read`);
    return read.trace;
  });
  return { facts: mergeTraces(traces), files, headers: traces.map(({ header }) => header) };
}

function traceFiles(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
  } catch (error) {
    throw new CommandError(exitCodes.data, fileError(path, error).message);
  }
  const names = readdirSync(path).filter((name) => /\.jsonl(\.gz)?$/.test(name));
  if (names.length === 0)
    throw new CommandError(exitCodes.data, `${path}: holds no trace (*.jsonl, *.jsonl.gz)`);
  return names.sort().map((name) => join(path, name));
}
