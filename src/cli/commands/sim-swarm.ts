/** `tauring sim swarm`: random runs on several processes, until there are enough of them or the time is over. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { duration } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { makeOutputFolder, removeEmptyFolder } from "../output-folder.ts";
import { print, printJson, say } from "../output.ts";
import { RunStatus } from "../run-status.ts";
import { onSignal } from "../signals.ts";
import { writeScenario } from "../swarm/scenario-file.ts";
import { type Failure, Swarm } from "../swarm/swarm.ts";
import { swarmDocument, swarmText } from "../swarm/swarm-report.ts";

export interface SimSwarmOptions {
  readonly seeds?: number;
  readonly time?: string;
  readonly seed: number;
  readonly jobs?: number;
  readonly out: string;
  readonly json?: boolean;
}

/** Where neither is said. */
const seedsDefault = 1000;
const statusEveryMs = 500;

export async function simSwarm(options: SimSwarmOptions): Promise<number> {
  const timeMs = options.time === undefined ? undefined : millisOf(options.time);
  const seeds = options.seeds ?? (timeMs === undefined ? seedsDefault : undefined);
  const jobs = options.jobs ?? availableParallelism();
  const files = new Map<Failure, string>();
  makeOutputFolder("--out", options.out);
  const failed = (failure: Failure): void => {
    const file = keep(failure, options.out);
    files.set(failure, file);
    say(`tauring: seed ${failure.outcome.seed}: ${failure.reason.split("\n")[0]}`);
    say(`replay: ${replay(file, failure)}`);
  };
  const swarm = new Swarm({ seedFirst: options.seed, seeds, timeMs, jobs }, failed);
  const signal = onSignal((name) => {
    say(`tauring: stopping by ${name}: runs that have begun are finished`);
    swarm.stop();
  });
  const status = new RunStatus("starting");
  const timer = setInterval(() => status.detail(progress(swarm, seeds)), statusEveryMs);
  try {
    await swarm.run();
  } finally {
    clearInterval(timer);
    status.end();
    removeEmptyFolder(options.out);
  }
  const isCut = signal.code !== undefined;
  const shown = swarm.failures.map((failure) => {
    const file = files.get(failure) ?? "";
    return { failure, file, replay: replay(file, failure) };
  });
  if (options.json === true) printJson(swarmDocument(swarm, shown, isCut));
  else print(swarmText(swarm, shown, isCut));
  return exitCode(swarm) ?? signal.code ?? exitCodes.success;
}

/** A violation is stronger than a signal, which is stronger than a canary that had no time to be found. */
function exitCode({ failures, canary }: Swarm): number | undefined {
  const isUndecided = failures.length > 0 && failures.every(({ outcome }) => outcome.verdict === "undecided");
  if (isUndecided) return exitCodes.undecided;
  if (failures.length > 0) return exitCodes.violated;
  return canary.isMissed ? exitCodes.violated : undefined;
}

function keep(failure: Failure, folder: string): string {
  makeOutputFolder("--out", folder);
  const { scenario, seed, kind } = failure.outcome;
  const name = kind === "regression" ? scenario.name : `seed-${seed}`;
  const file = join(folder, `${name}.yaml`);
  writeScenario(file, scenario, failure.reason);
  return file;
}

function replay(file: string, { outcome }: Failure): string {
  return `tauring sim run ${file} --seed ${outcome.scenario.seed}`;
}

function progress(swarm: Swarm, seeds: number | undefined): string {
  const { tally, failures, seconds } = swarm;
  const of = seeds === undefined ? "" : ` of ${seeds} seeds`;
  const speed = (tally.runs / Math.max(seconds, 0.001)).toFixed(1);
  return `${tally.runs} runs${of}, ${speed}/s, ${failures.length} failed, ${tally.features.size} things reached`;
}

function millisOf(text: string): number {
  const parsed = duration.safeParse(text.replace(/(\d)m$/, "$1min"));
  if (!parsed.success) {
    throw new CommandError(exitCodes.usage, `--time ${text}: ${parsed.error.issues[0].message}`);
  }
  return parsed.data / 1000;
}
