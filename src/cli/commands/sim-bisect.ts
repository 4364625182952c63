/**
 * `tauring sim bisect`: the same scenario and seed in two fresh processes. Where they part, checkpoints of the hash are
 * searched first, and only the steps between two of them are looked at one by one.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { onSignal } from "../signals.ts";
import { type StepLine, stepText } from "../step-text.ts";

const checkpointEverySteps = 4096;
const contextSteps = 5;

export interface BisectOptions {
  readonly seed?: string;
  /** The command line of another build, for the second run. */
  readonly other?: string;
  readonly json?: boolean;
}

interface Steps {
  readonly lines: readonly StepLine[];
  readonly end: { readonly end: number; readonly hash: string };
}

export async function simBisect(path: string, options: BisectOptions): Promise<number> {
  const own = process.argv[1];
  if (options.other !== undefined && !existsSync(options.other)) {
    const help = "expected bin/tauring.js of another build";
    throw new CommandError(exitCodes.usage, `--other ${options.other}: there is no such file; ${help}`);
  }
  const builds = [own, options.other ?? own];
  const stop = new AbortController();
  const signal = onSignal((name) => {
    say(`tauring: stopped by ${name}`);
    stop.abort();
  });
  const both = async (words: readonly string[]): Promise<readonly Steps[]> => {
    const runs: Steps[] = [];
    for (const build of builds)
      runs.push(await stepsOf(build, [path, ...words, ...seedWords(options.seed)], stop.signal));
    return runs;
  };
  try {
    return await compared(both, options.json === true);
  } catch (error) {
    if (signal.code !== undefined) return signal.code;
    throw error;
  } finally {
    signal.release();
  }
}

type Both = (words: readonly string[]) => Promise<readonly Steps[]>;

async function compared(both: Both, isJson: boolean): Promise<number> {
  const [a, b] = await both(["--every", `${checkpointEverySteps}`]);
  if (a.end.hash === b.end.hash) {
    if (isJson) printJson({ schema_version: 1, is_same: true, steps: a.end.end, hash: a.end.hash });
    else print(`the same twice: ${a.end.end} steps, hash ${a.end.hash}`);
    return exitCodes.success;
  }
  const same = lastSame(a.lines, b.lines);
  const window = ["--from", `${same + 1}`, "--to", `${same + 2 * checkpointEverySteps}`];
  const [left, right] = await both(window);
  const index = firstDifferent(left.lines, right.lines);
  report(left.lines, right.lines, index, isJson);
  return exitCodes.violated;
}

/** The number of the last checkpoint at which both have one hash: hashes roll, so that they never meet again. */
function lastSame(a: readonly StepLine[], b: readonly StepLine[]): number {
  let low = 0;
  let high = Math.min(a.length, b.length);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (a[middle].hash === b[middle].hash) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : a[low - 1].number;
}

/** An event that differs, or a state in which the same event was met. */
function firstDifferent(a: readonly StepLine[], b: readonly StepLine[]): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] === undefined || b[i] === undefined) return i;
    if (a[i].hash !== b[i].hash || a[i].digest !== b[i].digest || a[i].what !== b[i].what) return i;
  }
  return length;
}

function report(a: readonly StepLine[], b: readonly StepLine[], index: number, isJson: boolean): void {
  const [left, right] = [a[index], b[index]];
  const isState =
    left !== undefined && right !== undefined && left.what === right.what && left.at === right.at;
  if (isJson) {
    return printJson({
      schema_version: 1,
      is_same: false,
      step: (left ?? right)?.number ?? null,
      differs_in: isState ? "state" : "event",
      left: left ?? null,
      right: right ?? null,
    });
  }
  const begin = Math.max(0, index - contextSteps);
  print(
    isState
      ? `before step ${left.number} the state of ${left.node} is different:`
      : `step ${(left ?? right)?.number ?? "after the last"} is different:`,
  );
  for (const line of a.slice(begin, index)) print(`    ${stepText(line)}`);
  for (const [mark, lines] of [["-", a] as const, ["+", b] as const]) {
    if (lines[index] === undefined) print(`  ${mark} ends here`);
    for (const line of lines.slice(index, index + contextSteps)) print(`  ${mark} ${stepText(line)}`);
  }
}

const seedWords = (seed: string | undefined): readonly string[] =>
  seed === undefined ? [] : ["--seed", seed];

/** Where the run cannot be made, its process says why. */
async function stepsOf(build: string, words: readonly string[], signal: AbortSignal): Promise<Steps> {
  const child = spawn(process.execPath, [build, "sim", "steps", ...words, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  child.on("error", () => {});
  const complaints: string[] = [];
  child.stderr.on("data", (text: Buffer) => complaints.push(text.toString()));
  const lines: StepLine[] = [];
  let end: Steps["end"] | undefined;
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const value = JSON.parse(line) as StepLine | Steps["end"];
    if ("end" in value) end = value;
    else lines.push(value);
  }
  const code = await closed;
  if (end === undefined) {
    const said = complaints
      .join("")
      .trim()
      .replace(/^tauring: /, "");
    const isOwn = build === process.argv[1];
    throw new CommandError(code ?? exitCodes.violated, isOwn ? said : `--other ${build}: ${said}`);
  }
  return { lines, end };
}
