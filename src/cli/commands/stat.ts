/** `tauring stat TRACE`: a recorded cluster, one line for each second of it. */
import { type ClusterView, statHeader, statLine } from "../../observe/index.ts";
import { exitCodes } from "../exit.ts";
import { print, printJson } from "../output.ts";
import { traceSource } from "../trace-source.ts";

export interface StatOptions {
  /** Microseconds from one line to the next. */
  readonly every: number;
  readonly json?: boolean;
}

/** Lines between two headers. */
const headerEvery = 20;

export function stat(paths: readonly string[], { every, json }: StatOptions): number {
  const source = traceSource(paths);
  const { beginMicros, endMicros } = source.playhead();
  const views: ClusterView[] = [];
  for (let at = beginMicros, line = 0; at < endMicros || line === 0; line++) {
    at = Math.min(endMicros, at + every);
    source.goTo(at);
    if (json === true) views.push(source.view());
    else {
      if (line % headerEvery === 0) print(statHeader);
      print(statLine(source.view(), beginMicros));
    }
  }
  if (json === true) printJson({ schema_version: 1, views });
  return exitCodes.success;
}
