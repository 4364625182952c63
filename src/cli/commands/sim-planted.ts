/** `tauring sim planted`: a checker that no planted bug can trip is none. Each bug must be found by what should find it. */
import { availableParallelism } from "node:os";
import { didYouMean } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson } from "../output.ts";
import { type PlantedBug, plantedBugs } from "../planted/bugs.ts";
import { findBug, interval, type Search } from "../planted/find-bug.ts";
import { RunStatus } from "../run-status.ts";
import { onSignal } from "../signals.ts";

export interface SimPlantedOptions {
  readonly measure?: number;
  readonly jobs?: number;
  readonly json?: boolean;
}

export async function simPlanted(names: readonly string[], options: SimPlantedOptions): Promise<number> {
  const bugs = chosen(names);
  const signal = onSignal(() => {});
  const status = new RunStatus("planting");
  const waiting = [...bugs.entries()];
  const searches: Search[] = [];
  const search = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, bug] = next;
      if (signal.code !== undefined) return;
      status.detail(`${bug.name}, ${index + 1} of ${bugs.length}`);
      searches[index] = await findBug(bug, {
        measureRuns: options.measure,
        isStopped: () => signal.code !== undefined,
      });
    }
  };
  try {
    const jobs = Math.min(options.jobs ?? availableParallelism(), bugs.length);
    await Promise.all(Array.from({ length: jobs }, search));
  } finally {
    status.end();
  }
  if (signal.code !== undefined) return signal.code;
  report(searches, options);
  return searches.every(({ first }) => first !== undefined) ? exitCodes.success : exitCodes.violated;
}

function chosen(names: readonly string[]): readonly PlantedBug[] {
  const bugs = plantedBugs();
  if (names.length === 0) return bugs;
  return names.map((name) => {
    const bug = bugs.find((one) => one.name === name);
    if (bug !== undefined) return bug;
    const all = bugs.map((one) => one.name);
    const guess = didYouMean(name, all);
    const meant = guess === "" ? `; there are: ${all.join(", ")}` : guess;
    throw new CommandError(exitCodes.usage, `${name}: no such planted bug${meant}`);
  });
}

function report(searches: readonly Search[], { measure, json }: SimPlantedOptions): void {
  const total = searches.length;
  const found = searches.filter(({ first }) => first !== undefined).length;
  if (json === true) return printJson({ schema_version: 1, total, found, bugs: searches.map(row) });
  for (const { bug, runs, first, others } of searches) {
    const how =
      first === undefined
        ? `SURVIVED ${runs} runs; it should be found by ${bug.caughtBy.join(", ")}`
        : `${first.by} at seed ${first.seed}`;
    print(`${bug.name.padEnd(34)} ${how.padEnd(24)} ${rateText(bug, searches, measure)}`.trimEnd());
    if (first === undefined && others.length > 0) print(`  other endings: ${others.slice(0, 5).join("; ")}`);
  }
  print(`${found} of ${total} planted bugs were found`);
}

function measuredOf(
  bug: PlantedBug,
  searches: readonly Search[],
  measure: number | undefined,
): { readonly runs: number; readonly found: number } | undefined {
  return measure === undefined ? bug.measured : searches.find((search) => search.bug === bug);
}

function rateText(bug: PlantedBug, searches: readonly Search[], measure: number | undefined): string {
  const measured = measuredOf(bug, searches, measure);
  if (measured === undefined) return "";
  const { runs, found } = measured;
  const [low, high] = interval(found, runs);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const seeds = found === 0 ? "more than it had" : (runs / found).toFixed(1);
  return `in ${percent(found / runs)} of runs (${percent(low)} to ${percent(high)}, of ${runs}); takes ${seeds} seeds`;
}

function row({ bug, runs, found, first, others }: Search): object {
  const { name, why, caughtBy, runsMax, measured } = bug;
  const rate = measured === undefined ? undefined : measured.found / measured.runs;
  const bounds = measured === undefined ? undefined : interval(measured.found, measured.runs);
  return {
    name,
    why,
    expected: caughtBy,
    is_found: first !== undefined,
    found_by: first?.by,
    seed: first?.seed,
    words: first?.words,
    runs,
    runs_found: found,
    runs_max: runsMax,
    measured_rate: rate,
    measured_interval: bounds,
    expected_seeds: rate === undefined || rate === 0 ? undefined : 1 / rate,
    other_endings: others,
  };
}
