/**
 * Which worker holds each slot, and who takes it over when its holder is lost (docs/protocol.md 9). Slots move and never
 * vanish, so that what a sum is made of stays the same.
 */
import { type Micros, milliseconds, type NodeId, roleOf, type Slot, slot as slotOf } from "../ids.ts";
import type { JobSpec, LostPolicy } from "../job.ts";
import type { SlotAssignment, SlotsRecord } from "../registry/records.ts";
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

  get slots(): readonly Slot[] {
    return this.assignments.map(({ slot }) => slotOf(slot));
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
    const counts = new Map(workersIn(this.shell.members).map((worker) => [worker, 0]));
    const count = (worker: NodeId, more: number): unknown =>
      counts.set(worker, (counts.get(worker) ?? 0) + more);
    for (const { slot, worker } of this.assignments) if (!lost.has(slotOf(slot))) count(worker, 1);
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
        const [worker] = this.policy === "replace" && isSpare ? fewest : ranked(counts)[0];
        count(worker, 1);
        this.assignments[slot] = this.assignment(slot, worker, this.assignments[slot].epoch + 1);
        this.vacant.delete(slot);
        moved.push(slot);
      }
    }
    return { moved, retryAt };
  }

  /** Slots whose holder is no member, or came back as another incarnation, holder by holder. */
  private lostByHolder(): readonly (readonly Slot[])[] {
    const groups = new Map<string, Slot[]>();
    for (const { slot, worker, incarnation } of this.assignments) {
      if (this.shell.members.get(worker)?.incarnation === incarnation) continue;
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
