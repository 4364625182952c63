/** Runs a core with a planted bug, seed after seed, in a process of its own. */
import { type FailureClass, failureClassNamed, type ScenarioInput } from "../../sim/index.ts";
import {
  checkpointStoryOf,
  controlStoryOf,
  drawRun,
  leavingStoryOf,
  movingStoryOf,
  rollbackStoryOf,
  storyOf,
  tightStoryOf,
} from "../../sim/swarm/index.ts";
import type { Order, Outcome } from "../swarm/messages.ts";
import { employ } from "../swarm/workforce.ts";
import type { PlantedBug } from "./bugs.ts";
import { libraryScenario } from "./library-scenario.ts";

export interface Finding {
  readonly seed: number;
  /** The check, or the ending, that found it. */
  readonly by: string;
  readonly words: string;
  readonly scenario: ScenarioInput;
  readonly failure: FailureClass;
}

export interface Search {
  readonly bug: PlantedBug;
  readonly runs: number;
  /** Runs in which it was found by what should find it. */
  readonly found: number;
  readonly first: Finding | undefined;
  /** What else runs ended with, where that says nothing of the bug by itself. */
  readonly others: readonly string[];
}

export interface SearchOptions {
  /** Go on for so many runs from seed 1, to measure how often it is found; undefined: stop at the first. */
  readonly measureRuns: number | undefined;
  readonly isStopped: () => boolean;
}

export async function findBug(bug: PlantedBug, { measureRuns, isStopped }: SearchOptions): Promise<Search> {
  const seedFirst = measureRuns === undefined ? bug.seedFirst : 1;
  const runsMax = measureRuns ?? bug.runsMax;
  const others = new Set<string>();
  let [given, runs, found] = [0, 0, 0];
  let first: Finding | undefined;
  await employ(
    {
      next: () => {
        if (isStopped() || given >= runsMax) return undefined;
        if (first !== undefined && measureRuns === undefined) return undefined;
        return orderOf(bug, seedFirst + given++);
      },
      done: (outcome) => {
        runs++;
        const by = foundBy(bug, outcome);
        if (by !== undefined) {
          found++;
          first ??= findingOf(by, outcome);
        } else if (outcome.verdict !== "pass") others.add(endingOf(outcome));
      },
      lost: (_, how) => {
        runs++;
        others.add(how);
      },
    },
    bug.edits,
  );
  return { bug, runs, found, first, others: [...others] };
}

const scenarioOf: Readonly<Record<Exclude<PlantedBug["runs"], "library">, (seed: number) => ScenarioInput>> =
  {
    stories: storyOf,
    control: controlStoryOf,
    tight: tightStoryOf,
    moving: movingStoryOf,
    leaving: leavingStoryOf,
    saved: checkpointStoryOf,
    rollback: rollbackStoryOf,
    drawn: (seed) => drawRun(seed, "drawn", []),
  };

function orderOf({ runs, seenIn }: PlantedBug, seed: number): Order {
  if (runs !== "library") return { type: "scenario", seed, scenario: scenarioOf[runs](seed) };
  return { type: "scenario", seed, scenario: libraryScenario(seenIn[(seed - 1) % seenIn.length].scenario) };
}

function foundBy({ caughtBy }: PlantedBug, { check, checks, verdict }: Outcome): string | undefined {
  if (check !== undefined && caughtBy.includes(check)) return check;
  const violated = caughtBy.find((id) => (checks[id]?.violations ?? 0) > 0);
  return violated ?? caughtBy.find((ending) => ending === verdict);
}

function findingOf(by: string, { seed, scenario, reason, failure }: Outcome): Finding {
  const isFirst = failure !== undefined && by === (failure.check ?? failure.verdict);
  const named = isFirst ? failure : failureClassNamed(by);
  if (named === undefined) throw new Error(`Invariant: "${by}" is a failure, or bugs.yaml was refused`);
  return { seed, by, words: reason ?? "", scenario, failure: named };
}

function endingOf({ check, verdict, reason }: Outcome): string {
  return `${check ?? verdict} (${(reason ?? "").split("\n")[0].slice(0, 120)})`;
}

/** Wilson's interval of 95 % for a share. */
export function interval(found: number, runs: number): readonly [number, number] {
  if (runs === 0) return [0, 1];
  const z = 1.959964;
  const share = found / runs;
  const middle = share + (z * z) / (2 * runs);
  const width = z * Math.sqrt((share * (1 - share)) / runs + (z * z) / (4 * runs * runs));
  const scale = 1 + (z * z) / runs;
  return [Math.max(0, (middle - width) / scale), Math.min(1, (middle + width) / scale)];
}
