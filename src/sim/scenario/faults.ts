/** The faults of a scenario: as they are written, what is wrong with them, and as the plan has them. */
import { z } from "zod";
import { isNodeId, type NodeId, nodeId } from "../../core/index.ts";
import type { Endpoint, Fault } from "../world/fault.ts";
import { guess } from "./nearest-word.ts";
import { duration } from "./units.ts";

const node = z.string().min(1);
const ends = z.array(z.string()).min(1).max(1000);
const registryName = "registry";
const hour = 3600e6;

const step = duration.refine((micros) => micros <= hour, "a clock jumps by at most 1h");

export const fault = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("crash"),
    node,
    at: duration,
    /** After how long it is there again, as a new life. */
    restart: z.union([z.literal("never").transform(() => undefined), duration]).optional(),
  }),
  z.strictObject({ kind: z.literal("pause"), node, at: duration, for: duration }),
  z.strictObject({
    kind: z.literal("cut"),
    /** Names of nodes, or `registry`. */
    from: ends,
    to: ends,
    at: duration,
    for: duration,
    how: z.enum(["both", "one-way"]).default("both"),
    mode: z.enum(["drop", "hold"]).default("drop"),
  }),
  z.strictObject({ kind: z.literal("join"), node, at: duration }),
  z.strictObject({ kind: z.literal("preempt"), node, at: duration, notice: duration }),
  z.strictObject({
    kind: z.literal("slow"),
    node,
    at: duration,
    for: duration,
    factor: z.number().gt(1).max(10_000),
  }),
  z
    .strictObject({
      kind: z.literal("clock"),
      node,
      at: duration,
      step: step.optional(),
      drift: z.number().min(-0.5).max(0.5).optional(),
    })
    .refine(
      ({ step: by, drift }) => by !== undefined || drift !== undefined,
      "a clock has a step or a drift",
    ),
]);

type Written = z.output<typeof fault>;

/** What of a scenario says which nodes there are, and when. */
export interface Surroundings {
  readonly cluster: {
    readonly managers: number;
    readonly schedulers: number;
    readonly servers: number;
    readonly workers: number;
  };
  readonly faults: readonly Written[];
  readonly horizon: number;
}

export interface FaultComplaint {
  /** Within the list of faults. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What no schema of one fault can see: nodes that are not there, times that never come, two pauses at once. */
export function faultComplaints(scenario: Surroundings): readonly FaultComplaint[] {
  const { faults, horizon } = scenario;
  const { since, complaints } = membership(scenario);
  const check = (name: string, at: number, path: FaultComplaint["path"], others: string[] = []): void => {
    const from = since.get(name);
    if (from === undefined) {
      complaints.push({ path, message: `no such node${guess(name, [...since.keys(), ...others])}` });
    } else if (from > at) complaints.push({ path, message: "the node joins later" });
  };
  faults.forEach((one, i) => {
    if (one.kind === "cut") {
      for (const side of ["from", "to"] as const) {
        one[side].forEach((name, j) => {
          if (name !== registryName) check(name, one.at, [i, side, j], [registryName]);
        });
      }
    } else if (one.kind !== "join") check(one.node, one.at, [i, "node"]);
    const late = [["at", one.at] as const, endOf(one)].find(([, time]) => time > horizon);
    if (late !== undefined) complaints.push({ path: [i, late[0]], message: "it is past the horizon" });
    const other = faults.slice(0, i).findIndex((earlier) => overlap(earlier, one));
    if (other >= 0) complaints.push({ path: [i, "at"], message: `faults.${other} does the same meanwhile` });
  });
  return complaints;
}

/** From when on each node is there, and which of those that join have names that are not theirs. */
function membership({ cluster, faults }: Surroundings): {
  readonly since: ReadonlyMap<string, number>;
  readonly complaints: FaultComplaint[];
} {
  const { managers, schedulers, servers, workers } = cluster;
  const counts = new Map([
    ["manager", managers],
    ["scheduler", schedulers],
    ["server", servers],
    ["worker", workers],
  ]);
  const since = new Map<string, number>();
  for (const [role, count] of counts) for (let i = 0; i < count; i++) since.set(`${role}-${i}`, 0);
  const complaints: FaultComplaint[] = [];
  faults.forEach((one, i) => {
    if (one.kind !== "join") return;
    const next = [...counts].map(([role, count]) => `${role}-${count}`);
    if (next.includes(one.node)) {
      const role = one.node.slice(0, one.node.lastIndexOf("-"));
      counts.set(role, (counts.get(role) ?? 0) + 1);
      since.set(one.node, one.at);
    } else complaints.push({ path: [i, "node"], message: `free names: ${next.join(", ")}` });
  });
  return { since, complaints };
}

/** The field that says when it is over, and when that is. */
function endOf(one: Written): readonly [string, number] {
  switch (one.kind) {
    case "pause":
    case "cut":
    case "slow":
      return ["for", one.at + one.for];
    case "crash":
      return ["restart", one.at + (one.restart ?? 0)];
    case "preempt":
      return ["notice", one.at + one.notice];
    default:
      return ["at", one.at];
  }
}

/** A node is paused once at a time, and slowed once. */
function overlap(a: Written, b: Written): boolean {
  if ((a.kind !== "pause" && a.kind !== "slow") || b.kind !== a.kind || a.node !== b.node) return false;
  return a.at < b.at + b.for && b.at < a.at + a.for;
}

/** The nodes that join, in the order in which they are written. */
export function joinersOf(faults: readonly Written[]): readonly NodeId[] {
  return faults.flatMap((one) => (one.kind === "join" ? [nodeId(one.node)] : []));
}

export function planFaults(faults: readonly Written[]): readonly Fault[] {
  return faults.map(planFault);
}

function planFault(one: Written): Fault {
  const { at } = one;
  if (one.kind === "cut") {
    const { from, to, mode } = one;
    const isBothWays = one.how === "both";
    return {
      kind: "cut",
      from: endpoints(from),
      to: endpoints(to),
      isBothWays,
      mode,
      at,
      until: at + one.for,
    };
  }
  const id = nodeId(one.node);
  switch (one.kind) {
    case "crash":
      return {
        kind: "crash",
        node: id,
        at,
        restartAt: one.restart === undefined ? undefined : at + one.restart,
      };
    case "pause":
      return { kind: "pause", node: id, at, until: at + one.for };
    case "join":
      return { kind: "join", node: id, at };
    case "preempt":
      return { kind: "preempt", node: id, at, killAt: at + one.notice };
    case "slow":
      return { kind: "slow", node: id, at, until: at + one.for, factor: one.factor };
    case "clock":
      return {
        kind: "clock",
        node: id,
        at,
        stepMicros: Math.round(one.step ?? 0),
        drift: one.drift ?? 0,
      };
    default:
      throw new Error(`Invariant: no such fault: ${JSON.stringify(one satisfies never)}`);
  }
}

function endpoints(names: readonly string[]): readonly Endpoint[] {
  return names.map((name) => (isNodeId(name) ? name : registryName));
}
