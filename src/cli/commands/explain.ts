/** `tauring trace explain` and `diagram`: what a violation, or any fact, follows from. */
import {
  causalSlice,
  diagram,
  type Fact,
  factLine,
  RecordedChecks,
  type TraceHeader,
  type Violation,
  violationText,
  withCauses,
} from "../../observe/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson } from "../output.ts";
import { readTraces } from "../read-traces.ts";
import { noneOf, selected, type SelectionOptions } from "../select-facts.ts";
import { writeOutput } from "./trace.ts";

export interface ExplainOptions {
  /** A fact by its number; otherwise the first violation is explained. */
  readonly fact?: number;
  readonly factsMax: number;
  readonly svg?: string;
  readonly json?: boolean;
}

/** Exit code 1 where a violation, or a job that failed, was found and explained. */
export function explain(paths: readonly string[], options: ExplainOptions): number {
  const { facts, headers, origin } = readTraces(paths);
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
    const title =
      violation === undefined ? `What fact ${index} follows from` : titleOf(violation.violation, origin);
    const drawing = diagram(facts, { shown: slice, title, marked: index, origin });
    writeOutput(drawing, options.svg, "--svg");
  }
  if (options.json === true) {
    const because = slice.map((i) => ({ index: i, ...facts[i] }));
    printJson({ schema_version: 1, violation: violation?.violation ?? null, because });
  } else {
    if (violation !== undefined) print(titleOf(violation.violation, origin));
    for (const i of slice) print(`${i === index ? ">" : " "} ${factLine(i, facts[i], origin)}`);
  }
  return options.fact === undefined ? exitCodes.violated : exitCodes.success;
}

export interface DiagramOptions extends SelectionOptions {
  readonly factsMax: number;
  readonly out?: string;
}

export function drawDiagram(paths: readonly string[], options: DiagramOptions): number {
  const { facts, origin } = readTraces(paths);
  const all = facts.map((fact, number) => ({ number, fact }));
  const shown = selected({ facts: all, origin }, options).map(({ number }) => number);
  if (shown.length === 0) {
    throw new CommandError(exitCodes.usage, `there is nothing to draw: ${noneOf(facts.length)}`);
  }
  if (shown.length > options.factsMax) {
    const help =
      "narrow it with --from, --to, --node, --type, --slot, --segment or --time, or raise --facts-max";
    throw new CommandError(exitCodes.usage, `${shown.length} facts are too many to draw: ${help}`);
  }
  writeOutput(diagram(facts, { shown, title: paths.join(", "), origin }), options.out);
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

function titleOf(violation: Violation, origin: number): string {
  return `violated: ${violationText(violation, origin)}`;
}
