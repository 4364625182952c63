/**
 * A vector clock per key, stored once per run of keys that share it (OSDI'14 section 4.1): which pushes, named by
 * (slot, time, op), were applied to each key of a range. Everything below the floor counts as applied: the floor rises
 * only with the frontier of tasks that have finished everywhere.
 *
 * Invariants, checked whenever tiles are split or merged:
 *   - tiles cover the range: the first begins where it begins, and begins strictly increase below its end (a range
 *     without keys has no tile, and any push counts as applied to all of it);
 *   - neighbours differ, so there are at most as many tiles as distinct ends of the ranges that were set, plus one;
 *   - no set is empty, and none holds a time below the floor.
 */
import { assert } from "../assert.ts";
import type { Slot, TaskTime } from "../ids.ts";
import { isEmpty, type KeyRange, keyRange } from "../keys/key-range.ts";
import { hashText } from "../keys/mix.ts";
import { AppliedSet } from "./applied-set.ts";

/** Keys from `begin` up to the next tile's begin. */
interface Tile {
  readonly begin: bigint;
  readonly applied: Map<Slot, AppliedSet>;
}

export interface ClockData {
  readonly floor: number;
  readonly tiles: readonly {
    readonly begin: string;
    /** Slot, then its times and their ops. */
    readonly applied: readonly (readonly [Slot, readonly number[], readonly number[]])[];
  }[];
}

export class RangeClock {
  private begin: bigint;
  private end: bigint;
  private tiles: Tile[];
  private floorTime: number;

  constructor(range: KeyRange, floor = 0) {
    this.begin = range.begin;
    this.end = range.end;
    this.tiles = isEmpty(range) ? [] : [{ begin: range.begin, applied: new Map() }];
    this.floorTime = floor;
  }

  get range(): KeyRange {
    return keyRange(this.begin, this.end);
  }

  /** Every push of a task below has been applied, or never will be. */
  get floor(): TaskTime {
    return this.floorTime as TaskTime;
  }

  /** Runs of keys that share a clock. */
  get tileCount(): number {
    return this.tiles.length;
  }

  /** Whether the whole range has this push. A server asks it for each part that arrives. */
  isApplied(slot: Slot, time: TaskTime, op: number): boolean {
    if (time < this.floorTime) return true;
    for (const { applied } of this.tiles) {
      if (applied.get(slot)?.has(time, op) !== true) return false;
    }
    return true;
  }

  /** The whole range has this push from now on. */
  apply(slot: Slot, time: TaskTime, op: number): void {
    this.add(0, this.tiles.length, { slot, time, op });
  }

  /** Whether a key, or every key of a range, has this push. */
  has(where: KeyRange | bigint, slot: Slot, time: TaskTime, op: number): boolean {
    const range = typeof where === "bigint" ? { begin: where, end: where + 1n } : where;
    this.assertInside(range);
    if (time < this.floorTime || isEmpty(range)) return true;
    for (let i = this.tileOf(range.begin); i < this.tiles.length && this.tiles[i].begin < range.end; i++) {
      if (this.tiles[i].applied.get(slot)?.has(time, op) !== true) return false;
    }
    return true;
  }

  /** Every key of the range has this push from now on. */
  set(range: KeyRange, slot: Slot, time: TaskTime, op: number): void {
    this.assertInside(range);
    if (time < this.floorTime || isEmpty(range)) return;
    const first = this.cut(range.begin);
    this.add(first, this.cut(range.end), { slot, time, op });
  }

  /** The frontier rose: every task below `floor` has finished at all its slots. It never goes back. */
  raiseFloor(floor: TaskTime): void {
    if (floor <= this.floorTime) return;
    this.floorTime = floor;
    for (const { applied } of this.tiles) {
      for (const [slot, set] of applied) {
        set.dropBelow(floor);
        if (set.size === 0) applied.delete(slot);
      }
    }
    this.merge(1, this.tiles.length);
  }

  /** A copy of the part that a segment takes along when it is split off or moves. */
  extract(range: KeyRange): RangeClock {
    this.assertInside(range);
    const part = new RangeClock(range, this.floorTime);
    if (isEmpty(range)) return part;
    const first = this.tileOf(range.begin);
    part.tiles = [{ begin: range.begin, applied: copyOf(this.tiles[first].applied) }];
    for (let i = first + 1; i < this.tiles.length && this.tiles[i].begin < range.end; i++) {
      part.tiles.push({ begin: this.tiles[i].begin, applied: copyOf(this.tiles[i].applied) });
    }
    part.assertTiled();
    return part;
  }

  /** Takes the clock of the range just before or just after this one in, as when segments merge. */
  absorb(other: RangeClock): void {
    const isAfter = other.begin === this.end;
    assert(isAfter || other.end === this.begin, `${nameOf(other)} is next to ${nameOf(this)}`);
    const taken = other.extract(other.range);
    // A floor is a fact about the whole job, so the higher one holds for both.
    taken.raiseFloor(this.floor);
    this.raiseFloor(taken.floor);
    const seam = isAfter ? this.tiles.length : taken.tiles.length;
    this.tiles = isAfter ? [...this.tiles, ...taken.tiles] : [...taken.tiles, ...this.tiles];
    if (isAfter) this.end = other.end;
    else this.begin = other.begin;
    this.merge(seam, seam);
  }

  /** As JSON; `fromData` makes an equal clock of it. */
  toData(): ClockData {
    const tiles = this.tiles.map(({ begin, applied }) => {
      const slots = [...applied].map(([slot, set]) => [slot, ...set.toData()] as const);
      return { begin: String(begin), applied: slots };
    });
    return { floor: this.floorTime, tiles };
  }

  /** Throws an Error where the data is no clock of this range. */
  static fromData(range: KeyRange, { floor, tiles }: ClockData): RangeClock {
    const clock = new RangeClock(range, floor);
    clock.tiles = tiles.map(({ begin, applied }) => ({
      begin: BigInt(begin),
      applied: new Map(applied.map(([slot, times, ops]) => [slot, new AppliedSet([...times], [...ops])])),
    }));
    clock.assertTiled();
    return clock;
  }

  /** Equal clocks give equal digests. */
  digest(): number {
    const tiles = this.tiles.map(({ begin, applied }) => {
      const slots = [...applied].sort(([a], [b]) => a - b);
      return `${begin}{${slots.map(([slot, set]) => `${slot}:${set}`).join(",")}}`;
    });
    return hashText(`${nameOf(this)} ${this.floorTime} ${tiles.join("")}`)[0];
  }

  private add(first: number, last: number, push: { slot: Slot; time: TaskTime; op: number }): void {
    const { slot, time, op } = push;
    if (time < this.floorTime) return;
    for (let i = first; i < last; i++) {
      const { applied } = this.tiles[i];
      const set = applied.get(slot);
      if (set === undefined) applied.set(slot, new AppliedSet([time], [op]));
      else set.add(time, op);
    }
    if (this.tiles.length > 1) this.merge(first, last);
  }

  /** The index of the tile that a key is in. */
  private tileOf(key: bigint): number {
    let from = 0;
    let to = this.tiles.length;
    while (to - from > 1) {
      const middle = (from + to) >>> 1;
      if (this.tiles[middle].begin <= key) from = middle;
      else to = middle;
    }
    return from;
  }

  /** Splits the tile that `key` is inside of; the index of the first tile at or after it. */
  private cut(key: bigint): number {
    if (key === this.end) return this.tiles.length;
    const i = this.tileOf(key);
    if (this.tiles[i].begin === key) return i;
    this.tiles.splice(i + 1, 0, { begin: key, applied: copyOf(this.tiles[i].applied) });
    return i + 1;
  }

  /** Joins each of the tiles at `first` up to `last` to the one before it, where there are both and they are equal. */
  private merge(first: number, last: number): void {
    for (let i = Math.min(last, this.tiles.length - 1); i >= Math.max(first, 1); i--) {
      if (areEqual(this.tiles[i - 1].applied, this.tiles[i].applied)) this.tiles.splice(i, 1);
    }
    this.assertTiled();
  }

  private assertInside(range: KeyRange): void {
    const isInside = this.begin <= range.begin && range.begin <= range.end && range.end <= this.end;
    assert(isInside, () => `[${range.begin}, ${range.end}) is inside ${nameOf(this)}`);
  }

  private assertTiled(): void {
    const { tiles } = this;
    assert((tiles.length === 0) === (this.begin === this.end), "there are tiles if there are keys");
    assert(tiles.length === 0 || tiles[0].begin === this.begin, "the first tile begins where the range does");
    for (let i = 0; i < tiles.length; i++) {
      for (const set of tiles[i].applied.values()) assert(set.size > 0, "no set of a tile is empty");
      if (i === 0) continue;
      assert(
        tiles[i - 1].begin < tiles[i].begin && tiles[i].begin < this.end,
        "tiles ascend inside the range",
      );
      assert(!areEqual(tiles[i - 1].applied, tiles[i].applied), "neighbouring tiles differ");
    }
  }
}

function copyOf(applied: ReadonlyMap<Slot, AppliedSet>): Map<Slot, AppliedSet> {
  return new Map([...applied].map(([slot, set]) => [slot, set.copy()]));
}

function areEqual(a: ReadonlyMap<Slot, AppliedSet>, b: ReadonlyMap<Slot, AppliedSet>): boolean {
  if (a.size !== b.size) return false;
  for (const [slot, set] of a) {
    const other = b.get(slot);
    if (other === undefined || !set.equals(other)) return false;
  }
  return true;
}

function nameOf(clock: RangeClock): string {
  return `[${clock.range.begin}, ${clock.range.end})`;
}
