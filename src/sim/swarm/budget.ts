/** Of a list of faults: those that the cluster is to survive, whoever wrote them. */
import { castParts, castWords } from "../world/cast.ts";
import { withoutPhases } from "../scenario/phases.ts";
import { type Scenario, type ScenarioInput, scenarioSchema } from "../scenario/scenario.ts";
import { isRolledBack, isSavedWhole } from "./lost-range.ts";

type Fault = Scenario["faults"][number];
type WrittenFault = NonNullable<ScenarioInput["faults"]>[number];
type Role = "manager" | "scheduler" | "server" | "worker";

/** From the end of an outage until all that was lost is there as often as before. */
const repairMicros = 2e6;
/** From when every member is there until each is registered. Who is taken away for good before that is waited for, for ever. */
const formedMicros = 1e6;
/** The time of a fault that waits for a fact: it may be any. */
const awaited = Number.POSITIVE_INFINITY;

/**
 * The same scenario without the faults that are beyond its budget: a segment never loses more holders at once than
 * it has replicas, or the job goes on from a checkpoint, somebody of each role is left for good, and what nobody can do without comes back. Undefined where
 * the scenario is none (a fault names a node that is not there any more).
 */
export function withinBudget(written: ScenarioInput): ScenarioInput | undefined {
  const scenario = withoutPhases(written);
  const parsed = scenarioSchema.safeParse(scenario);
  if (!parsed.success) return undefined;
  const budget = new Budget(parsed.data);
  const order = parsed.data.faults.map((_, i) => i);
  const timeOf = (i: number): number => parsed.data.faults[i].at ?? 0;
  order.sort((a, b) => timeOf(a) - timeOf(b) || a - b);
  const kept = new Set(order.filter((i) => budget.allows(parsed.data.faults[i])));
  const faults = (scenario.faults ?? []).filter((_: WrittenFault, i) => kept.has(i));
  const cut = { ...scenario, faults };
  return scenarioSchema.safeParse(cut).success ? cut : undefined;
}

interface Outage {
  readonly node: string;
  readonly from: number;
  readonly to: number;
}

class Budget {
  private readonly spare: Record<Role, number>;
  private readonly suspectMicros: number;
  private readonly outages: Outage[] = [];
  private formedAt = formedMicros;
  private readonly names: readonly string[];
  private readonly isSaved: boolean;

  constructor(scenario: Scenario) {
    const { cluster, timing, faults } = scenario;
    this.isSaved = isSavedWhole(scenario);
    const { managers, schedulers, servers, workers, replicas } = cluster;
    for (const one of [...faults].sort((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
      if (one.kind === "crash" && one.at !== undefined && one.at < this.formedAt)
        this.formedAt = Math.max(this.formedAt, one.at + (one.restart ?? 0) + formedMicros);
    }
    const counts = { manager: managers, scheduler: schedulers, server: servers, worker: workers };
    this.names = Object.entries(counts).flatMap(([role, count]) =>
      Array.from({ length: count }, (_, i) => `${role}-${i}`),
    );
    this.suspectMicros = timing.suspect ?? 2e6;
    this.spare = {
      manager: managers - 1,
      scheduler: schedulers - 1,
      server: Math.min(replicas, servers - 1),
      worker: workers - 1,
    };
  }

  allows(fault: Fault): boolean {
    const at = fault.at ?? awaited;
    switch (fault.kind) {
      case "crash":
        if (this.isSaved && isRolledBack(fault) && roleOfTarget(fault.node) === "server") return true;
        // In another release it is not let in again.
        return this.takes([fault.node], at, fault.version === undefined ? fault.restart : undefined);
      case "memory":
        // It may be killed again and again while the cap lasts.
        return this.takes(
          [fault.node],
          at,
          fault.restart === undefined ? undefined : fault.for + fault.restart,
        );
      case "crash-loop":
        return this.takes([fault.node], at, fault.times * (fault.up + fault.down));
      case "preempt":
        return this.takes(
          [...(fault.node === undefined ? [] : [fault.node]), ...(fault.nodes ?? [])],
          at,
          undefined,
        );
      case "leave":
      case "decommission":
        return this.takes([fault.node], at, undefined);
      case "core": {
        const others = this.names.filter((name) => !fault.nodes.includes(name));
        return fault.nodes.every((node) => !node.startsWith("@")) && this.takes(others, at, undefined);
      }
      case "pause":
        return fault.for < this.suspectMicros / 8 || this.takes([fault.node], at, fault.for);
      case "cut":
      case "clog":
        return this.separates([fault.from, fault.to], at, fault.for);
      case "swizzle":
        return this.separates([fault.nodes], at, fault.for);
      case "partition":
        return this.separates(fault.groups, at, fault.for);
      default:
        return true;
    }
  }

  /** All but the largest are away for so long. */
  private separates(sides: readonly (readonly string[])[], at: number, micros: number): boolean {
    if (micros < this.suspectMicros / 8) return true;
    const ends = sides.filter((side) => !side.includes("registry")).toSorted((a, b) => a.length - b.length);
    const away = ends.length === sides.length && sides.length > 1 ? ends.slice(0, -1) : ends;
    const [first] = away;
    if (first === undefined) return false;
    return this.takes(sides.length === 2 ? first : away.flat(), at, micros);
  }

  /** May all of them be away from then on, for so long; undefined: for good? */
  private takes(nodes: readonly string[], at: number, micros: number | undefined): boolean {
    const isForGood = micros === undefined;
    if (isForGood && at < this.formedAt) return false;
    if (nodes.some((node) => roleOfTarget(node) === undefined)) return false;
    const isAwaited = at === awaited;
    const to = isAwaited ? at : at + (micros ?? 0) + this.suspectMicros + repairMicros;
    const wanted = nodes.map((node) => ({ node, from: isAwaited ? 0 : at, to }));
    if (!wanted.every((one, i) => this.hasRoom(one, wanted.slice(0, i), isForGood))) return false;
    this.outages.push(...wanted);
    if (isForGood) for (const node of nodes) this.spare[roleOfTarget(node) as Role]--;
    return true;
  }

  private hasRoom({ node, from, to }: Outage, others: readonly Outage[], isForGood: boolean): boolean {
    const role = roleOfTarget(node) as Role;
    const spare =
      this.spare[role] - (isForGood ? others.filter((one) => roleOfTarget(one.node) === role).length : 0);
    if (isForGood && spare <= 0) return false;
    // The only one of its role may be away for a moment: the others wait for it. A server has what nobody else has.
    const allowed = role === "server" ? spare : Math.max(1, spare);
    const meanwhile = [...this.outages, ...others].filter(
      (one) => roleOfTarget(one.node) === role && one.from < to && from < one.to,
    );
    return meanwhile.length < allowed;
  }
}

/** Undefined where a word may mean nodes of several roles. */
export function roleOfTarget(node: string): Role | undefined {
  if (!node.startsWith("@")) return node.slice(0, node.lastIndexOf("-")) as Role;
  return castWords[castParts(node)?.word ?? ""]?.role;
}
