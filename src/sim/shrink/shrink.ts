/**
 * The smallest scenario in which the same still fails: without faults that are not needed, with less work, a smaller
 * cluster, a quieter network and rounder times; none of these steps leads any further.
 */
import { createHash } from "node:crypto";
import { type Scenario, type ScenarioInput, scenarioSchema } from "../scenario/scenario.ts";
import { durationText } from "../scenario/units.ts";
import { withoutPhases } from "../scenario/phases.ts";
import { ddmin } from "./ddmin.ts";
import { type Reduction, reduceCluster, reduceFilters, reduceWork } from "./reduce-cluster.ts";
import { reduceLinks, reduceTimes, reduceWorld } from "./reduce-world.ts";

/** The index of the first of the candidates in which the same fails; they may be run at once. */
export type Probe = (candidates: readonly ScenarioInput[]) => Promise<number | undefined>;

export interface ShrinkOptions {
  readonly probe: Probe;
  /** Candidates that are probed, at most, and one more that confirms the last of them with its own horizon. */
  readonly candidatesMax: number;
  /** Asked between probes: true ends it early. */
  readonly isOver?: () => boolean;
}

export interface Shrunk {
  readonly scenario: ScenarioInput;
  readonly candidates: number;
  /** Those that had been probed before. */
  readonly known: number;
  /** Nothing more can go. False where it ended before. */
  readonly isMinimal: boolean;
}

export async function shrink(written: ScenarioInput, options: ShrinkOptions): Promise<Shrunk> {
  const scenario = withoutStory(withoutPhases(written));
  const search = new Search(options);
  const near = await search.nearer(scenario);
  const found = await search.reduce(near);
  const { horizon, eventsMax } = scenario;
  const whole = { ...found, horizon, eventsMax };
  const isConfirmed = near === scenario || (await search.stillFails(whole));
  const result = isConfirmed ? whole : await search.reduce(scenario);
  return { scenario: withoutDefaults(tidy(result)), ...search.counts, isMinimal: !search.isOver };
}

/** What else was expected to be told has no part in the failure, and names nodes that are to go. */
function withoutStory(scenario: ScenarioInput): ScenarioInput {
  if (scenario.expect?.facts === undefined) return scenario;
  const { facts: _, ...expect } = scenario.expect;
  return { ...scenario, expect };
}

const reductions: readonly Reduction[] = [
  reduceWork,
  reduceFilters,
  reduceCluster,
  reduceWorld,
  reduceLinks,
  reduceTimes,
];

/** Virtual time after the last fault in which what is not stuck would have gone on, and what waits for ever is told. */
const patienceMicros = 40e6;

class Search {
  private readonly options: ShrinkOptions;
  /** By hash: plans that do not fail, or have been taken already. */
  private readonly done = new Set<string>();
  private candidates = 0;
  private known = 0;

  constructor(options: ShrinkOptions) {
    this.options = options;
  }

  get counts(): { readonly candidates: number; readonly known: number } {
    return { candidates: this.candidates, known: this.known };
  }

  get isOver(): boolean {
    return this.candidates >= this.options.candidatesMax || this.options.isOver?.() === true;
  }

  /** What waits for ever takes as long as it may: it is sought with a nearer horizon, and confirmed with its own. */
  async nearer(scenario: ScenarioInput): Promise<ScenarioInput> {
    const horizon = durationText(lastEnd(scenarioSchema.parse(scenario)) + patienceMicros);
    const near = { ...scenario, horizon };
    return (await this.stillFails(near)) ? near : scenario;
  }

  async stillFails(scenario: ScenarioInput): Promise<boolean> {
    this.candidates++;
    return (await this.options.probe([scenario])) === 0;
  }

  async reduce(scenario: ScenarioInput): Promise<ScenarioInput> {
    let current = scenario;
    for (;;) {
      const before = current;
      current = await this.fewerFaults(current);
      for (const reduction of reductions) current = await this.exhaust(current, reduction);
      if (current === before || this.isOver) return current;
    }
  }

  private async fewerFaults(scenario: ScenarioInput): Promise<ScenarioInput> {
    const { faults = [] } = scenario;
    const least = await ddmin(faults, (lists) =>
      this.first(lists.map((list) => ({ ...scenario, faults: [...list] }))),
    );
    return least.length === faults.length ? scenario : { ...scenario, faults: [...least] };
  }

  private async exhaust(scenario: ScenarioInput, reduction: Reduction): Promise<ScenarioInput> {
    let current = scenario;
    for (;;) {
      const simpler = reduction(current);
      const failing = await this.first(simpler);
      if (failing === undefined) return current;
      current = simpler[failing];
    }
  }

  private async first(scenarios: readonly ScenarioInput[]): Promise<number | undefined> {
    if (this.isOver) return undefined;
    const fresh = scenarios.flatMap((scenario, index) => {
      const hash = planHash(scenario);
      if (this.done.has(hash)) this.known++;
      else if (scenarioSchema.safeParse(scenario).success) return [{ scenario, index, hash }];
      return [];
    });
    const room = fresh.slice(0, this.options.candidatesMax - this.candidates);
    if (room.length === 0) return undefined;
    const failing = await this.options.probe(room.map(({ scenario }) => scenario));
    const probed = room.slice(0, failing === undefined ? room.length : failing + 1);
    this.candidates += probed.length;
    for (const { hash } of probed) this.done.add(hash);
    return failing === undefined ? undefined : room[failing].index;
  }
}

function lastEnd({ faults }: Scenario): number {
  return Math.max(
    0,
    ...faults.map((fault) => {
      const more = "for" in fault ? fault.for : fault.kind === "crash" ? (fault.restart ?? 0) : 0;
      return (fault.at ?? 0) + more;
    }),
  );
}

function planHash(scenario: ScenarioInput): string {
  return createHash("sha256")
    .update(JSON.stringify(tidy(scenario)))
    .digest("hex");
}

/** Without the fields and sections that say nothing. */
function tidy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(tidy) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, one]) => {
    const kept: unknown = tidy(one);
    const isEmpty = typeof kept === "object" && kept !== null && Object.keys(kept).length === 0;
    return kept === undefined || (isEmpty && optional.has(name)) ? [] : [[name, kept] as const];
  });
  return Object.fromEntries(entries) as T;
}

function withoutDefaults(scenario: ScenarioInput): ScenarioInput {
  const defaults: Readonly<Record<string, number>> = { managers: 1, schedulers: 1, replicas: 0 };
  const told = Object.entries(scenario.cluster).filter(([name, value]) => defaults[name] !== value);
  return { ...scenario, cluster: Object.fromEntries(told) as ScenarioInput["cluster"] };
}

/** What may be left out where it is empty; `filters` may not, for the job's own would take their place. */
const optional: ReadonlySet<string> = new Set([
  "net",
  "default",
  "registryFaults",
  "nic",
  "limits",
  "cost",
  "timing",
  "policy",
  "faults",
]);
