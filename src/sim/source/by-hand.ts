/** What is done to a cluster by hand, as the faults of a scenario: as they are written, so that a file repeats them. */
import type { Breakage } from "../../observe/index.ts";
import { fault, type WrittenFault } from "../scenario/fault-fields.ts";
import { faultComplaints, type Surroundings } from "../scenario/faults.ts";

/** As it stands in a file. */
export type RawFault = Readonly<Record<string, unknown>>;

/** A fault done by hand. */
export interface ByHand {
  readonly at: number;
  readonly raw: RawFault;
}

export type Made =
  | { readonly ok: true; readonly made: ByHand }
  | { readonly ok: false; readonly reason: string };

/** Everything ends within the horizon. */
export function byHand(
  breakage: Exclude<Breakage, { kind: "heal" }>,
  at: number,
  around: Surroundings,
): Made {
  const left = around.horizon - at;
  if (left <= 0) return { ok: false, reason: "it is past the horizon of the scenario" };
  const raw = rawOf(breakage, at, { left, around });
  const written = writtenFault(raw);
  if (typeof written === "string") return { ok: false, reason: written };
  const faults = [...around.faults, written];
  const complaint = faultComplaints({ ...around, faults }).find(({ path }) => path[0] === faults.length - 1);
  if (complaint !== undefined) {
    const field = complaint.path.slice(1).join(".");
    return { ok: false, reason: `${field === "" ? "" : `${field}: `}${complaint.message}` };
  }
  return { ok: true, made: { at, raw } };
}

/** A text says why it is no fault. */
export function writtenFault(raw: RawFault): WrittenFault | string {
  const parsed = fault.safeParse(raw);
  if (parsed.success) return parsed.data;
  return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}

/** The cut ends at that moment, where it lasts until then. */
export function healed(one: ByHand, now: number): ByHand | undefined {
  const written = one.raw.kind === "cut" ? writtenFault(one.raw) : "";
  if (typeof written === "string" || written.kind !== "cut") return undefined;
  const isActive = one.at <= now && now < one.at + written.for;
  return isActive ? { at: one.at, raw: { ...one.raw, for: micros(now - one.at) } } : undefined;
}

function rawOf(
  breakage: Exclude<Breakage, { kind: "heal" }>,
  time: number,
  { left, around }: { readonly left: number; readonly around: Surroundings },
): RawFault {
  const at = micros(time);
  const lasting = (wanted: number | null): string => micros(Math.min(wanted ?? left, left));
  switch (breakage.kind) {
    case "kill": {
      const { node, restartAfterMicros } = breakage;
      const restart = restartAfterMicros === null ? "never" : lasting(restartAfterMicros);
      return { kind: "crash", node, at, restart };
    }
    case "pause":
      return { kind: "pause", node: breakage.node, at, for: lasting(breakage.forMicros) };
    case "preempt":
      return { kind: "preempt", node: breakage.node, at, notice: lasting(breakage.noticeMicros) };
    case "cut": {
      const { from, to, forMicros } = breakage;
      return { kind: "cut", from, to, at, for: lasting(forMicros) };
    }
    case "slow": {
      const { node, factor, forMicros } = breakage;
      return { kind: "slow", node, at, for: lasting(forMicros), factor };
    }
    case "join":
      return { kind: "join", node: nextName(breakage.role, around), at };
    case "drain":
      return { kind: "leave", node: breakage.node, at };
    default:
      throw new Error(`Invariant: nothing is broken like that: ${JSON.stringify(breakage satisfies never)}`);
  }
}

function nextName(role: "server" | "worker" | "manager" | "scheduler", around: Surroundings): string {
  const joined = around.faults.filter((one) => one.kind === "join" && one.node.startsWith(`${role}-`));
  return `${role}-${around.cluster[`${role}s`] + joined.length}`;
}

export function micros(n: number): string {
  return `${n}us`;
}
