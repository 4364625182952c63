/** `tauring trace explain` and `diagram`: what a violation, or any fact, follows from. */
import {
  causalSlice,
  diagram,
  type Fact,
  isSelected,
  RecordedChecks,
  type TraceHeader,
  type Violation,
  withCauses,
} from "../../observe/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson } from "../output.ts";
import { readTraces } from "../read-traces.ts";
import { lineOf, type SelectionOptions, selectionOf, startOf, writeOutput } from "./trace.ts";

export interface ExplainOptions {
  /** A fact by its number; otherwise the first violation is explained. */
  readonly fact?: number;
  readonly factsMax: number;
  readonly svg?: string;
  readonly json?: boolean;
}

/** Exit code 1 where a violation, or a job that failed, was found and explained. */
export function explain(paths: readonly string[], options: ExplainOptions): number {
  const { facts, headers } = readTraces(paths);
  const violation = options.fact === undefined ? firstViolation(facts, headers) : undefined;
  const index = options.fact ?? violation?.index ?? firstFailure(facts);
  if (index === undefined) {
    if (options.json === true) printJson({ schema_version: 1, violation: null, because: [] });
    else
      print(
        `nothing to explain: ${facts.length} facts, no check is violated, and no node says that the job failed`,
      );
    return exitCodes.success;
  }
  if (facts[index] === undefined) {
    throw new CommandError(exitCodes.usage, `--fact ${index}: the trace has facts 0 to ${facts.length - 1}`);
  }
  const slice = causalSlice(withCauses(facts), index, options.factsMax);
  if (options.svg !== undefined) {
    const title = violation === undefined ? `What fact ${index} follows from` : titleOf(violation.violation);
    writeOutput(diagram(facts, { shown: slice, title, marked: index }), options.svg, "--svg");
  }
  if (options.json === true) {
    const because = slice.map((i) => ({ index: i, ...facts[i] }));
    printJson({ schema_version: 1, violation: violation?.violation ?? null, because });
  } else {
    if (violation !== undefined) print(titleOf(violation.violation));
    for (const i of slice)
      print(`${i === index ? ">" : " "} ${String(i).padStart(7)} ${lineOf(facts[i], startOf(facts))}`);
  }
  return options.fact === undefined ? exitCodes.violated : exitCodes.success;
}

export interface DiagramOptions extends SelectionOptions {
  readonly factsMax: number;
  readonly out?: string;
}

export function drawDiagram(paths: readonly string[], options: DiagramOptions): number {
  const { facts } = readTraces(paths);
  const selection = selectionOf(facts, options);
  const shown: number[] = [];
  for (const [index, fact] of facts.entries()) if (isSelected(fact, selection)) shown.push(index);
  if (shown.length > options.factsMax) {
    const help =
      "narrow it with --from, --to, --node, --type, --slot, --segment or --time, or raise --facts-max";
    throw new CommandError(exitCodes.usage, `${shown.length} facts are too many to draw: ${help}`);
  }
  writeOutput(diagram(facts, { shown, title: paths.join(", ") }), options.out);
  return exitCodes.success;
}

/** Undefined where no node says so. */
function firstFailure(facts: readonly Fact[]): number | undefined {
  const index = facts.findIndex(({ fact }) => fact.type === "job-failed");
  return index < 0 ? undefined : index;
}

/** The fact at which the first violation was seen: the last one for what only the end shows. */
function firstViolation(
  facts: readonly Fact[],
  headers: readonly TraceHeader[],
): { readonly index: number; readonly violation: Violation } | undefined {
  const checks = new RecordedChecks(headers);
  const { run } = checks;
  for (const [index, fact] of facts.entries()) {
    run.observe(fact);
    if (run.violations.length > 0) return { index, violation: run.violations[0] };
  }
  checks.finish(facts);
  return run.violations.length === 0 ? undefined : { index: facts.length - 1, violation: run.violations[0] };
}

function titleOf({ check, at, node, message }: Violation): string {
  return `${check} is violated at ${at} us on ${node}: ${message}`;
}
