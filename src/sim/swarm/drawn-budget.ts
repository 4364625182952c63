/** What a cluster is to survive, as faults are drawn for it one after the other. */
import type { ScenarioInput } from "../scenario/scenario.ts";
import { durationText } from "../scenario/units.ts";

export type Fault = NonNullable<ScenarioInput["faults"]>[number];
export type Cluster = ScenarioInput["cluster"];
export type Role = "manager" | "scheduler" | "server" | "worker";

/** How long nodes wait before they suspect one another, in a run with such faults. */
export const suspectMs = 2000;
/** Pauses and cuts last no longer, so that two of each, one after the other, are shorter than that. */
export const silenceMsMax: number = suspectMs / 8;
/** From the end of an outage until all that was lost is there as often as before. */
const repairMs = 2000;
/** What a refused release speaks. */
const otherVersion = 2;

/** Before it is known which nodes there are. */
export interface Draft<Family extends string = string> {
  readonly family: Family;
  readonly at: number;
  /** Which nodes, counted round. */
  readonly first: number;
  readonly second: number;
  /** Of the longest that the family allows. */
  readonly share: number;
  readonly coin: boolean;
}

export class DrawnBudget {
  /** Of each role: how many may be away at once. */
  private readonly spare: Record<Role, number>;
  private readonly counts: Record<Role, number>;
  private readonly formedAt: number;
  private readonly outages: { readonly role: Role; readonly from: number; readonly to: number }[] = [];
  private readonly turns: { readonly name: string; readonly at: number }[] = [];
  private readonly gone = new Set<string>();
  private readonly capped = new Set<string>();
  private hasCore = false;
  private readonly joined: { readonly node: string; readonly at: number }[] = [];

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
    if (isForGood) this.gone.add(node);
    return { kind: "crash", node, at: micros(at), restart: isForGood ? "never" : micros(restart) };
  }

  /** It comes back in another release, which nobody lets in. */
  upgrade({ at, share }: Draft, node: string, role: Role): Fault | undefined {
    const end = at + (suspectMs + repairMs) * 1000;
    if (this.spare[role] === 0 || at <= this.formedAt || !this.takes(role, at, end, true)) return undefined;
    this.gone.add(node);
    return {
      kind: "crash",
      node,
      at: micros(at),
      restart: micros(restartMicros(share)),
      version: otherVersion,
    };
  }

  /** Killed again and again while it lasts, where it uses more than that. */
  memory({ at, share, second, coin }: Draft, node: string, role: Role): Fault | undefined {
    // Each life has sessions of its own: with several in a second, V4 counts the resends of all as those of one.
    const restart = restartMicros(share, capRestartMicrosMin);
    const length = cappedMicros(second);
    const end = at + length + restart + (suspectMs + repairMs) * 1000;
    if (this.capped.has(node) || !this.takes(role, at, end, false)) return undefined;
    this.capped.add(node);
    const bytes = coin ? 100 : 100 * (1 + (second % 100));
    return { kind: "memory", node, at: micros(at), for: micros(length), bytes, restart: micros(restart) };
  }

  preempt({ at: early, share, coin }: Draft, node: string): Fault | undefined {
    const at = this.formedAt + early;
    // Longer than it takes to hand over, or too short for that.
    const notice = coin ? 4_000_000 + share * 4_000_000 : share * 20_000;
    const end = at + notice + (suspectMs + repairMs) * 1000;
    if (this.spare.server === 0 || !this.takes("server", at, end, true)) return undefined;
    this.gone.add(node);
    return { kind: "preempt", node, at: micros(at), notice: micros(notice) };
  }

  /** Nobody kills it: where nobody can take over what it has, it stays. Some are said to be gone for good, and are evicted. */
  leave({ at: early, share }: Draft, node: string, role: Role): Fault | undefined {
    const at = this.formedAt + early;
    const end = at + (suspectMs + repairMs) * 1000;
    if (this.spare[role] === 0 || !this.takes(role, at, end, true)) return undefined;
    this.gone.add(node);
    return { kind: share < 0.3 ? "decommission" : "leave", node, at: micros(at) };
  }

  /** Of each role as many as may be lost are, for good; whoever joined stays. */
  core({ at: early, second }: Draft, names: Readonly<Record<Role, readonly string[]>>): Fault | undefined {
    const at = this.formedAt + early;
    const end = at + (suspectMs + repairMs) * 1000;
    if (this.hasCore) return undefined;
    this.hasCore = true;
    const nodes = this.joined.filter((one) => one.at < at).map(({ node }) => node);
    for (const role of ["manager", "scheduler", "server", "worker"] as const) {
      // Who goes by another fault goes then: it may be later.
      nodes.push(...names[role].filter((name) => this.gone.has(name)));
      const living = names[role].filter((name) => !this.gone.has(name));
      living.forEach((_, i) => {
        const node = living[(i + second) % living.length];
        if (this.spare[role] === 0 || !this.takes(role, at, end, true)) nodes.push(node);
      });
    }
    return { kind: "core", nodes, at: micros(at) };
  }

  /** The newcomer's name. */
  join(role: "server" | "worker", at: number): string {
    const node = `${role}-${this.counts[role]++}`;
    this.joined.push({ node, at });
    return node;
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

export const capRestartMicrosMin = 500_000;

export function restartMicros(share: number, min: number = 1000): number {
  return min + share * 1_500_000;
}

/** What a node uses is told a few times in a second. */
export function cappedMicros(drawn: number): number {
  return 100_000 * (2 + (drawn % 13));
}

export function micros(time: number): string {
  return durationText(Math.round(time));
}
