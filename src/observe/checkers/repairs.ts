/** How long it takes until what was lost is made good, of which checkers count the calm. */
import type { World } from "./world.ts";

export class Repairs {
  longestMs = 0;
  private readonly world: World;
  private readonly repairMaxMs: number;

  constructor(world: World, repairMaxMs: number) {
    this.world = world;
    this.repairMaxMs = repairMaxMs;
  }

  /** Made good now, or not yet: in words how long nothing disturbed it, where that is too long. */
  late(since: number, now: number): string | undefined {
    this.longestMs = Math.max(this.longestMs, (now - since) / 1000);
    const calmMs = this.world.calmMs(since, now);
    if (calmMs <= this.repairMaxMs) return undefined;
    return `${calmMs} ms of calm; repairMaxMs is ${this.repairMaxMs}`;
  }
}
