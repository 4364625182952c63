/** `tauring sim shrink`: the smallest scenario that fails as a given one does, and why it does. */
import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { fileError } from "../../data/index.ts";
import type { Fact } from "../../observe/index.ts";
import {
  describeProblems,
  didYouMean,
  type FailureClass,
  failureClassNamed,
  failureClassNames,
  failureClassOf,
  isOfClass,
  parseScenario,
  type RunEnding,
  type ScenarioInput,
  shrink,
  type Shrunk,
} from "../../sim/index.ts";
import { drawRun, kindOf } from "../../sim/swarm/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { readText } from "../files.ts";
import { makeOutputFolder } from "../output-folder.ts";
import { print, printJson, say } from "../output.ts";
import { RunStatus } from "../run-status.ts";
import { onSignal } from "../signals.ts";
import { because } from "../swarm/because.ts";
import { corpus } from "../swarm/corpus.ts";
import { foundFolder } from "../swarm/drawn-run.ts";
import { generatedTest } from "../swarm/generated-test.ts";
import { parentsOf } from "../swarm/parents.ts";
import { endingOf } from "../swarm/probe.ts";
import { prober } from "../swarm/prober.ts";
import { movedScenario, scenarioText } from "../swarm/scenario-file.ts";

export interface SimShrinkOptions {
  readonly keep?: string;
  readonly seed?: string;
  readonly jobs?: number;
  readonly candidates: number;
  readonly out: string;
  readonly json?: boolean;
}

interface Source {
  readonly scenario: ScenarioInput;
  /** Its job file is found from here. */
  readonly folder: string;
}

export async function simShrink(what: string, options: SimShrinkOptions): Promise<number> {
  const named = options.keep === undefined ? undefined : failureNamed(options.keep);
  const { scenario, folder } = sourceOf(what, options.seed);
  const begin = performance.now();
  const status = new RunStatus("running it as it is");
  const signal = onSignal((name) => say(`tauring: stopping by ${name}: what is smallest so far is written`));
  try {
    const ending = await endingOf({ scenario, folder });
    const wanted = wantedOf(what, ending, named);
    const jobs = options.jobs ?? availableParallelism();
    const { probe, close } = prober({ jobs, folder, wanted });
    status.begin(`shrinking it, while it fails by ${wanted.check ?? wanted.verdict}`);
    const shrunk = await shrink(scenario, {
      probe,
      candidatesMax: options.candidates,
      isOver: () => signal.code !== undefined,
    }).finally(close);
    status.begin("writing down why");
    const files = await write({ scenario: shrunk.scenario, folder }, wanted, options.out);
    const seconds = (performance.now() - begin) / 1000;
    status.end();
    report({ before: scenario, shrunk, wanted, files, seconds }, options.json === true);
    return signal.code ?? exitCodes.success;
  } finally {
    status.end();
  }
}

function sourceOf(what: string, seed: string | undefined): Source {
  if (/^\d+$/.test(what) && !existsSync(what)) {
    const number = Number(what);
    if (!Number.isSafeInteger(number)) {
      const message = `seed ${what}: a seed of the swarm is at most ${Number.MAX_SAFE_INTEGER}`;
      throw new CommandError(exitCodes.usage, message);
    }
    const kind = kindOf(number);
    if (kind === "novel") {
      const why = "what it ran depends on what that swarm had seen by then";
      throw new CommandError(exitCodes.usage, `seed ${what}: ${why}; name the file that the swarm wrote`);
    }
    return { scenario: drawRun(number, kind, parentsOf(number, kind, corpus())), folder: foundFolder };
  }
  const text = readText(what);
  const parsed = parseScenario(text, what);
  if (!parsed.ok) throw new CommandError(exitCodes.usage, describeProblems(parsed.problems));
  const written = parse(text) as ScenarioInput;
  const scenario = seed === undefined ? written : { ...written, seed };
  if (scenario.seed === undefined)
    throw new CommandError(exitCodes.usage, `${what}: the scenario names no seed; give one with --seed`);
  return { scenario, folder: dirname(what) };
}

interface Named {
  readonly keep: string;
  readonly failure: FailureClass;
}

/** Before anything is run. */
function failureNamed(keep: string): Named {
  const failure = failureClassNamed(keep);
  if (failure !== undefined) return { keep, failure };
  const allowed = "expected a check of docs/checkers.md such as X1, or failed, undecided or broken";
  const message = `--keep ${keep}: ${allowed}${didYouMean(keep, failureClassNames())}`;
  throw new CommandError(exitCodes.usage, message);
}

function wantedOf(what: string, ending: RunEnding, named: Named | undefined): FailureClass {
  if (named === undefined) {
    const found = failureClassOf(ending);
    if (found === undefined)
      throw new CommandError(exitCodes.usage, `${what} passes: there is nothing to shrink`);
    return found;
  }
  if (isOfClass(ending, named.failure)) return named.failure;
  const checks = new Set(ending.violations.map(({ check }) => check));
  const does = checks.size > 0 ? `violates ${[...checks].join(", ")}` : `ends as ${ending.verdict}`;
  throw new CommandError(exitCodes.usage, `--keep ${named.keep}: ${what} ${does}`);
}

interface Files {
  readonly scenario: string;
  /** Undefined where nothing that happened is the failure: something did not happen. */
  readonly because: string | undefined;
  readonly diagram: string | undefined;
  readonly test: string;
}

async function write(source: Source, wanted: FailureClass, out: string): Promise<Files> {
  const facts: Fact[] = [];
  const ending = await endingOf({ ...source, wanted, observe: (fact) => facts.push(fact) });
  const said = ending.violations.find(({ check }) => check === wanted.check);
  const reason = said === undefined ? (ending.reason ?? ending.verdict) : `${said.check}: ${said.message}`;
  const why = because(facts, wanted, reason.split("\n")[0]);
  makeOutputFolder("--out", out);
  const { name } = source.scenario;
  const path = (extension: string): string => join(out, `${name}.${extension}`);
  const moved = movedScenario(source.scenario, source.folder, out);
  const files: Files = {
    scenario: path("yaml"),
    because: why === undefined ? undefined : path("because.txt"),
    diagram: why === undefined ? undefined : path("svg"),
    test: path("test.ts"),
  };
  put(files.scenario, scenarioText(moved, reason));
  put(files.test, generatedTest(name, reason));
  if (why !== undefined) {
    put(path("because.txt"), why.text);
    put(path("svg"), why.svg);
  }
  return files;
}

function put(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError(exitCodes.data, fileError(path, error).message);
  }
}

interface Result {
  readonly before: ScenarioInput;
  readonly shrunk: Shrunk;
  readonly wanted: FailureClass;
  readonly files: Files;
  readonly seconds: number;
}

function report({ before, shrunk, wanted, files, seconds }: Result, isJson: boolean): void {
  const { scenario, candidates, known, isMinimal } = shrunk;
  const replay = `tauring sim run ${files.scenario} --seed ${scenario.seed}`;
  const faults = { before: (before.faults ?? []).length, after: (scenario.faults ?? []).length };
  if (isJson) {
    printJson({
      schema_version: 1,
      keeps: wanted,
      faults,
      candidates,
      known,
      minimal: isMinimal,
      seconds,
      files,
      replay,
    });
    return;
  }
  const text = scenarioText(scenario, "").split("\n");
  print(
    [
      ...text.slice(2).filter((line) => line !== ""),
      "",
      `keeps        ${[wanted.check ?? wanted.verdict, wanted.words ?? ""].join(" ").trim()}`,
      `faults       ${faults.before} before, ${faults.after} now`,
      `candidates   ${candidates} run, ${known} known, in ${seconds.toFixed(1)} s`,
      `minimal      ${isMinimal ? "yes: nothing more can go" : "no: --candidates or a signal ended it"}`,
      `written      ${Object.values(files)
        .filter((file) => file !== undefined)
        .join(" ")}`,
      replay,
    ].join("\n"),
  );
}
