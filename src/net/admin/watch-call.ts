/**
 * One who watches a node: it is sent the newest state, at most once an interval, and only once it has taken the one
 * before. What it misses is counted and never sent, so that a watcher that is slow costs the node nothing.
 */
import type * as grpc from "@grpc/grpc-js";
import { monotonicMicros } from "../driver/clock.ts";
import type { NodeState } from "./admin-messages.ts";
import { nothingSent, type OwnState, type Sent } from "./own-state.ts";

export type WatchStream = Pick<
  grpc.ServerWritableStream<{ readonly intervalMs: number }, NodeState>,
  "write" | "on" | "request"
>;

export const watchIntervalMs = { min: 100, max: 60_000 } as const;
/** Without news the watcher hears so often that the node is there. */
const aliveMs = 1_000;

export class WatchCall {
  private readonly call: WatchStream;
  private readonly state: OwnState;
  private readonly sent: Sent = nothingSent();
  private readonly timer: NodeJS.Timeout;
  private isTaken = true;
  private dropped = 0;
  private sentAt = Number.NEGATIVE_INFINITY;

  constructor(call: WatchStream, state: OwnState, intervalMs: number) {
    this.call = call;
    this.state = state;
    this.timer = setInterval(() => this.tick(), intervalMs);
    this.timer.unref();
    call.on("error", () => this.close());
    call.on("cancelled", () => this.close());
    call.on("close", () => this.close());
    this.tick();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const isNews = this.state.isNews(this.sent);
    if (!this.isTaken) {
      if (isNews) this.dropped++;
      return;
    }
    const now = performance.now();
    if (!isNews && now - this.sentAt < aliveMs) return;
    this.isTaken = false;
    this.sentAt = now;
    this.call.write(this.state.take(this.sent, monotonicMicros(), this.dropped), () => {
      this.isTaken = true;
    });
  }
}
