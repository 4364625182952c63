/** `tauring check TRACE…`: the checkers of the simulator over recorded traces, from the simulator or from production. */
import { originOf, RecordedChecks, violationText } from "../../observe/index.ts";
import { exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { readTraces } from "../read-traces.ts";

export function check(paths: readonly string[], options: { readonly json?: boolean }): number {
  const { facts, files, headers } = readTraces(paths);
  const checks = new RecordedChecks(headers);
  const { run } = checks;
  for (const fact of facts) run.observe(fact);
  const isComplete = checks.finish(facts);
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
    const origin = originOf(headers, facts);
    for (const violation of run.violations) print(`  ${violationText(violation, origin)}`);
  }
  return verdict === "pass" ? exitCodes.success : exitCodes.violated;
}
