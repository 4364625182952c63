/** A plan that is known to be interesting, changed a little: mostly it stays so. */
import { withoutPhases } from "../scenario/phases.ts";
import type { ScenarioInput } from "../scenario/scenario.ts";
import { duration } from "../scenario/units.ts";
import type { Random } from "../world/random.ts";
import { withinBudget } from "./budget.ts";
import { suspectMs } from "./drawn-budget.ts";
import { smallJobFile } from "./random-scenario.ts";

type Fault = NonNullable<ScenarioInput["faults"]>[number];

export interface Parents {
  readonly parent: ScenarioInput;
  /** To take from. */
  readonly other: ScenarioInput;
  /** Drawn anew: its seed, its work where the parent's is too long, and itself where nothing else can be made. */
  readonly fresh: ScenarioInput;
}

const changesMax = 3;
const attempts = 4;

export function mutate(parents: Parents, random: Random): ScenarioInput {
  for (let i = 0; i < attempts; i++) {
    let scenario = runnable(parents);
    const count = 1 + random.below(changesMax);
    for (let change = 0; change < count; change++) {
      scenario = changes[random.below(changes.length)](scenario, parents, random);
    }
    const allowed = withinBudget(scenario);
    if (allowed !== undefined) return allowed;
  }
  return parents.fresh;
}

/** The parent with a seed of its own, a small work, and limits so that it ends. */
function runnable({ parent, fresh }: Parents): ScenarioInput {
  const { expect: _, ...told } = withoutPhases(parent);
  const { seed, horizon, eventsMax } = fresh;
  const scenario = { ...told, seed, horizon, eventsMax: 2 * (eventsMax ?? 0) };
  if (isSmall(parent)) return scenario;
  // Filters, consistency, and what was done of it before belong to the work.
  const { consistency } = fresh.cluster;
  return {
    ...scenario,
    workload: fresh.workload,
    filters: fresh.filters,
    resume: undefined,
    cluster: { ...parent.cluster, slots: undefined, consistency },
  };
}

function isSmall({ workload: [one], cluster }: ScenarioInput): boolean {
  if (cluster.workers > 8 || cluster.servers > 8) return false;
  if (one.kind === "train") return one.job === smallJobFile;
  if (one.kind === "script") return false;
  return Number(one.options?.tasks ?? 0) <= 20 && one.options?.tasks !== undefined;
}

type Change = (scenario: ScenarioInput, parents: Parents, random: Random) => ScenarioInput;

const changes: readonly Change[] = [
  /** Nothing but the seed. */
  (scenario) => scenario,
  removeFault,
  moveFault,
  stretchFault,
  addFaults,
  takeNet,
  takeTiming,
  takeLimits,
];

function removeFault(scenario: ScenarioInput, _: Parents, random: Random): ScenarioInput {
  const { faults = [] } = scenario;
  const gone = random.below(Math.max(1, faults.length));
  return { ...scenario, faults: faults.filter((__, i) => i !== gone) };
}

function moveFault(scenario: ScenarioInput, _: Parents, random: Random): ScenarioInput {
  return changeOne(scenario, random, (fault) => {
    const factor = random.unit() < 0.5 ? 0.9 + 0.2 * random.unit() : 2 * random.unit();
    if (fault.on === undefined) return { ...fault, at: scaled(fault.at, factor) };
    // It waits for a fact: what moves is how long after it.
    return { ...fault, on: { ...fault.on, after: scaled(fault.on.after ?? "1ms", factor) } };
  });
}

function stretchFault(scenario: ScenarioInput, _: Parents, random: Random): ScenarioInput {
  const factor = 0.2 + 2 * random.unit();
  return changeOne(scenario, random, (fault) => {
    if ("for" in fault) return { ...fault, for: scaled(fault.for, factor) };
    if (fault.kind === "crash" && fault.restart !== undefined && fault.restart !== "never")
      return { ...fault, restart: scaled(fault.restart, factor) };
    return fault;
  });
}

function addFaults(scenario: ScenarioInput, { other }: Parents, random: Random): ScenarioInput {
  const { faults = [] } = other;
  if (faults.length === 0) return scenario;
  const first = random.below(faults.length);
  const taken = faults.slice(first, first + 1 + random.below(2));
  return { ...scenario, faults: [...(scenario.faults ?? []), ...taken] };
}

function takeNet(scenario: ScenarioInput, { fresh }: Parents): ScenarioInput {
  // A slow card of the drawn network is meant for the drawn work.
  const { nic: _, ...net } = fresh.net ?? {};
  // In a worse network whoever suspects as soon as before takes the living for dead, which is more than was meant to befall them.
  return { ...scenario, net, timing: { ...scenario.timing, suspect: `${suspectMs}ms` } };
}

function takeTiming(scenario: ScenarioInput, { other }: Parents): ScenarioInput {
  // How often nodes are heard, and how long a silence may be, go with the network.
  const { heartbeat, suspect } = scenario.timing ?? {};
  return { ...scenario, timing: { ...other.timing, heartbeat, suspect } };
}

function takeLimits(scenario: ScenarioInput, { fresh }: Parents): ScenarioInput {
  return { ...scenario, limits: fresh.limits };
}

function changeOne(scenario: ScenarioInput, random: Random, change: (fault: Fault) => Fault): ScenarioInput {
  const { faults = [] } = scenario;
  const chosen = random.below(Math.max(1, faults.length));
  return { ...scenario, faults: faults.map((fault, i) => (i === chosen ? change(fault) : fault)) };
}

function scaled(time: unknown, factor: number): string {
  return `${Math.max(1, Math.round(duration.parse(time) * factor))}us`;
}
