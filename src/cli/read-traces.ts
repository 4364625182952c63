/** Trace files as the commands read them: one or several, or folders of them, merged by time. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileError } from "../data/index.ts";
import {
  type Fact,
  mergeTraces,
  originOf,
  readTrace,
  type Trace,
  type TraceHeader,
} from "../observe/index.ts";
import { didYouMean } from "../sim/scenario/nearest-word.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { say } from "./output.ts";

export interface TracesRead {
  readonly facts: readonly Fact[];
  readonly files: readonly string[];
  readonly headers: readonly TraceHeader[];
  /** The moment that is told as 0. */
  readonly origin: number;
}

const howToGet = "tauring sim run, train and launch write traces with --trace";

/** What cannot be read ends the command; of a trace that was cut off the rest is read. */
export function readTraces(paths: readonly string[]): TracesRead {
  const files = paths.flatMap(traceFiles);
  const traces: Trace[] = files.map((path) => {
    const read = readTrace(path);
    if (!read.ok) {
      const help = read.isOther === true ? `; ${helpFor(path)}` : "";
      throw new CommandError(exitCodes.data, `${read.reason}${help}`);
    }
    if (read.trace.isPartial) say(`${path}: the last line is cut off; the rest is read`);
    return read.trace;
  });
  const facts = mergeTraces(traces);
  const headers = traces.map(({ header }) => header);
  return { facts, files, headers, origin: originOf(headers, facts) };
}

const isTraceName = (name: string): boolean => /\.jsonl(\.gz)?$/.test(name);

function traceFiles(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
  } catch (error) {
    throw new CommandError(exitCodes.data, `${fileError(path, error).message}${near(path)}; ${howToGet}`);
  }
  const names = readdirSync(path).sort();
  // A node that was killed before its first fact leaves an empty file.
  const files = names.filter((name) => isTraceName(name) && statSync(join(path, name)).size > 0);
  if (files.length > 0) return files.map((name) => join(path, name));
  const some = names.slice(0, 3).map((name) => (isTraceName(name) ? `${name} (empty)` : name));
  const more = names.length > some.length ? `, and ${names.length - some.length} more` : "";
  const message = `found ${some.join(", ") || "nothing"}${more}; expected traces (*.jsonl, *.jsonl.gz)`;
  throw new CommandError(exitCodes.data, `${path}: ${message}; ${howToGet}`);
}

/** A trace beside it whose name is nearly the same. */
function near(path: string): string {
  try {
    return didYouMean(basename(path), readdirSync(dirname(path)).filter(isTraceName));
  } catch {
    return "";
  }
}

/** A scenario becomes a trace when it is run. */
function helpFor(path: string): string {
  const isScenario = /\.ya?ml$/.test(path) && readFileSync(path, "utf8").includes("tauring.scenario/");
  return isScenario ? `tauring sim run ${path} --trace OUT writes a trace of it` : howToGet;
}
