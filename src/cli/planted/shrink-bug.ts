/** How small the first failure of a planted bug gets, and what that takes: the measure of the shrinker. */
import { type FailureClass, type ScenarioInput, shrink } from "../../sim/index.ts";
import { foundFolder } from "../swarm/drawn-run.ts";
import { prober } from "../swarm/prober.ts";
import type { PlantedBug } from "./bugs.ts";

export interface ShrunkBug {
  readonly faultsBefore: number;
  readonly faultsAfter: number;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  readonly candidates: number;
  readonly isMinimal: boolean;
  /** Processor time of the process that probes, its start among it. */
  readonly cpuSeconds: number;
  readonly scenario: ScenarioInput;
}

export interface ShrinkFigures {
  readonly bugs: number;
  readonly faultsMedian: number;
  readonly faultsMost: number;
  readonly cpuSecondsMedian: number;
  readonly cpuSecondsMost: number;
  readonly candidatesMedian: number;
  readonly minimal: number;
}

/** So many that none is cut short: what shrinking takes is what is measured. */
const candidatesMax = 5000;

export async function shrinkBug(
  { edits }: PlantedBug,
  { scenario, failure }: { readonly scenario: ScenarioInput; readonly failure: FailureClass },
  isOver: () => boolean,
): Promise<ShrunkBug> {
  const { probe, cpuSeconds, close } = prober({ jobs: 1, folder: foundFolder, wanted: failure, edits });
  const shrunk = await shrink(scenario, { probe, candidatesMax, isOver }).finally(close);
  return {
    faultsBefore: scenario.faults?.length ?? 0,
    faultsAfter: shrunk.scenario.faults?.length ?? 0,
    nodesBefore: nodesOf(scenario),
    nodesAfter: nodesOf(shrunk.scenario),
    candidates: shrunk.candidates,
    isMinimal: shrunk.isMinimal,
    cpuSeconds: cpuSeconds(),
    scenario: shrunk.scenario,
  };
}

export function shrinkFigures(bugs: readonly ShrunkBug[]): ShrinkFigures {
  const faults = bugs.map(({ faultsAfter }) => faultsAfter);
  const seconds = bugs.map((bug) => bug.cpuSeconds);
  return {
    bugs: bugs.length,
    faultsMedian: median(faults),
    faultsMost: Math.max(...faults),
    cpuSecondsMedian: median(seconds),
    cpuSecondsMost: Math.max(...seconds),
    candidatesMedian: median(bugs.map(({ candidates }) => candidates)),
    minimal: bugs.filter(({ isMinimal }) => isMinimal).length,
  };
}

export function shrunkText(bug: ShrunkBug): string {
  const { faultsBefore, faultsAfter, nodesBefore, nodesAfter, candidates, cpuSeconds } = bug;
  const minimal = bug.isMinimal ? "" : ", and is not minimal yet";
  return `faults ${faultsBefore} to ${faultsAfter}, nodes ${nodesBefore} to ${nodesAfter}, ${candidates} candidates in ${cpuSeconds.toFixed(1)} s${minimal}`;
}

export function figuresText(figures: ShrinkFigures): string {
  const { bugs, faultsMedian, faultsMost, cpuSecondsMedian, cpuSecondsMost, candidatesMedian, minimal } =
    figures;
  return [
    `shrunk: ${bugs}, of which ${minimal} are minimal`,
    `faults left: median ${faultsMedian}, at most ${faultsMost}`,
    `processor time: median ${cpuSecondsMedian.toFixed(1)} s, at most ${cpuSecondsMost.toFixed(1)} s; median of ${candidatesMedian} candidates`,
  ].join("\n");
}

function nodesOf({ cluster }: ScenarioInput): number {
  return cluster.servers + cluster.workers + (cluster.managers ?? 1) + (cluster.schedulers ?? 1);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
