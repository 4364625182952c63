/**
 * Which worker holds each slot, and who takes it over when its holder is lost (docs/protocol.md 9). Slots move, so that
 * what a sum is made of stays the same; they vanish, between passes, only where the job says so.
 */
import { type Micros, milliseconds, type NodeId, roleOf, type Slot, slot as slotOf } from "../ids.ts";
import type { JobSpec, LostPolicy } from "../job.ts";
import type { PassRecord, SlotAssignment, SlotsRecord } from "../registry/records.ts";
import type { Shell } from "../shell.ts";
import { byRoleAndNumber } from "./census.ts";

/** The slot's first holder. */
const firstEpoch = 1;

export interface Refill {
  /** Slots that have another holder now. */
  readonly moved: readonly Slot[];
  /** Until then a newcomer is waited for. */
  readonly retryAt: Micros | undefined;
}

/** Invariant: `assignments[i]` is of slot `i`, and its epoch grows with each new holder. */
export class SlotHolders {
  private readonly shell: Pick<Shell, "members" | "now" | "options">;
  private readonly policy: LostPolicy;
  private assignments: SlotAssignment[];
  /** Slots without a holder, since when they have been seen so. */
  private readonly vacant: Map<Slot, Micros> = new Map();
  /** Slots that have no task from some pass on. */
  private dropped: readonly Slot[] = [];

  private constructor(
    shell: SlotHolders["shell"],
    { policy }: JobSpec,
    assignments: readonly SlotAssignment[],
  ) {
    this.shell = shell;
    this.policy = policy?.lost ?? "replace";
    this.assignments = [...assignments];
  }

  /** Slots go round the first workers, in order. */
  static deal(shell: SlotHolders["shell"], job: JobSpec): SlotHolders {
    const holders = new SlotHolders(shell, job, []);
    const workers = workersIn(shell.members).slice(0, shell.options.workerCount);
    for (let slot = 0; slot < job.slotCount; slot++) {
      holders.assignments.push(holders.assignment(slot, workers[slot % workers.length], firstEpoch));
    }
    return holders;
  }

  /** As an earlier scheduler left them; the reason where the record is not the job's. */
  static adopt(shell: SlotHolders["shell"], job: JobSpec, { slots }: SlotsRecord): SlotHolders | string {
    const assignments = [...slots].sort((a, b) => a.slot - b.slot);
    const isWhole = assignments.length === job.slotCount && assignments.every(({ slot }, i) => slot === i);
    return isWhole
      ? new SlotHolders(shell, job, assignments)
      : `it does not have the ${job.slotCount} slots of job ${job.name}`;
  }

  /** Whoever holds a slot holds it anew: nothing that it did before counts. */
  renew(): void {
    this.assignments = this.assignments.map((one) => ({ ...one, epoch: one.epoch + 1 }));
  }

  /** Those that have tasks. */
  get slots(): readonly Slot[] {
    const slots = this.assignments.map(({ slot }) => slotOf(slot));
    return this.dropped.length === 0 ? slots : slots.filter((slot) => !this.dropped.includes(slot));
  }

  /** As the record of a pass says it. */
  get droppedOfPass(): Pick<PassRecord, "dropped"> {
    return this.dropped.length === 0 ? {} : { dropped: this.dropped };
  }

  /** Another pass begins: slots that are to vanish do, unless none would be left. Those that had tasks before. */
  dropLeaving(): readonly Slot[] {
    const before = this.dropped;
    const leaving = this.assignments.filter(({ isLeaving }) => isLeaving === true);
    if (leaving.length < this.assignments.length) this.drop(leaving.map(({ slot }) => slot));
    return this.dropped.filter((slot) => !before.includes(slot));
  }

  /** A pass is without these. */
  drop(slots: readonly number[]): void {
    this.dropped = slots.map(slotOf);
    for (const slot of this.dropped) this.vacant.delete(slot);
  }

  /** Their holders are too slow: other workers take them, where there are any. */
  giveUp(slots: readonly Slot[], isLeaving: boolean): readonly Slot[] {
    const slow = new Set(slots.map((slot) => this.assignments[slot].worker));
    const counts = this.counts(new Set(slots));
    for (const worker of slow) counts.delete(worker);
    if (counts.size === 0) return [];
    for (const slot of slots) this.move(slot, counts, isLeaving);
    return slots;
  }

  /** Each holder once. */
  get workers(): readonly NodeId[] {
    return [...new Set(this.assignments.map(({ worker }) => worker))];
  }

  of(slot: Slot): SlotAssignment {
    return this.assignments[slot];
  }

  isHeldBy(worker: NodeId, slot: Slot, epoch: number): boolean {
    const holder = this.assignments[slot];
    return holder !== undefined && holder.worker === worker && holder.epoch === epoch;
  }

  /** Since when the slot is seen without its holder. */
  vacantSince(slot: Slot): Micros | undefined {
    return this.vacant.get(slot);
  }

  toRecord(): SlotsRecord {
    return { slots: [...this.assignments] };
  }

  /** Gives the slots of lost workers to others. */
  refill(): Refill {
    const { now, options } = this.shell;
    const groups = this.lostByHolder();
    const lost = new Set(groups.flat());
    for (const slot of this.vacant.keys()) if (!lost.has(slot)) this.vacant.delete(slot);
    for (const slot of lost) if (!this.vacant.has(slot)) this.vacant.set(slot, now);
    const counts = this.counts(lost);
    const moved: Slot[] = [];
    let retryAt: Micros | undefined;
    for (const slots of counts.size === 0 ? [] : groups) {
      const [fewest] = ranked(counts);
      const isSpare = fewest[1] === 0;
      const waitsUntil = ((this.vacant.get(slots[0]) as Micros) +
        milliseconds(options.replaceAfterMs)) as Micros;
      if (this.policy === "replace" && !isSpare && now < waitsUntil) {
        retryAt = retryAt === undefined || waitsUntil < retryAt ? waitsUntil : retryAt;
        continue;
      }
      for (const slot of slots) {
        // A newcomer takes the place of who was lost; where there is none, each slot goes where there are fewest.
        const [only] = fewest;
        const among =
          this.policy === "replace" && isSpare ? new Map([[only, counts.get(only) ?? 0]]) : counts;
        const worker = this.move(slot, among, this.policy === "continue");
        counts.set(worker, among.get(worker) ?? 0);
        moved.push(slot);
      }
    }
    return { moved, retryAt };
  }

  /** How many slots each worker has, beside these. */
  private counts(besides: ReadonlySet<Slot>): Map<NodeId, number> {
    const counts = new Map(workersIn(this.shell.members).map((worker) => [worker, 0]));
    for (const { slot, worker } of this.assignments) {
      const isCounted = !besides.has(slotOf(slot)) && !this.dropped.includes(slotOf(slot));
      if (isCounted) counts.set(worker, (counts.get(worker) ?? 0) + 1);
    }
    return counts;
  }

  /** To the worker that has the fewest. */
  private move(slot: Slot, counts: Map<NodeId, number>, isLeaving: boolean): NodeId {
    const [[worker, count]] = ranked(counts);
    counts.set(worker, count + 1);
    const { epoch, isLeaving: wasLeaving = false } = this.assignments[slot];
    const moved = this.assignment(slot, worker, epoch + 1);
    this.assignments[slot] = isLeaving || wasLeaving ? { ...moved, isLeaving: true } : moved;
    this.vacant.delete(slot);
    return worker;
  }

  /** Slots whose holder is no member, or came back as another incarnation, holder by holder. */
  private lostByHolder(): readonly (readonly Slot[])[] {
    const groups = new Map<string, Slot[]>();
    for (const { slot, worker, incarnation } of this.assignments) {
      if (this.shell.members.get(worker)?.incarnation === incarnation) continue;
      if (this.dropped.includes(slotOf(slot))) continue;
      const name = `${worker}#${incarnation}`;
      const group = groups.get(name) ?? [];
      group.push(slotOf(slot));
      groups.set(name, group);
    }
    return [...groups.values()];
  }

  private assignment(slot: number, worker: NodeId, epoch: number): SlotAssignment {
    const incarnation = this.shell.members.get(worker)?.incarnation ?? 0;
    return { slot, worker, incarnation, epoch };
  }
}

export function workersIn(members: Shell["members"]): readonly NodeId[] {
  return [...members.keys()].filter((node) => roleOf(node) === "worker").sort(byRoleAndNumber);
}

/** The fewest slots first, and of equal ones the lowest name. */
function ranked(counts: ReadonlyMap<NodeId, number>): readonly (readonly [NodeId, number])[] {
  return [...counts].sort(([a, ofA], [b, ofB]) => ofA - ofB || byRoleAndNumber(a, b));
}
