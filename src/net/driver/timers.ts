/**
 * A node's named timers over `setTimeout`. Core moves its timers with nearly every message, so a timer that is set
 * later keeps its timeout, which looks again when it fires.
 */
import type { Micros } from "../../core/index.ts";

interface Timer {
  /** When it is due; undefined: it was cancelled. */
  at: Micros | undefined;
  timeout: NodeJS.Timeout | undefined;
  timeoutAt: number;
}

export class Timers {
  private readonly timers: Map<string, Timer> = new Map();
  private readonly now: () => Micros;
  private readonly fired: (timer: string) => void;

  constructor(now: () => Micros, fired: (timer: string) => void) {
    this.now = now;
    this.fired = fired;
  }

  /** Sets or replaces the timer of that name. */
  set(name: string, at: Micros): void {
    let timer = this.timers.get(name);
    if (timer === undefined) {
      timer = { at, timeout: undefined, timeoutAt: Infinity };
      this.timers.set(name, timer);
    }
    timer.at = at;
    if (timer.timeout === undefined || at < timer.timeoutAt) this.arm(name, timer, at);
  }

  cancel(name: string): void {
    const timer = this.timers.get(name);
    if (timer !== undefined) timer.at = undefined;
  }

  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer.timeout);
    this.timers.clear();
  }

  private arm(name: string, timer: Timer, at: Micros): void {
    clearTimeout(timer.timeout);
    timer.timeoutAt = at;
    const waitMs = Math.min(Math.max(0, Math.ceil((at - this.now()) / 1000)), timeoutMsMax);
    timer.timeout = setTimeout(() => this.look(name, timer), waitMs);
  }

  private look(name: string, timer: Timer): void {
    timer.timeout = undefined;
    timer.timeoutAt = Infinity;
    if (timer.at === undefined) {
      this.timers.delete(name);
    } else if (timer.at > this.now()) {
      this.arm(name, timer, timer.at);
    } else {
      this.timers.delete(name);
      this.fired(name);
    }
  }
}

/** `setTimeout` takes 31 bits. */
const timeoutMsMax = 2 ** 31 - 1;
