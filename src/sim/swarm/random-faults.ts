/**
 * Random lists of faults for a cluster. Whole families are off by a coin, so that one does not hide another, and there
 * are never more than the cluster is to survive.
 */
import fc from "fast-check";
import {
  cappedMicros,
  capRestartMicrosMin,
  type Cluster,
  type Draft as AnyDraft,
  DrawnBudget,
  type Fault,
  micros,
  restartMicros,
  type Role,
  silenceMsMax,
} from "./drawn-budget.ts";
import { lostRange } from "./lost-range.ts";

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
  "memory",
  "version",
  "abandon",
  "heal-all",
  "lost-range",
  "core",
] as const;
const diskTroubles = ["slow", "full", "failing", "torn", "lost", "flipped"] as const;
export type Family = (typeof faultFamilies)[number];

/** From when every member is there until each is registered. Who is taken away for good before that is waited for, for ever. */
const formedMs = 200;

/** When, in microseconds: most runs are over after half a second. */
const time: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 1_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 5_000_000 }) },
);

type Draft = AnyDraft<Family>;

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

/** `isSaved`: the job has checkpoints, and may lose all holders of a range. */
export function drawFaults(list: readonly Draft[], cluster: Cluster, isSaved: boolean): Fault[] {
  const faults: Fault[] = [];
  const isHeldUp = list.some(({ family }) => family === "pause" || family === "cut");
  const formedAt = 1000 * (formedMs + (isHeldUp ? 2 * silenceMsMax : 0));
  const budget = new DrawnBudget(cluster, afterEarlyCrashes(list, formedAt));
  const losesRange = isSaved && losesRanges(list);
  for (const draft of list) {
    if (draft.family === "lost-range") continue;
    const fault = faultOf(draft, namesOf(cluster), budget);
    // With a checkpoint that cannot be read the job would fail by right.
    const isTooMuch = losesRange && fault?.kind === "disk" && fault.what !== "slow" && fault.what !== "full";
    if (fault !== undefined && !isTooMuch) faults.push(fault);
  }
  const lost = list.find(({ family }) => family === "lost-range");
  if (losesRange && lost !== undefined) faults.push(...lostRange(lost, cluster));
  return faults;
}

export function losesRanges(list: readonly Draft[]): boolean {
  return list.some(({ family }) => family === "lost-range");
}

/** A member that crashes before all are registered is waited for until it is there again. */
function afterEarlyCrashes(list: readonly Draft[], formedAt: number): number {
  let latest = formedAt;
  const crashes = list.filter(({ family }) => family === "memory" || family.startsWith("crash-"));
  for (const { family, at, share, second } of crashes.sort((a, b) => a.at - b.at)) {
    const length = family === "memory" ? cappedMicros(second) + capRestartMicrosMin : 0;
    if (at < latest) latest = Math.max(latest, at + length + restartMicros(share) + formedAt);
  }
  return latest;
}

/** Of a fault as it is drawn here. */
export function familyOf(fault: {
  readonly kind: string;
  readonly node?: string | undefined;
  readonly version?: number | undefined;
  readonly on?: { readonly fact: string } | undefined;
}): string {
  if (fault.version !== undefined) return "version";
  if (fault.kind === "decommission") return "leave";
  if (fault.kind !== "crash") return fault.kind;
  if (fault.on?.fact === "checkpoint-saved") return "lost-range";
  return `crash-${fault.node?.replace(/-\d+$/, "")}`;
}

type Names = Readonly<Record<Role, readonly string[]>>;

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

function faultOf(draft: Draft, names: Names, budget: DrawnBudget): Fault | undefined {
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
      return { kind: "join", node: budget.join(coin ? "server" : "worker", draft.at), at };
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
    case "memory": {
      const role = coin || second % 2 === 0 ? "server" : "worker";
      return budget.memory(draft, pick(names[role], first), role);
    }
    case "version": {
      const role = pick(["server", "worker", "scheduler", "manager"] as const, second);
      return budget.upgrade(draft, pick(names[role], first), role);
    }
    case "abandon":
    case "heal-all":
      return { kind: family, at };
    case "core":
      return budget.core(draft, names);
    case "lost-range":
      throw new Error("Invariant: a lost range is several faults");
    default:
      throw new Error(`Invariant: no such family: ${family satisfies never}`);
  }
}

function pick<T>(names: readonly T[], index: number): T {
  return names[index % names.length];
}
