/** `tauring sim steps`: every event of a run, in order, each with its cause and the hash so far. */
import type { Step } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print } from "../output.ts";
import { stepLine, stepText } from "../step-text.ts";
import { runScenario } from "./sim-run.ts";

export interface StepsOptions {
  readonly seed?: string;
  /** Numbers of steps, both included. */
  readonly from: number;
  readonly to?: number;
  /** Only each so many-th. */
  readonly every: number;
  readonly json?: boolean;
}

export async function simSteps(path: string, options: StepsOptions): Promise<number> {
  const { from, to = Number.POSITIVE_INFINITY, every, seed, json } = options;
  if (to < from) throw new CommandError(exitCodes.usage, `--to ${to} comes before --from ${from}`);
  const stepped = (step: Step): void => {
    if (step.number < from || step.number > to || step.number % every !== 0) return;
    const line = stepLine(step);
    print(json === true ? JSON.stringify(line) : stepText(line));
  };
  const run = await runScenario(path, {
    ...(seed === undefined ? {} : { seed }),
    isQuiet: true,
    witness: { stepped },
  });
  if (typeof run === "number") return run;
  const { events, traceHash } = run.report;
  if (json === true) print(JSON.stringify({ end: events, hash: traceHash }));
  else if (from > events)
    throw new CommandError(exitCodes.usage, `--from ${from}: the run has ${events} steps`);
  return 0;
}
