/** `budget`: how many servers a scenario takes away at once, held to what it says before anything runs. */
import { z } from "zod";
import { castParts, castWords } from "../world/cast.ts";
import type { WrittenFault } from "./fault-fields.ts";
import { duration } from "./units.ts";

export const budget = z.strictObject({
  /** Servers that are away at once, at most; by default as many as each segment has replicas. */
  losses: z.number().int().min(0).max(1000).optional(),
  /** From the moment at which a server is away until what it held is there as often as before. */
  repair: duration.default(1e6),
  /** `safety-only`: beyond the budget the job may fail, or wait for ever, and nothing wrong may be done. */
  lane: z.enum(["normal", "safety-only"]).default("normal"),
});

interface Planned {
  readonly budget?: z.output<typeof budget> | undefined;
  readonly cluster: { readonly replicas: number; readonly servers: number };
  readonly faults: readonly WrittenFault[];
}

/** What only says that something has not happened yet, or not often enough. */
const livenessChecks: readonly RegExp[] = [/^V/, /^M/, /^C8$/, /^C9$/, /^O[457]$/, /^X8$/];

export function isSafetyCheck(id: string): boolean {
  return !livenessChecks.some((one) => one.test(id));
}

/** Faults, by their place, that take away one server too many. */
export function budgetComplaints({ budget: allowed, cluster, faults }: Planned): readonly {
  readonly path: readonly (string | number)[];
  readonly message: string;
}[] {
  if (allowed === undefined || allowed.lane === "safety-only") return [];
  const losses = allowed.losses ?? cluster.replicas;
  const away = faults.flatMap((one, index) =>
    lostServers(one, cluster.servers).map((node) => ({
      node,
      index,
      from: one.at ?? 0,
      to: endOf(one, allowed.repair),
    })),
  );
  return faults.flatMap((_, index) => {
    const mine = away.filter((one) => one.index === index);
    const others = away.filter((one) => one.index < index);
    const isTooMany = mine.some(({ from, to }, i) => {
      const meanwhile = others.filter((other) => other.from < to && from < other.to);
      return new Set([...meanwhile, ...mine.slice(0, i + 1)].map(({ node }) => node)).size > losses;
    });
    if (!isTooMany) return [];
    const message = `one server more is away at once than budget.losses ${losses}; lane: safety-only runs it all the same`;
    return [{ path: [index], message }];
  });
}

/** One that waits for a fact may be at any time. */
function endOf(one: WrittenFault, repair: number): number {
  if (one.at === undefined) return Number.POSITIVE_INFINITY;
  const length =
    one.kind === "crash-loop" ? one.times * (one.up + one.down) : one.kind === "memory" ? one.for : 0;
  return one.at + length + repair;
}

/** Whom it takes away with what they hold: nobody who leaves in good order. */
function lostServers(one: WrittenFault, servers: number): readonly string[] {
  if (one.kind === "core") {
    const all = Array.from({ length: servers }, (_, i) => `server-${i}`);
    return all.filter((name) => !one.nodes.includes(name));
  }
  const isOne =
    one.kind === "crash" || one.kind === "crash-loop" || one.kind === "memory" || one.kind === "decommission";
  if (isOne) return [one.node].filter(isServer);
  if (one.kind !== "preempt") return [];
  return [...(one.node === undefined ? [] : [one.node]), ...(one.nodes ?? [])].filter(isServer);
}

function isServer(name: string): boolean {
  if (!name.startsWith("@")) return name.startsWith("server-");
  const role = castWords[castParts(name)?.word ?? ""]?.role;
  return role === "server" || role === undefined;
}
