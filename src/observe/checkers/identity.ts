/** Names of pushes and states, for people; maps by push and by segment, for checkers. */
import { type PushIdentity, segmentName, type Token } from "../../core/index.ts";

/** `weights 12/0 of slot 1` would need names; a parameter's number does: `p0 12/0 s1`. */
export function pushName(push: PushIdentity): string {
  return `p${push.parameter} ${push.time}/${push.op} s${push.slot}`;
}

/** Of which parameter, and which segment of it: `p0@2aaaaaaa`. */
export function placeName(parameter: number, segment: number): string {
  return `p${parameter}@${segmentName(segment)}`;
}

/** Tokens compare as (lineage, view, index), in that order. */
export function compareTokens(a: Token, b: Token): number {
  return a.lineage - b.lineage || a.view - b.view || a.index - b.index;
}

export function tokenName(token: Token): string {
  return `(${token.lineage}, ${token.view}, ${token.index})`;
}

/** By push. Facts come by the hundred thousand a second, and to name a push costs more than to look it up. */
export class PushMap<T> {
  private readonly parameters = new Map<number, Map<number, Map<number, T>>>();

  get(push: PushIdentity): T | undefined {
    return this.parameters.get(push.parameter)?.get(push.time)?.get(opAndSlot(push));
  }

  set(push: PushIdentity, value: T): void {
    const times = madeAt(this.parameters, push.parameter, newMap<Map<number, T>>);
    madeAt(times, push.time, newMap<T>).set(opAndSlot(push), value);
  }

  delete(push: PushIdentity): void {
    const times = this.parameters.get(push.parameter);
    const pushes = times?.get(push.time);
    pushes?.delete(opAndSlot(push));
    if (pushes?.size === 0) times?.delete(push.time);
  }

  /** Forgets the pushes of all tasks below that time. */
  deleteBelow(floor: number): void {
    for (const times of this.parameters.values()) {
      for (const time of times.keys()) if (time < floor) times.delete(time);
    }
  }

  forEach(visit: (value: T) => void): void {
    for (const times of this.parameters.values()) {
      for (const pushes of times.values()) pushes.forEach(visit);
    }
  }
}

/** By segment of a parameter. A dozen checkers ask for the segment of one fact: the last one that was found is at hand. */
export class SegmentMap<T> {
  private readonly parameters = new Map<number, Map<number, T>>();
  private lastParameter = -1;
  private lastSegment = -1;
  private last: T | undefined = undefined;

  get(parameter: number, segment: number): T | undefined {
    if (segment === this.lastSegment && parameter === this.lastParameter) return this.last;
    const found = this.parameters.get(parameter)?.get(segment);
    if (found !== undefined) this.keep(parameter, segment, found);
    return found;
  }

  set(parameter: number, segment: number, value: T): void {
    madeAt(this.parameters, parameter, newMap<T>).set(segment, value);
    this.keep(parameter, segment, value);
  }

  /** What there is of the segment, made where there is nothing. */
  of(parameter: number, segment: number, make: () => T): T {
    const known = this.get(parameter, segment);
    if (known !== undefined) return known;
    const made = make();
    this.set(parameter, segment, made);
    return made;
  }

  forEach(visit: (value: T, parameter: number, segment: number) => void): void {
    for (const [parameter, segments] of this.parameters) {
      for (const [segment, value] of segments) visit(value, parameter, segment);
    }
  }

  private keep(parameter: number, segment: number, value: T): void {
    this.lastParameter = parameter;
    this.lastSegment = segment;
    this.last = value;
  }
}

/** What the map has under the key, made where it has nothing. */
export function madeAt<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

export function newMap<T>(): Map<number, T> {
  return new Map();
}

/** Slots are below 2^20, and times below 2^33. */
export function taskKey({ slot, time }: { readonly slot: number; readonly time: number }): number {
  return time * 2 ** 20 + slot;
}

/** Slots are below 2^20, and a task has far fewer than 2^32 ops. */
function opAndSlot({ op, slot }: PushIdentity): number {
  return op * 2 ** 20 + slot;
}
