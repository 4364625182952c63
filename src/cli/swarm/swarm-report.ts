/** What a swarm did, for people and for programs. */
import { wrap } from "../output.ts";
import { canary } from "./canary.ts";
import type { Failure, Swarm } from "./swarm.ts";

export interface ShownFailure {
  readonly failure: Failure;
  readonly file: string;
  /** The command that repeats it. */
  readonly replay: string;
}

export function swarmDocument(swarm: Swarm, shown: readonly ShownFailure[], isCut: boolean): unknown {
  const { tally, seconds, regressions, repeats } = swarm;
  return {
    schema_version: 1,
    verdict: verdictOf(swarm, isCut),
    runs: tally.runs,
    seeds: { first: swarm.seedFirst, count: swarm.seedsRun },
    seconds,
    runs_per_second: tally.runs / seconds,
    runs_per_second_and_process: (1000 * tally.runs) / tally.busyMs,
    events: tally.events,
    virtual_seconds: tally.virtualSeconds,
    virtual_seconds_per_second: tally.virtualSeconds / seconds,
    kinds: Object.fromEntries(tally.kinds),
    regressions,
    repeats,
    canary: {
      name: canary.name,
      runs: swarm.canary.runs,
      runs_max: canary.runsMax,
      found_by: swarm.canary.found?.check ?? null,
      found_at_seed: swarm.canary.found?.seed ?? null,
    },
    reached: {
      faults: Object.fromEntries(tally.faults),
      fault_events: Object.fromEntries(tally.faultEvents),
      facts: Object.fromEntries(tally.facts),
      checks: Object.fromEntries(tally.checks),
      features: tally.features.size,
    },
    never: { faults: never(tally.faults), facts: never(tally.facts), checks: never(tally.checks) },
    failures: shown.map(({ failure: { outcome, reason }, file, replay }) => ({
      seed: outcome.seed,
      kind: outcome.kind,
      verdict: outcome.verdict,
      check: outcome.check ?? null,
      reason,
      file,
      replay,
    })),
  };
}

export function swarmText(swarm: Swarm, shown: readonly ShownFailure[], isCut: boolean): string {
  const { tally, seconds, regressions, repeats } = swarm;
  const perSecond = (tally.runs / seconds).toFixed(1);
  const perProcess = ((1000 * tally.runs) / Math.max(1, tally.busyMs)).toFixed(1);
  const lines = [
    `swarm: ${verdictOf(swarm, isCut)}`,
    `seeds        ${swarm.seedFirst} to ${swarm.seedFirst + swarm.seedsRun - 1}`,
    `runs         ${tally.runs} in ${seconds.toFixed(1)} s: ${perSecond} a second, ${perProcess} in each process`,
    `virtual      ${tally.virtualSeconds.toFixed(0)} s, ${(tally.virtualSeconds / seconds).toFixed(0)} a second`,
    `events       ${tally.events}, ${Math.round(tally.events / seconds)} a second`,
    counts("kinds", tally.kinds),
    `regressions  ${regressions.run} run, ${regressions.failed} came back`,
    `repeated     ${repeats.run} in fresh processes, ${repeats.unequal} with another trace`,
    `canary       ${canaryText(swarm)}`,
    counts("faults", tally.faults),
    counts("happened", tally.faultEvents),
    counts("facts", tally.facts),
    counts("checks", tally.checks),
    `features     ${tally.features.size} pairs of facts and states of the cluster`,
    wrap("never        ", neverAll(swarm)),
  ];
  for (const { failure, replay } of shown) {
    const { seed, verdict } = failure.outcome;
    lines.push(`seed ${seed}: ${verdict}: ${failure.reason.split("\n")[0]}`, `  ${replay}`);
  }
  return lines.join("\n");
}

function verdictOf({ failures, canary: { isMissed } }: Swarm, isCut: boolean): string {
  if (failures.length > 0) return `${failures.length} failed`;
  if (isMissed) return "the canary was not found, so that passing means nothing";
  return isCut ? "stopped" : "pass";
}

function canaryText({ canary: { found, runs, isMissed } }: Swarm): string {
  if (found !== undefined) return `${canary.name} found by ${found.check} in run ${runs}`;
  return `${canary.name} ${isMissed ? "MISSED" : "not found yet"} in ${runs} runs of ${canary.runsMax}`;
}

function counts(name: string, from: ReadonlyMap<string, number>): string {
  const words = [...from].filter(([, count]) => count > 0).map(([key, count]) => `${key} ${count}`);
  return wrap(name.padEnd(13), words.length === 0 ? ["none"] : words);
}

function never(from: ReadonlyMap<string, number>): string[] {
  return [...from].filter(([, count]) => count === 0).map(([key]) => key);
}

function neverAll({ tally }: Swarm): readonly string[] {
  const all = [...never(tally.faults), ...never(tally.facts), ...never(tally.checks)];
  return all.length === 0 ? ["reached: nothing"] : all;
}
