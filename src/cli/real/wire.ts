/** One direction of a connection: what comes out of one socket goes into the other, as late as it is told, or not yet. */
import type { Socket } from "node:net";

export type Stop = "drop" | "hold";

interface Waiting {
  readonly bytes: Buffer;
  readonly dueAt: number;
}

export class Wire {
  readonly from: string;
  readonly to: string;
  private readonly source: Socket;
  private readonly target: Socket;
  /** Milliseconds that the next piece takes. */
  private delayMs: () => number = () => 0;
  private stop: Stop | undefined = undefined;
  private lost = false;
  private isOver = false;
  /** In order: timers of nearly one time fire in any. */
  private readonly waiting: Waiting[] = [];

  constructor(ends: { readonly from: string; readonly to: string }, source: Socket, target: Socket) {
    this.from = ends.from;
    this.to = ends.to;
    this.source = source;
    this.target = target;
    source.on("data", (bytes: Buffer) => this.carry(bytes));
    // Half a connection is none: the sockets of an HTTP server stay open for whoever has ended.
    source.on("end", () => this.end());
    source.on("close", () => this.end());
    target.on("drain", () => this.turn());
  }

  /** Undefined: whole. Bytes that were lost meanwhile break the connection then. */
  stopBy(stop: Stop | undefined): void {
    const before = this.stop;
    this.stop = stop;
    if (before === stop) return;
    if (stop === undefined && (this.lost || this.isOver)) this.target.resetAndDestroy();
    this.turn();
  }

  delayBy(delayMs: () => number): void {
    this.delayMs = delayMs;
  }

  private carry(bytes: Buffer): void {
    if (this.stop === "drop") {
      this.lost = true;
      return;
    }
    const now = performance.now();
    const delayMs = this.delayMs();
    if (delayMs <= 0 && this.waiting.length === 0) return this.put(bytes);
    const before = this.waiting.at(-1)?.dueAt ?? now;
    if (this.waiting.push({ bytes, dueAt: Math.max(before, now + delayMs) }) === 1) this.arm();
  }

  private arm(): void {
    setTimeout(() => {
      const now = performance.now();
      while (this.waiting.length > 0 && this.waiting[0].dueAt <= now)
        this.put((this.waiting.shift() as Waiting).bytes);
      if (this.waiting.length > 0) this.arm();
      else if (this.isOver) this.end();
    }, this.waiting[0].dueAt - performance.now());
  }

  private put(bytes: Buffer): void {
    if (this.target.destroyed) return;
    this.target.write(bytes);
    this.turn();
  }

  /** Reads on while what was read has somewhere to go. */
  private turn(): void {
    if (this.stop === "hold" || this.target.writableNeedDrain) this.source.pause();
    else this.source.resume();
  }

  /** The other end hears of it when all that came before has arrived. */
  private end(): void {
    this.isOver = true;
    if (this.stop === undefined && this.waiting.length === 0) this.target.destroySoon();
  }
}
