/**
 * Parts of pushes that cannot be applied yet: an aggregate waits for every slot of its task, and with `tau = 0`
 * every update does (docs/protocol.md 4). One part is kept per identity, and bytes are bounded.
 */
import { assert } from "../assert.ts";
import type { Micros, NodeId, Slot, TaskTime } from "../ids.ts";
import type { KeyList } from "../keys/key-list.ts";
import type { Request, WriteRequest } from "./requests.ts";

export interface HeldPart {
  /** Who is told when it is finished: the sender of the newest copy. */
  readonly from: NodeId;
  readonly request: WriteRequest;
  /** The list that a push names: it may leave the cache of lists while the part is held. */
  readonly keys: KeyList | undefined;
  readonly since: Micros;
}

/** All parts of one (time, op). A group is known from the first time it is heard of, even while it holds nothing. */
export interface HeldGroup {
  readonly time: TaskTime;
  readonly op: number;
  readonly type: "push" | "call";
  readonly slots: readonly Slot[];
  /** Part `i` is of slot `slots[i]`. */
  readonly parts: (HeldPart | undefined)[];
  heldCount: number;
}

/** With the parts that it holds. */
function chargeOfGroup({ parts }: HeldGroup): number {
  let bytes = overheadBytes;
  for (const part of parts) if (part !== undefined) bytes += chargeOf(part.request);
  return bytes;
}

/** What one part or empty group is charged beside its arrays. */
const overheadBytes = 256;

/**
 * Invariants:
 *   - groups ascend strictly by (time, op);
 *   - `bytes` is what the held parts and the groups are charged;
 *   - once a part was held, `limitedBytes` is at most `bytesMax`: what the oldest time needs comes on top, and the places of groups whose parts
 *     were given up, which keep the order of ops and are as few as tasks may be ahead.
 */
export class HeldParts {
  readonly bytesMax: number;
  private readonly groups: HeldGroup[] = [];
  private charged: number = 0;
  private most: number = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.charged;
  }

  /** The most that `limitedBytes` was since this was last asked: a buffer may fill and empty many times in between. */
  takeMost(): number {
    const { most } = this;
    // What an older time has pushed past the maximum by coming was admitted as the oldest's own.
    this.most = Math.min(this.limitedBytes, this.bytesMax);
    return most;
  }

  /** Groups with parts beyond the oldest time that has any, which may take what it needs. */
  private get limitedBytes(): number {
    const oldest = this.groups.find(({ heldCount }) => heldCount > 0);
    if (oldest === undefined) return 0;
    let bytes = 0;
    for (const group of this.groups)
      if (group.time > oldest.time && group.heldCount > 0) bytes += chargeOfGroup(group);
    return bytes;
  }

  /** In (time, op) order. */
  all(): readonly HeldGroup[] {
    return this.groups;
  }

  find(time: TaskTime, op: number): HeldGroup | undefined {
    const group = this.groups[this.indexOf(time, op)];
    return group !== undefined && group.time === time && group.op === op ? group : undefined;
  }

  /** The group of a request, made when it is new; undefined: there is no room for another. */
  expect(request: WriteRequest): HeldGroup | undefined {
    const { time, op } = request.part;
    const known = this.find(time, op);
    if (known !== undefined) return known;
    if (!this.isOldest(time) && this.charged + overheadBytes > this.bytesMax) return undefined;
    const { type, slots } = request;
    const group = { time, op, type, slots, parts: slots.map(() => undefined), heldCount: 0 };
    this.groups.splice(this.indexOf(time, op), 0, group);
    this.charged += overheadBytes;
    return group;
  }

  /**
   * Keeps a part. A repeat only changes who is answered; a part of a newer epoch replaces the older one.
   * Undefined: the part is refused as the buffer is full; otherwise the parts given up to make room for it.
   */
  hold(group: HeldGroup, part: HeldPart): readonly HeldPart[] | undefined {
    const index = group.slots.indexOf(part.request.part.slot);
    assert(index >= 0, "a held part is of a slot of its group");
    const known = group.parts[index];
    if (known !== undefined && known.request.epoch >= part.request.epoch) {
      group.parts[index] = { ...known, from: part.from };
      return [];
    }
    const bytes = chargeOf(part.request);
    const freed = known === undefined ? 0 : chargeOf(known.request);
    const isOverfull = this.charged + bytes - freed > this.bytesMax;
    if (isOverfull && !this.isOldest(group.time)) return undefined;
    group.parts[index] = part;
    if (known === undefined) group.heldCount += 1;
    this.charged += bytes - freed;
    const given = isOverfull ? this.giveUpNewest(group.time) : [];
    if (this.charged > this.most) this.most = Math.max(this.most, this.limitedBytes);
    return given;
  }

  /** The groups of times below the floor, which cannot be applied any more. */
  takeBelow(floor: TaskTime): readonly HeldGroup[] {
    const taken = this.groups.slice(0, this.indexOf(floor, 0));
    for (const group of taken) this.remove(group);
    return taken;
  }

  remove(group: HeldGroup): void {
    const index = this.indexOf(group.time, group.op);
    assert(this.groups[index] === group, "a removed group is held");
    this.groups.splice(index, 1);
    this.charged -= overheadBytes;
    for (const part of group.parts) if (part !== undefined) this.charged -= chargeOf(part.request);
  }

  /** Is no older time waiting? Its parts are always admitted, so that the oldest can always complete. */
  private isOldest(time: TaskTime): boolean {
    return this.groups.length === 0 || time <= this.groups[0].time;
  }

  /** Gives up parts of the newest times, newest first, until the rest fits or only the oldest time is left. */
  private giveUpNewest(oldest: TaskTime): readonly HeldPart[] {
    const given: HeldPart[] = [];
    for (let g = this.groups.length - 1; g >= 0 && this.groups[g].time > oldest; g--) {
      const group = this.groups[g];
      for (let i = group.parts.length - 1; i >= 0; i--) {
        if (this.charged <= this.bytesMax) return given;
        const part = group.parts[i];
        if (part === undefined) continue;
        given.push(part);
        group.parts[i] = undefined;
        group.heldCount -= 1;
        this.charged -= chargeOf(part.request);
      }
    }
    return given;
  }

  /** Index of the first group at or after (time, op). */
  private indexOf(time: TaskTime, op: number): number {
    let low = 0;
    let high = this.groups.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const group = this.groups[middle];
      if (group.time < time || (group.time === time && group.op < op)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function isComplete(group: HeldGroup): boolean {
  return group.heldCount === group.slots.length;
}

export function missingSlots(group: HeldGroup): readonly Slot[] {
  return group.slots.filter((_, i) => group.parts[i] === undefined);
}

/** What a kept request is counted as. */
export function chargeOf(request: Request): number {
  if (request.type === "call") return overheadBytes + request.argument.byteLength;
  const keyBytes = request.keys?.pairs?.byteLength ?? 0;
  if (request.type === "pull") return overheadBytes + keyBytes;
  const { mask, data, fixed } = request.values;
  const fixedBytes = fixed === undefined ? 0 : fixed.extremes.byteLength + 2 * fixed.blocks.byteLength;
  return overheadBytes + data.byteLength + (mask?.byteLength ?? 0) + keyBytes + fixedBytes;
}
