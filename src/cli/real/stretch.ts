/** A scenario's times as real processes need them: the simulator's milliseconds are a hundred of a busy machine. */
import type { AwaitedFault, Fault, Scenario, Target } from "../../sim/index.ts";

/** Processes of a machine that has a scenario to run, and little else, are silent for so long and are well. */
const suspectMsMin = 600;
const suspectMicrosUsual = 2_000_000;
/** So many that want to run for each core are what a scenario itself brings. */
const usualLoad = 2;
const busynessMax = 4;

/** At least 1: how many times as long processes wait for their turn as on a machine that does nothing else. */
export function busynessOf(waitingPerCore: number): number {
  return Math.min(Math.max(1, waitingPerCore / usualLoad), busynessMax);
}

/** How many times as long everything takes that the scenario says in virtual time; at least once. */
export function stretchOf({ timing }: Scenario, busyness: number): number {
  return Math.max(1, (1000 * suspectMsMin * busyness) / (timing.suspect ?? suspectMicrosUsual));
}

export function suspectAfterMs(scenario: Scenario, busyness: number): number {
  return Math.ceil(((scenario.timing.suspect ?? suspectMicrosUsual) * stretchOf(scenario, busyness)) / 1000);
}

export function stretchAwaited({ index, when, fault }: AwaitedFault, by: number): AwaitedFault {
  const stretched =
    typeof when === "number"
      ? when * by
      : {
          ...when,
          afterMicros: when.afterMicros * by,
          fromMicros: later(when.fromMicros, by),
          untilMicros: later(when.untilMicros, by),
        };
  return { index, when: stretched, fault: stretchFault(fault, by) };
}

function stretchFault<F extends Fault<Target>>(fault: F, by: number): F {
  const times = { at: fault.at * by };
  if ("until" in fault) return { ...fault, ...times, until: fault.until * by };
  if ("restartAt" in fault) return { ...fault, ...times, restartAt: later(fault.restartAt, by) };
  if ("withinMicros" in fault) return { ...fault, ...times, withinMicros: fault.withinMicros * by };
  if ("killAt" in fault) return { ...fault, ...times, killAt: later(fault.killAt, by) };
  return { ...fault, ...times };
}

function later(time: number | undefined, by: number): number | undefined {
  return time === undefined ? undefined : time * by;
}
