/**
 * Whether a watch that is silent would be told: its member may hang or be cut off, or may answer everything else and leave this
 * one watch without a word, which nobody would ever notice.
 *
 * Invariant: one look is under way at a time.
 */
import type { Connected, EtcdClient } from "./etcd-client.ts";
import type { CallError } from "./etcd-errors.ts";

export interface WatchChecksHost {
  readonly client: EtcdClient;
  readonly connected: Connected;
  /** Whether the records are at a member as the watcher knows them. */
  readonly compare: () => Promise<Compared>;
  /** The member gives no sign of life, or does not know what is newest. */
  readonly failed: (error: CallError) => void;
  /** The member lives, and the watch does not: for which reason. */
  readonly stuck: (reason: string) => void;
}

export type Compared =
  | { readonly type: "same" }
  /** Since that revision there is something of which the watcher was not told. */
  | { readonly type: "behind"; readonly since: number }
  | { readonly type: "failed"; readonly error: CallError };

export class WatchChecks {
  private readonly host: WatchChecksHost;
  private readonly timer: NodeJS.Timeout;
  private readonly openedAt: number = performance.now();
  private heardAt: number = this.openedAt;
  private comparedAt: number = this.openedAt;
  /** When it was behind first, having heard nothing since. */
  private behindAt: number | undefined = undefined;
  private hasBegun = false;
  private isLooking = false;
  private hasEnded = false;

  constructor(host: WatchChecksHost) {
    this.host = host;
    this.timer = setInterval(() => {
      if (!this.isLooking) void this.look();
    }, host.client.limits.watchProbeAfterMs);
    this.timer.unref();
  }

  heard(): void {
    this.hasBegun = true;
    this.heardAt = performance.now();
    this.behindAt = undefined;
  }

  end(): void {
    this.hasEnded = true;
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { client, connected } = this.host;
    const { watchProbeAfterMs, watchProbeTimeoutMs, watchCompareAfterMs } = client.limits;
    const now = performance.now();
    if (now - this.heardAt < watchProbeAfterMs) return;
    if (!this.hasBegun && now - this.openedAt >= watchProbeTimeoutMs) {
      return this.host.stuck(`the watch has not begun within watchProbeTimeoutMs ${watchProbeTimeoutMs}`);
    }
    this.isLooking = true;
    const error = await client.probe(connected.member, watchProbeTimeoutMs);
    if (error !== undefined) this.fail(error);
    else if (this.behindAt !== undefined || now - this.comparedAt >= watchCompareAfterMs) {
      await this.compare();
    }
    this.isLooking = false;
  }

  private async compare(): Promise<void> {
    const { watchProbeTimeoutMs } = this.host.client.limits;
    const { heardAt } = this;
    const compared = await this.host.compare();
    const now = performance.now();
    this.comparedAt = now;
    // What it was told meanwhile may be what it did not know.
    if (this.hasEnded || this.heardAt !== heardAt) return;
    switch (compared.type) {
      case "failed":
        return this.fail(compared.error);
      case "same":
        this.behindAt = undefined;
        return;
      case "behind":
        // A change may be on its way.
        this.behindAt ??= now;
        if (now - this.behindAt < watchProbeTimeoutMs) return;
        return this.host.stuck(
          `the watch has not told within watchProbeTimeoutMs ${watchProbeTimeoutMs} what is there since revision ${compared.since}`,
        );
    }
  }

  private fail(error: CallError): void {
    if (!this.hasEnded) this.host.failed(error);
  }
}
