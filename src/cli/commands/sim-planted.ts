/** `tauring sim planted`: a checker that no planted bug can trip is none. Each bug must be found by what should find it. */
import { availableParallelism } from "node:os";
import { didYouMean } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson } from "../output.ts";
import { type PlantedBug, plantedBugs } from "../planted/bugs.ts";
import { findBug, interval, type Search } from "../planted/find-bug.ts";
import { figuresText, shrinkBug, shrinkFigures, type ShrunkBug, shrunkText } from "../planted/shrink-bug.ts";
import { RunStatus } from "../run-status.ts";
import { onSignal } from "../signals.ts";

export interface SimPlantedOptions {
  readonly measure?: number;
  readonly shrink?: boolean;
  readonly jobs?: number;
  readonly json?: boolean;
}

export async function simPlanted(names: readonly string[], options: SimPlantedOptions): Promise<number> {
  const bugs = chosen(names);
  const signal = onSignal(() => {});
  const status = new RunStatus("planting");
  const waiting = [...bugs.entries()];
  const searches: Search[] = [];
  const shrunk = new Map<Search, ShrunkBug>();
  const search = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, bug] = next;
      if (signal.code !== undefined) return;
      status.detail(`${bug.name}, ${index + 1} of ${bugs.length}`);
      const isStopped = (): boolean => signal.code !== undefined;
      const found = await findBug(bug, { measureRuns: options.measure, isStopped });
      searches[index] = found;
      if (options.shrink === true && found.first !== undefined && !isStopped())
        shrunk.set(found, await shrinkBug(bug, found.first, isStopped));
    }
  };
  try {
    const jobs = Math.min(options.jobs ?? availableParallelism(), bugs.length);
    await Promise.all(Array.from({ length: jobs }, search));
  } finally {
    status.end();
  }
  if (signal.code !== undefined) return signal.code;
  report(searches, shrunk, options);
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

function report(
  searches: readonly Search[],
  shrunk: ReadonlyMap<Search, ShrunkBug>,
  { measure, json }: SimPlantedOptions,
): void {
  const total = searches.length;
  const found = searches.filter(({ first }) => first !== undefined).length;
  const shrinking = shrunk.size === 0 ? undefined : shrinkFigures([...shrunk.values()]);
  if (json === true) {
    const bugs = searches.map((search) => ({ ...row(search), shrunk: shrunk.get(search) }));
    return printJson({ schema_version: 1, total, found, bugs, shrinking });
  }
  for (const search of searches) {
    const { bug, runs, first, others } = search;
    const how =
      first === undefined
        ? `SURVIVED ${runs} runs; it should be found by ${bug.caughtBy.join(", ")}`
        : `${first.by} at seed ${first.seed}`;
    const small = shrunk.get(search);
    const more = small === undefined ? rateText(bug, searches, measure) : shrunkText(small);
    print(`${bug.name.padEnd(34)} ${how.padEnd(24)} ${more}`.trimEnd());
    if (first === undefined && others.length > 0) print(`  other endings: ${others.slice(0, 5).join("; ")}`);
  }
  print(`${found} of ${total} planted bugs were found`);
  if (shrinking !== undefined) print(figuresText(shrinking));
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
