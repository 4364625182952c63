/** A node's own clock where it is not the true one. It jumps forward, drifts or stands still, and never goes back. */
export class NodeClock {
  /** Since `trueBase` it goes `rate` times as fast as the true one, from `ownBase`. */
  private trueBase = 0;
  private ownBase = 0;
  private rate = 1;

  /** The node's time at a true time. */
  at(time: number): number {
    return this.ownBase + Math.floor((time - this.trueBase) * this.rate);
  }

  /** The first true time at which the node's clock shows this; Infinity where it stands still before. */
  trueTime(own: number): number {
    if (this.rate === 0) return own <= this.ownBase ? this.trueBase : Number.POSITIVE_INFINITY;
    let time = this.trueBase + Math.ceil((own - this.ownBase) / this.rate);
    while (this.at(time) < own) time++;
    return time;
  }

  /** From a true time on. */
  change(time: number, stepMicros: number, drift: number): void {
    this.ownBase = this.at(time) + stepMicros;
    this.trueBase = time;
    this.rate = 1 + drift;
  }
}
