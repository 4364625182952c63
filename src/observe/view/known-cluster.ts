/** What is known of the cluster when its nodes' parts are laid side by side: who leads, which view, whose slot. */
import type { View } from "../../core/index.ts";
import type { LeaderView } from "./cluster-view.ts";
import type { Assignment, JobPart, Loss, NodePart, Published, SegmentPart, SlotPart } from "./node-part.ts";

export interface KnownCluster {
  readonly now: number;
  readonly parts: ReadonlyMap<string, NodePart>;
  readonly published: Published | null;
  readonly view: View | null;
  readonly leaders: readonly LeaderView[];
  readonly job: JobPart | null;
  /** By slot; null: nobody's. */
  readonly slots: readonly KnownSlot[];
  readonly losses: readonly Loss[];
  /** By the segment's begin, at its master. */
  readonly atMaster: ReadonlyMap<number, SegmentPart>;
  readonly ended: NodePart["ended"];
}

export interface KnownSlot {
  readonly slot: number;
  readonly assignment: Assignment | null;
  readonly part: SlotPart | null;
  /** Whom it is assigned to, or else who says something of it. */
  readonly worker: string | null;
}

export function knownCluster(list: readonly NodePart[], now: number): KnownCluster {
  const parts = new Map(list.map((part) => [part.node, part]));
  const published = newestView(list);
  const view = published?.view ?? null;
  const ends = list.flatMap(({ ended }) => (ended === null ? [] : [ended]));
  return {
    now,
    parts,
    published,
    view,
    leaders: leadersOf(list),
    job: newest(list.flatMap(({ job }) => (job === null ? [] : [job]))),
    slots: slotsOf(list),
    losses: list.flatMap(({ losses }) => losses).sort((a, b) => a.at - b.at),
    atMaster: atMasters(view, parts),
    ended: ends.length === 0 ? null : ends.reduce((a, b) => (b.at < a.at ? b : a)),
  };
}

function newest<T extends { readonly at: number }>(list: readonly T[]): T | null {
  return list.length === 0 ? null : list.reduce((a, b) => (b.at >= a.at ? b : a));
}

function newestView(list: readonly NodePart[]): Published | null {
  let found: Published | null = null;
  for (const { published } of list) {
    if (published === null) continue;
    const order =
      found === null
        ? 1
        : published.view.lineage - found.view.lineage || published.view.number - found.view.number;
    if (order > 0) found = published;
  }
  return found;
}

function leadersOf(list: readonly NodePart[]): readonly LeaderView[] {
  const roles = ["manager", "scheduler"] as const;
  return roles.flatMap((role) => {
    const led = list.flatMap(({ node, led: all }) =>
      all.filter((one) => one.role === role).map(({ term, at }) => ({ role, node, term, since: at })),
    );
    return led.length === 0 ? [] : [led.reduce((a, b) => (b.term >= a.term ? b : a))];
  });
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

function slotsOf(list: readonly NodePart[]): readonly KnownSlot[] {
  const slots: (Writable<KnownSlot> & { at: number })[] = [];
  const slotAt = (slot: number): (typeof slots)[number] => {
    while (slots.length <= slot)
      slots.push({
        slot: slots.length,
        assignment: null,
        part: null,
        worker: null,
        at: Number.NEGATIVE_INFINITY,
      });
    return slots[slot];
  };
  for (const { assignments } of list) {
    assignments.forEach((assignment, slot) => {
      const known = slotAt(slot);
      const isNewer = known.assignment === null || (assignment?.epoch ?? 0) > known.assignment.epoch;
      if (assignment === null || !isNewer) return;
      known.assignment = assignment;
      known.worker = assignment.worker;
    });
  }
  for (const part of list) {
    for (const slotPart of part.slots) {
      const known = slotAt(slotPart.slot);
      const holder = known.assignment?.worker;
      const isOther = holder !== undefined && holder !== part.node;
      if (isOther || part.at < known.at) continue;
      known.part = slotPart;
      known.worker = part.node;
      known.at = part.at;
    }
  }
  return slots;
}

function atMasters(
  view: View | null,
  parts: ReadonlyMap<string, NodePart>,
): ReadonlyMap<number, SegmentPart> {
  const found = new Map<number, SegmentPart>();
  for (const { begin, holders } of view?.segments ?? []) {
    const at = parts.get(holders[0])?.segments.find(({ segment }) => segment === begin);
    if (at !== undefined) found.set(begin, at);
  }
  return found;
}

/** Requests a second, over about the last one: as much of the second before as is not a second ago yet. */
export function requestRate(
  { second, pushesNow, pushesBefore, pullsNow, pullsBefore }: SegmentPart,
  now: number,
): { readonly pushes: number; readonly pulls: number } {
  const present = Math.floor(now / 1e6);
  const share = now / 1e6 - present;
  if (present === second) {
    // A run's first second has none before it.
    const spread = second === 0 ? 1 / Math.max(share, 0.01) : 1;
    return {
      pushes: pushesBefore * (1 - share) + pushesNow * spread,
      pulls: pullsBefore * (1 - share) + pullsNow * spread,
    };
  }
  if (present !== second + 1) return { pushes: 0, pulls: 0 };
  return { pushes: pushesNow * (1 - share), pulls: pullsNow * (1 - share) };
}
