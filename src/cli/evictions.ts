/**
 * A node that the cluster goes on without joins again in the same process, with nothing of what it held: the next
 * incarnation. One that is evicted again and again ends, and says so.
 */
import { extname } from "node:path";
import type { NodeId } from "../core/index.ts";
import { say } from "./output.ts";

/** Is in what it says when it is back, also to the command that started it. */
export const wasEvicted = "was evicted (";

const withinMs = 60_000;

export class Evictions {
  private readonly node: NodeId;
  private readonly rejoinMax: number;
  /** When it joined again, of late. */
  private joined: readonly number[] = [];
  private life = 1;
  private reason: string | undefined = undefined;

  constructor(node: NodeId, rejoinMax: number) {
    this.node = node;
    this.rejoinMax = rejoinMax;
  }

  mayJoinAgain(reason: string): boolean {
    const now = performance.now();
    this.reason = reason;
    this.joined = [...this.joined.filter((at) => at > now - withinMs), now];
    this.life++;
    return this.joined.length <= this.rejoinMax;
  }

  isBack(incarnation: number): void {
    if (this.life === 1) return;
    say(`${this.node} ${wasEvicted}${this.reason}), and is back as ${this.node}#${incarnation}`);
  }

  /** Why it does not join again. */
  get text(): string {
    const { rejoinMax, reason } = this;
    if (rejoinMax === 0) return `evicted: ${reason} (rejoinMax 0)`;
    return (
      `evicted more than ${rejoinMax} times within ${withinMs / 1000} s (rejoinMax), at last because ${reason}: ` +
      "it may be too slow for the cluster's suspectAfterMs"
    );
  }

  /** Each life has a recording of its own: `server-0.rec`, `server-0.2.rec`, … */
  lifePath(path: string | undefined): string | undefined {
    if (path === undefined || this.life === 1) return path;
    const extension = extname(path);
    return `${path.slice(0, path.length - extension.length)}.${this.life}${extension}`;
  }
}
