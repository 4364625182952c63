/**
 * Random lists of faults for a cluster. Whole families are off by a coin, so that one does not hide another, and there
 * are never more than the cluster is to survive.
 */
import fc from "fast-check";
import type { ScenarioInput } from "../scenario/scenario.ts";

export type Fault = NonNullable<ScenarioInput["faults"]>[number];
type Cluster = ScenarioInput["cluster"];

export const faultFamilies = [
  "pause",
  "cut",
  "slow",
  "clock",
  "crash-server",
  "crash-worker",
  "crash-scheduler",
  "crash-manager",
  "join",
  "preempt",
  "leave",
  "submit",
  "disk",
] as const;
const diskTroubles = ["slow", "full", "failing", "torn", "lost", "flipped"] as const;
export type Family = (typeof faultFamilies)[number];

/** How long nodes wait before they suspect one another, in a run with such faults. */
export const suspectMs = 2000;
/** Pauses and cuts last no longer, so that two of each, one after the other, are shorter than that. */
const silenceMsMax = suspectMs / 8;
/** From the end of an outage until all that was lost is there as often as before. */
const repairMs = 2000;

/** From when every member is there until each is registered. Who is taken away for good before that is waited for, for ever. */
const formedMs = 200;

/** When, in microseconds: most runs are over after half a second. */
const time: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 1_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 5_000_000 }) },
);

/** Before it is known which nodes there are. */
interface Draft {
  readonly family: Family;
  readonly at: number;
  /** Which nodes, counted round. */
  readonly first: number;
  readonly second: number;
  /** Of the longest that the family allows. */
  readonly share: number;
  readonly coin: boolean;
}

function drafts(family: Family): fc.Arbitrary<Draft[]> {
  const one = fc.record({
    family: fc.constant(family),
    at: time,
    first: fc.nat(1000),
    second: fc.nat(1000),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    coin: fc.boolean(),
  });
  return fc.oneof(fc.constant<Draft[]>([]), fc.array(one, { minLength: 1, maxLength: 2 }));
}

/** For any cluster: `drawFaults` makes them faults of one. */
export function faultDrafts(families: readonly Family[]): fc.Arbitrary<readonly Draft[]> {
  return fc.tuple(...families.map(drafts)).map((lists) => lists.flat());
}

export function drawFaults(list: readonly Draft[], cluster: Cluster): Fault[] {
  const faults: Fault[] = [];
  const isHeldUp = list.some(({ family }) => family === "pause" || family === "cut");
  const formedAt = 1000 * (formedMs + (isHeldUp ? 2 * silenceMsMax : 0));
  const budget = new Budget(cluster, afterEarlyCrashes(list, formedAt));
  for (const draft of list) {
    const fault = faultOf(draft, namesOf(cluster), budget);
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}

/** A member that crashes before all are registered is waited for until it is there again. */
function afterEarlyCrashes(list: readonly Draft[], formedAt: number): number {
  let latest = formedAt;
  const crashes = list.filter(({ family }) => family.startsWith("crash-"));
  for (const { at, share } of crashes.sort((a, b) => a.at - b.at)) {
    if (at < latest) latest = Math.max(latest, at + restartMicros(share) + formedAt);
  }
  return latest;
}

function restartMicros(share: number): number {
  return 1000 + share * 1_500_000;
}

/** Of a fault as it is drawn here. */
export function familyOf(fault: { readonly kind: string; readonly node?: string | undefined }): string {
  return fault.kind === "crash" ? `crash-${fault.node?.replace(/-\d+$/, "")}` : fault.kind;
}

interface Names {
  readonly manager: readonly string[];
  readonly scheduler: readonly string[];
  readonly server: readonly string[];
  readonly worker: readonly string[];
}

function namesOf({ managers = 1, schedulers = 1, servers, workers }: Cluster): Names {
  const names = (role: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${role}-${i}`);
  return {
    manager: names("manager", managers),
    scheduler: names("scheduler", schedulers),
    server: names("server", servers),
    worker: names("worker", workers),
  };
}

function faultOf(draft: Draft, names: Names, budget: Budget): Fault | undefined {
  const { family, first, second, share, coin } = draft;
  const at = micros(draft.at);
  const all = Object.values(names).flat();
  const node = pick(all, first);
  const silence = micros(1 + share * silenceMsMax * 1000);
  switch (family) {
    case "pause":
      return budget.takesTurn(draft, node) ? { kind: "pause", node, at, for: silence } : undefined;
    case "cut": {
      const other = pick([...all.filter((one) => one !== node), "registry"], second);
      const how = share * 10 - Math.floor(share * 10) < 0.5 ? "both" : "one-way";
      const mode = coin ? "drop" : "hold";
      return { kind: "cut", from: [node], to: [other], at, for: silence, how, mode };
    }
    case "slow":
      return budget.takesTurn(draft, node)
        ? { kind: "slow", node, at, for: silence, factor: 2 + Math.floor(share * 50) }
        : undefined;
    case "clock":
      return coin
        ? { kind: "clock", node, at, step: micros(share * 60e6) }
        : { kind: "clock", node, at, drift: (share - 0.5) / 2 };
    case "crash-server":
      return budget.crash(draft, pick(names.server, first), "server");
    case "crash-worker":
      return budget.crash(draft, pick(names.worker, first), "worker");
    case "crash-scheduler":
      return budget.crash(draft, pick(names.scheduler, first), "scheduler");
    case "crash-manager":
      return budget.crash(draft, pick(names.manager, first), "manager");
    case "join":
      return { kind: "join", node: budget.nextName(coin ? "server" : "worker"), at };
    case "preempt":
      return budget.preempt(draft, pick(names.server, first));
    case "leave": {
      const role = pick(["server", "server", "worker", "scheduler", "manager"] as const, second);
      return budget.leave(draft, pick(names[role], first), role);
    }
    case "submit":
      return { kind: "submit", at };
    case "disk": {
      const writer = pick([...names.server, ...names.scheduler], first);
      const what = pick(diskTroubles, second);
      const by = what === "slow" ? { by: "20ms" } : {};
      return budget.takesTurn(draft, writer)
        ? { kind: "disk", node: writer, at, for: silence, what, ...by }
        : undefined;
    }
    default:
      throw new Error(`Invariant: no such family: ${family satisfies never}`);
  }
}

type Role = keyof Names;

/** What the cluster is to survive. */
class Budget {
  /** Of each role: how many may be away at once. */
  private readonly spare: Record<Role, number>;
  private readonly counts: Record<Role, number>;
  private readonly formedAt: number;
  private readonly outages: { readonly role: Role; readonly from: number; readonly to: number }[] = [];
  private readonly turns: { readonly name: string; readonly at: number }[] = [];

  /** `formedAt`: when every member has been registered, in microseconds. */
  constructor({ managers = 1, schedulers = 1, servers, workers, replicas = 0 }: Cluster, formedAt: number) {
    this.formedAt = formedAt;
    this.counts = { manager: managers, scheduler: schedulers, server: servers, worker: workers };
    const server = Math.min(replicas, servers - 1);
    this.spare = { manager: managers - 1, scheduler: schedulers - 1, server, worker: workers - 1 };
  }

  /** A crash within the budget: a node that nobody can do without comes back. */
  crash({ at, share, coin }: Draft, node: string, role: Role): Fault | undefined {
    const restart = restartMicros(share);
    const isForGood = coin && this.spare[role] > 0 && at > this.formedAt;
    const away = Math.max(suspectMs * 1000, isForGood ? 0 : restart);
    if (!this.takes(role, at, at + away + repairMs * 1000, isForGood)) return undefined;
    return { kind: "crash", node, at: micros(at), restart: isForGood ? "never" : micros(restart) };
  }

  preempt({ at: early, share, coin }: Draft, node: string): Fault | undefined {
    const at = this.formedAt + early;
    // Longer than it takes to hand over, or too short for that.
    const notice = coin ? 4_000_000 + share * 4_000_000 : share * 20_000;
    const end = at + notice + (suspectMs + repairMs) * 1000;
    if (this.spare.server === 0 || !this.takes("server", at, end, true)) return undefined;
    return { kind: "preempt", node, at: micros(at), notice: micros(notice) };
  }

  /** Nobody kills it: where nobody can take over what it has, it stays. */
  leave({ at: early }: Draft, node: string, role: Role): Fault | undefined {
    const at = this.formedAt + early;
    const end = at + (suspectMs + repairMs) * 1000;
    if (this.spare[role] === 0 || !this.takes(role, at, end, true)) return undefined;
    return { kind: "leave", node, at: micros(at) };
  }

  nextName(role: "server" | "worker"): string {
    return `${role}-${this.counts[role]++}`;
  }

  /** Of one family at one node: not twice at once. */
  takesTurn({ family, at }: Draft, node: string): boolean {
    const name = `${family} ${node}`;
    const span = silenceMsMax * 1000 + 1;
    if (this.turns.some((turn) => turn.name === name && Math.abs(turn.at - at) <= span)) return false;
    this.turns.push({ name, at });
    return true;
  }

  private takes(role: Role, from: number, to: number, isForGood: boolean): boolean {
    const isServer = role === "server";
    // The only one of its role may be away for a moment: the others wait for it. A server has what nobody else has: one that
    // is lost for good counts from then on, whichever was drawn first.
    const allowed = isServer ? this.spare.server : Math.max(1, this.spare[role]);
    const end = isServer && isForGood ? Number.POSITIVE_INFINITY : to;
    const meanwhile = this.outages.filter((one) => one.role === role && one.from < end && from < one.to);
    if (meanwhile.length >= allowed) return false;
    this.outages.push({ role, from, to: end });
    if (isForGood && !isServer) this.spare[role]--;
    return true;
  }
}

function pick<T>(names: readonly T[], index: number): T {
  return names[index % names.length];
}

function micros(time: number): string {
  return `${Math.round(time)}us`;
}
