/** `tauring check TRACE…`: the checkers of the simulator over recorded traces, from the simulator or from production. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { allCheckers, CheckRun, mergeTraces, readTrace, type Trace } from "../../observe/index.ts";
import { fileError } from "../../data/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";

export function check(paths: readonly string[], options: { readonly json?: boolean }): number {
  const files = paths.flatMap(traceFiles);
  const traces: Trace[] = files.map((path) => {
    const read = readTrace(path);
    if (!read.ok) throw new CommandError(exitCodes.data, read.reason);
    if (read.trace.isPartial) say(`${path}: the last line is cut off; the rest is checked`);
    return read.trace;
  });
  const facts = mergeTraces(traces);
  const reference = traces.map(({ header }) => header.referenceModel).find((hash) => hash !== null);
  const run = new CheckRun(allCheckers(reference ?? undefined));
  let isComplete = false;
  for (const fact of facts) {
    if (fact.fact.type === "job-ended") isComplete = true;
    run.observe(fact);
  }
  run.finish(isComplete);
  if (facts.length === 0) say("nothing to check: there is no fact in the trace");
  else if (!isComplete) say("the run was not finished: no job-ended fact is in the trace");
  const verdict = run.violations.length === 0 ? "pass" : "violated";
  if (options.json === true) {
    printJson({
      schema_version: 1,
      verdict,
      facts: facts.length,
      files: files.length,
      checks: run.counts,
      violations: run.violations,
    });
  } else {
    print(`${verdict}: ${facts.length} facts from ${files.length} ${files.length === 1 ? "file" : "files"}`);
    for (const [id, { evaluated, violations }] of Object.entries(run.counts)) {
      print(`  ${id.padEnd(3)} evaluated ${String(evaluated).padStart(9)}   violations ${violations}`);
    }
    for (const { check: id, at, node, message } of run.violations)
      print(`  ${id} at ${at} us on ${node}: ${message}`);
  }
  return verdict === "pass" ? exitCodes.success : exitCodes.violated;
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
