/** `tauring check TRACE…`: the checkers of the simulator over recorded traces, from the simulator or from production. */
import { allCheckers, CheckRun } from "../../observe/index.ts";
import { exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { readTraces } from "../read-traces.ts";

export function check(paths: readonly string[], options: { readonly json?: boolean }): number {
  const { facts, files, headers } = readTraces(paths);
  const reference = headers.map(({ referenceModel }) => referenceModel).find((hash) => hash !== null);
  const planned = headers.find(({ limits }) => limits !== undefined);
  const run = new CheckRun(allCheckers(reference ?? undefined, planned?.limits));
  let isComplete = false;
  for (const fact of facts) {
    if (fact.fact.type === "job-ended") isComplete = true;
    run.observe(fact);
  }
  const endAt = facts.at(-1)?.at ?? 0;
  run.finish(isComplete, isComplete && endAt >= (planned?.settledAt ?? Number.POSITIVE_INFINITY), endAt);
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
