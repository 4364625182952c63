/** What all runs of a swarm reached, added up. */
import type { ScenarioInput } from "../../sim/index.ts";
import { familyOf, faultFamilies } from "../../sim/swarm/index.ts";
import type { Outcome } from "./messages.ts";

export class Tally {
  runs = 0;
  events = 0;
  virtualSeconds = 0;
  /** Of all processes. */
  busyMs = 0;
  readonly kinds: Map<string, number> = new Map();
  readonly faults: Map<string, number> = new Map();
  readonly faultEvents: Map<string, number> = new Map();
  readonly facts: Map<string, number> = new Map();
  readonly checks: Map<string, number> = new Map();
  readonly features: Set<string> = new Set();

  constructor() {
    // What is never reached is news, so that it has its place from the start.
    for (const family of faultFamilies) this.faults.set(family, 0);
  }

  /** Whatever the run reached that none had before. */
  add(outcome: Outcome): number {
    this.runs++;
    this.events += outcome.events;
    this.virtualSeconds += outcome.virtualSeconds;
    this.busyMs += outcome.wallMs;
    increase(this.kinds, outcome.kind, 1);
    for (const family of new Set(faultsOf(outcome.scenario).map(familyOf))) increase(this.faults, family, 1);
    for (const [kind, count] of Object.entries(outcome.faultEvents)) increase(this.faultEvents, kind, count);
    for (const [kind, count] of Object.entries(outcome.facts)) increase(this.facts, kind, count);
    for (const [id, { evaluated }] of Object.entries(outcome.checks)) increase(this.checks, id, evaluated);
    const before = this.features.size;
    for (const feature of outcome.features) this.features.add(feature);
    return this.features.size - before;
  }
}

export function faultsOf({ faults = [] }: ScenarioInput): NonNullable<ScenarioInput["faults"]> {
  return faults;
}

function increase(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
