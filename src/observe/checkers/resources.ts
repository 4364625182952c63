/** R8, V3 and V4: nothing grows past its limit, and nothing is said again and again (docs/guarantees.md G11, P1). */
import type { Observation } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { madeAt } from "./identity.ts";

type Measured = Extract<Observation, { readonly type: "buffers-measured" }>;

abstract class Buffers implements Checker {
  abstract readonly id: string;
  abstract readonly promise: string;
  readonly reads = ["buffers-measured"] as const;
  /** The fullest of each, as a share of its maximum. */
  private readonly fullest: Record<string, number> = {};

  observe({ node, fact }: Fact, report: Report): void {
    for (const { option, size, max } of (fact as Measured).buffers) {
      if (!this.isMine(option)) continue;
      report.evaluated();
      this.fullest[option] = Math.max(this.fullest[option] ?? 0, size / max);
      if (size > max) report.violated(`${node} has ${size} of ${option}, which is ${max}`);
    }
  }

  finish(): void {}

  measured(): Readonly<Record<string, number>> {
    return this.fullest;
  }

  protected abstract isMine(option: string): boolean;
}

const sessionOption = /^session/;

/** R8: what waits to be acknowledged, and is kept to be sent again. */
export class BoundedResends extends Buffers {
  readonly id = "R8";
  readonly promise =
    "unacknowledged messages, and those queued behind them, stay within the session's limits";

  protected isMine(option: string): boolean {
    return sessionOption.test(option);
  }
}

/** V3: every other buffer. */
export class BoundedBuffers extends Buffers {
  readonly id = "V3";
  readonly promise =
    "held parts, early requests, waiting reads and cached key lists stay within their limits";

  protected isMine(option: string): boolean {
    return !sessionOption.test(option);
  }
}

const secondMicros = 1e6;

/** V4: a frame that is not acknowledged is sent again less and less often. */
export class RetriesBackOff implements Checker {
  readonly id = "V4";
  readonly promise = "one frame is sent again at most resendsPerSecondMax times in a second";
  readonly reads = ["frame-resent"] as const;
  private readonly max: number;
  /** Of the second under way: how often each frame was sent again. */
  private readonly counts = new Map<string, number>();
  private secondEnd = 0;
  private most = 0;

  constructor(resendsPerSecondMax: number) {
    this.max = resendsPerSecondMax;
  }

  observe({ at, node, fact }: Fact, report: Report): void {
    if (fact.type !== "frame-resent") return;
    if (at >= this.secondEnd) {
      this.counts.clear();
      this.secondEnd = at + secondMicros;
    }
    report.evaluated();
    const name = `${node} ${fact.to} ${fact.sequence}`;
    const count = madeAt(this.counts, name, () => 0) + 1;
    this.counts.set(name, count);
    this.most = Math.max(this.most, count);
    if (count === this.max + 1) {
      report.violated(
        `${node} sent frame ${fact.sequence} to ${fact.to} again ${count} times within a second; resendsPerSecondMax is ${this.max}`,
      );
    }
  }

  finish(): void {}

  measured(): Readonly<Record<string, number>> {
    return { mostInASecond: this.most };
  }
}
