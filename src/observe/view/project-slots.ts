/** What each slot does, what it waits for, and who holds it back (OSDI'14 figure 10, live). */
import type { WaitEdge } from "../../core/index.ts";
import { edgeText } from "../edge-text.ts";
import type { SlotView, WaitView } from "./cluster-view.ts";
import type { KnownCluster, KnownSlot } from "./known-cluster.ts";
import type { SlotPart } from "./node-part.ts";

const blockersShown = 8;
const ringEnd = 2 ** 32;

export function projectSlots(known: KnownCluster): readonly SlotView[] {
  const { slots, job, ended, parts, losses, now } = known;
  const furthest = slots.reduce((max, { part }) => Math.max(max, part?.finishedMax ?? -1), -1);
  const lost = new Map(losses.map((loss) => [loss.peer, loss.incarnation]));
  const waits = new Waits(known);
  const count = Math.max(slots.length, job?.slotCount ?? 0);
  return Array.from({ length: count }, (_, number): SlotView => {
    const slot = slots[number] ?? { slot: number, assignment: null, part: null, worker: null };
    const { assignment, part, worker } = slot;
    const isLost =
      worker !== null && lost.has(worker) && (parts.get(worker)?.incarnation ?? 0) <= (lost.get(worker) ?? 0);
    const waitsFor = ended !== null || isLost || part?.state !== "waiting" ? null : waits.of(part);
    const clock = clockOf(part);
    return {
      slot: number,
      worker,
      epoch: assignment?.epoch ?? 0,
      state: stateOf(slot, ended !== null, isLost),
      since: part?.since ?? assignment?.at ?? 0,
      task: part === null || part.taskTime < 0 ? null : { time: part.taskTime, name: part.taskName },
      finished: part?.finished ?? 0,
      clock,
      lag: Math.max(0, furthest - clock),
      busyMicros: part?.busyMicros ?? 0,
      waitMicros: (part?.waitMicros ?? 0) + (waitsFor === null ? 0 : Math.max(0, now - waitsFor.since)),
      ...shares(part, now),
      waitsFor,
    };
  });
}

function stateOf({ part, worker }: KnownSlot, hasEnded: boolean, isLost: boolean): SlotView["state"] {
  if (hasEnded) return "ended";
  if (worker === null) return "unassigned";
  if (isLost) return "lost";
  return part === null ? "loading" : part.state;
}

/** Every task up to it has finished here, as far as it was issued here. */
function clockOf(part: SlotPart | null): number {
  if (part === null) return -1;
  return part.running.length === 0 ? part.finishedMax : Math.min(part.running[0] - 1, part.finishedMax);
}

function shares(part: SlotPart | null, now: number): Pick<SlotView, "busyShare" | "waitShare"> {
  if (part === null) return { busyShare: 0, waitShare: 0 };
  const wait = part.waitRecent + (part.state === "waiting" ? Math.max(0, now - part.since) : 0);
  const sum = part.busyRecent + wait;
  return sum === 0
    ? { busyShare: 0, waitShare: 0 }
    : { busyShare: part.busyRecent / sum, waitShare: wait / sum };
}

function hasUnfinished({ part }: KnownSlot, time: number): boolean {
  return part === null || part.taskTime < time || part.running.includes(time);
}

/** Blockers of one task are the same for all who wait for it. */
class Waits {
  private readonly known: KnownCluster;
  private readonly unfinished = new Map<number, readonly KnownSlot[]>();

  constructor(known: KnownCluster) {
    this.known = known;
  }

  of({ edge, since, slot }: SlotPart): WaitView | null {
    if (edge === null) return null;
    const base = { edge, since, slots: [], slotCount: 0, nodes: [], segment: null, time: null };
    switch (edge.kind) {
      case "task":
        return { ...base, ...this.forTask(edge.time, slot) };
      case "reply": {
        const { server, time } = edge;
        const segment = this.segment(edge.segment);
        const text = `${server} to answer task ${time} for segment ${rangeText(segment)}`;
        return { ...base, nodes: [server], segment, time, text };
      }
      case "parts": {
        const { missingSlots, time } = edge;
        const nodes = this.workers(missingSlots);
        const slots = missingSlots.slice(0, blockersShown);
        const text = `parts of task ${time} of ${slotsText(slots, missingSlots.length, nodes)}`;
        return { ...base, slots, slotCount: missingSlots.length, nodes, time, text };
      }
      default:
        return { ...base, ...other(edge) };
    }
  }

  private forTask(
    time: number,
    self: number,
  ): Pick<WaitView, "slots" | "slotCount" | "nodes" | "time" | "text"> {
    const unfinished = this.unfinishedAt(time);
    const own = this.known.slots[self];
    const count = unfinished.length - (own !== undefined && hasUnfinished(own, time) ? 1 : 0);
    const first = unfinished.slice(0, blockersShown + 1).map(({ slot }) => slot);
    const shown = first.filter((slot) => slot !== self).slice(0, blockersShown);
    if (shown.length === 0) {
      const nodes = this.known.leaders.filter(({ role }) => role === "scheduler").map(({ node }) => node);
      const by = nodes.length === 0 ? "the scheduler" : nodes[0];
      const text = `${by} to say that task ${time} has finished everywhere`;
      return { slots: [], slotCount: 0, nodes, time, text };
    }
    const nodes = this.workers(shown);
    const text = `task ${time} at ${slotsText(shown, count, nodes)}`;
    return { slots: shown, slotCount: count, nodes, time, text };
  }

  /** Those furthest behind first. */
  private unfinishedAt(time: number): readonly KnownSlot[] {
    const found = this.unfinished.get(time);
    if (found !== undefined) return found;
    const slots = this.known.slots
      .filter((slot) => hasUnfinished(slot, time))
      .sort((a, b) => clockOf(a.part) - clockOf(b.part) || a.slot - b.slot);
    this.unfinished.set(time, slots);
    return slots;
  }

  private workers(slots: readonly number[]): readonly string[] {
    const workers = slots.map((slot) => this.known.slots[slot]?.worker ?? undefined);
    return [...new Set(workers.filter((worker) => worker !== undefined))];
  }

  private segment(begin: number): { readonly begin: number; readonly end: number } {
    const segments = this.known.view?.segments ?? [];
    const next = segments.find((segment) => segment.begin > begin);
    return { begin, end: next?.begin ?? ringEnd };
  }
}

function other(edge: Exclude<WaitEdge, { kind: "task" | "reply" | "parts" }>): {
  readonly text: string;
  readonly nodes: readonly string[];
} {
  const nodes = edge.kind === "members" ? edge.missing : edge.kind === "chain" ? edge.holders : [];
  return { text: edgeText(edge), nodes };
}

function slotsText(slots: readonly number[], count: number, nodes: readonly string[]): string {
  const more = count > slots.length ? ` and ${count - slots.length} more` : "";
  const at = nodes.length === 0 ? "" : ` (${nodes.join(", ")})`;
  return `${count === 1 ? "slot" : "slots"} ${slots.join(", ")}${more}${at}`;
}

function rangeText({ begin, end }: { readonly begin: number; readonly end: number }): string {
  const percent = (position: number): string => ((100 * position) / ringEnd).toFixed(1);
  return `${percent(begin)}–${percent(end)} %`;
}
