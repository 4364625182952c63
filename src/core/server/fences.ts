/**
 * What a server refuses before it looks at a segment: senders that were replaced, and tasks that were made twice
 * (docs/protocol.md 1 and 8). One for the whole server: it does not matter which segment saw the newer one.
 */
import type { Slot, TaskTime } from "../ids.ts";
import type { RefusalReason } from "../message/message.ts";
import type { CallMessage, PushMessage, Request } from "./requests.ts";

export interface Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** Invariants: a slot's epoch and the floor never go back; hashes are kept for times at or above the floor only. */
export class Fences {
  private readonly openTimesMax: number;
  private readonly epochs: Map<Slot, number> = new Map();
  private readonly hashes: Map<TaskTime, string> = new Map();
  private lowest: TaskTime = 0 as TaskTime;

  /** @param openTimesMax times at or above the floor whose record is remembered */
  constructor(openTimesMax: number) {
    this.openTimesMax = openTimesMax;
  }

  /** Tasks below have finished everywhere. */
  get floor(): TaskTime {
    return this.lowest;
  }

  /** Undefined: the request may pass, and what it says of its slot and time holds from now on. */
  check(request: PushMessage | CallMessage): Refusal | undefined {
    const { slot, time } = request.part;
    const epoch = this.epochs.get(slot);
    if (epoch !== undefined && request.epoch < epoch) {
      const detail = `slot ${slot} is held under epoch ${epoch}; this came under epoch ${request.epoch}`;
      return { reason: "replaced", detail };
    }
    if (time >= this.lowest) {
      const hash = this.hashes.get(time);
      if (hash !== undefined && hash !== request.recordHash) {
        const detail = `task ${time} was made from record ${hash}; this came from record ${request.recordHash}`;
        return { reason: "conflict", detail };
      }
      if (hash === undefined && this.hashes.size >= this.openTimesMax) {
        const detail = `${this.hashes.size} tasks are open beyond ${this.lowest}, as many as are remembered`;
        return { reason: "full", detail };
      }
      this.hashes.set(time, request.recordHash);
    }
    this.epochs.set(slot, request.epoch);
    return undefined;
  }

  /** The request came from a holder of its slot that another has followed. Reads have no epoch. */
  isReplaced(request: Request): boolean {
    return request.type !== "pull" && request.epoch < (this.epochs.get(request.part.slot) ?? 0);
  }

  /** True when the floor rose. */
  raise(floor: TaskTime): boolean {
    if (floor <= this.lowest) return false;
    this.lowest = floor;
    for (const time of this.hashes.keys()) if (time < floor) this.hashes.delete(time);
    return true;
  }
}
