/** The timers of one life, by name. A timer that was set anew, or cancelled, still waits in the queue and is void when it is due. */
import type { Micros } from "../../core/index.ts";
import type { Life, TimerItem } from "./home.ts";

/** Kept for as long as the life: timers are set and fire far more often than there are names. */
export interface TimerPlace {
  /** Undefined: it is not set. */
  set: TimerItem | undefined;
  /** Which of all timers of the life it was when it was set and had not been. */
  order: number;
}

export class Timers {
  private readonly places = new Map<string, TimerPlace>();
  private setCount = 0;

  set(life: Life, timer: string, due: Micros): TimerItem {
    let place = this.places.get(timer);
    if (place === undefined) {
      place = { set: undefined, order: 0 };
      this.places.set(timer, place);
    }
    if (place.set === undefined) place.order = ++this.setCount;
    const item: TimerItem = { type: "timer", life, timer, due, place };
    place.set = item;
    return item;
  }

  cancel(timer: string): void {
    const place = this.places.get(timer);
    if (place !== undefined) place.set = undefined;
  }

  /** Those that are set, in the order in which they were. */
  all(): readonly TimerItem[] {
    const set = [...this.places.values()].filter((place) => place.set !== undefined);
    return set.sort((a, b) => a.order - b.order).map((place) => place.set as TimerItem);
  }
}

/** It is due: false where it is void. */
export function takeTimer(item: TimerItem): boolean {
  if (item.place.set !== item) return false;
  item.place.set = undefined;
  return true;
}
