/** How fast a server fills others: so many bytes a second over all its segments, so that serving does not wait for it. */
import type { Micros } from "../../ids.ts";
import type { Shell } from "../../shell.ts";

export const fillTimer = "fill";

export class FillPace {
  private readonly shell: Shell;
  /** What was sent has gone out by then, at that rate. */
  private freeAt: number = 0;
  private waiting: (() => void)[] = [];

  constructor(shell: Shell) {
    this.shell = shell;
  }

  /** Runs `send` when its turn has come, at once where nothing was sent lately; it says how many bytes it has sent. */
  run(send: () => number): void {
    const { now } = this.shell;
    if (this.freeAt > now || this.waiting.length > 0) {
      this.waiting.push(() => this.sent(send()));
      this.shell.setTimer(fillTimer, Math.max(this.freeAt, now) as Micros);
    } else this.sent(send());
  }

  /** At `fillTimer`: the next one. */
  due(): void {
    this.waiting.shift()?.();
    if (this.waiting.length > 0)
      this.shell.setTimer(fillTimer, Math.max(this.freeAt, this.shell.now) as Micros);
  }

  private sent(bytes: number): void {
    const micros = (bytes * 1e6) / this.shell.options.fillBytesPerSecondMax;
    this.freeAt = Math.ceil(Math.max(this.freeAt, this.shell.now) + micros);
  }
}
