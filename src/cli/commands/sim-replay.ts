/** `tauring sim replay TRACE`: the recorded scenario and seed again, fact by fact against the recording. */
import { type Fact, factLine } from "../../observe/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson } from "../output.ts";
import { readTraces } from "../read-traces.ts";
import { runScenario } from "./sim-run.ts";

export async function simReplay(path: string, options: { readonly json?: boolean }): Promise<number> {
  const { facts, headers } = readTraces([path]);
  const [{ scenario, seed, world }] = headers;
  if (scenario === undefined || seed === null) {
    const help =
      world === "grpc"
        ? "recordings of real processes are replayed by tauring conform"
        : "record it again: tauring sim run SCENARIO --trace OUT";
    throw new CommandError(exitCodes.data, `${path} does not say which scenario it is of; ${help}`);
  }
  let count = 0;
  let different:
    | { readonly index: number; readonly recorded: Fact | undefined; readonly now: Fact }
    | undefined;
  const observe = (fact: Fact): void => {
    const recorded = facts[count];
    // As it is written: numbers that JSON has no words for are strings there.
    if (different === undefined && JSON.stringify(recorded) !== jsonOf(fact))
      different = { index: count, recorded, now: fact };
    count++;
  };
  const run = await runScenario(scenario.path, {
    seed,
    text: scenario.text,
    isQuiet: true,
    witness: { observe },
  });
  if (typeof run === "number") return run;
  // All that is recorded is the same, and the run goes on: whoever made the recording was stopped, or ran other code.
  const isCutOff = different?.recorded === undefined && count > facts.length;
  const isSame = different === undefined && count === facts.length;
  if (options.json === true) {
    printJson({
      schema_version: 1,
      verdict: isSame ? "pass" : isCutOff ? "undecided" : "diverged",
      facts: facts.length,
      trace_hash: run.report.traceHash,
      difference: different ?? null,
    });
  } else if (isSame) print(`the same: ${count} facts, hash ${run.report.traceHash}`);
  else if (isCutOff) {
    print(
      `the same as far as the recording goes: ${facts.length} facts, and this run makes ${count}; the recording was cut off, ` +
        "or is of a run that ended earlier",
    );
  } else print(differenceText(facts, different, count));
  return isSame ? exitCodes.success : isCutOff ? exitCodes.undecided : exitCodes.violated;
}

function differenceText(
  facts: readonly Fact[],
  different: { readonly index: number; readonly recorded: Fact | undefined; readonly now: Fact } | undefined,
  count: number,
): string {
  if (different === undefined)
    return `diverged: the recording has ${facts.length} facts, and this run ended after ${count}`;
  const { index, recorded, now } = different;
  return [
    `diverged at fact ${index}: this is not the code, or not the data, that made the recording`,
    ...facts
      .slice(0, index)
      .map((fact, i) => `    ${factLine(i, fact, 0)}`)
      .slice(-3),
    ...(recorded === undefined ? [] : [`  - ${factLine(index, recorded, 0)}`]),
    `  + ${factLine(index, now, 0)}`,
  ].join("\n");
}

function jsonOf(fact: Fact): string {
  return JSON.stringify(fact, (_key, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
  });
}
