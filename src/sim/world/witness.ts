/** Sees every event that is delivered to a node, and during which other it was sent, set or asked for. */
import type { Event, NodeId } from "../../core/index.ts";
import type { Item, Life } from "./home.ts";
import type { TraceHash } from "./trace-hash.ts";

/** One event delivered to a node. */
export interface Step {
  /** From 1. */
  readonly number: number;
  /** True virtual microseconds. */
  readonly at: number;
  readonly node: NodeId;
  readonly event: Event;
  /** The step that gave cause to it; 0: the world did. */
  readonly cause: number;
  /** The rolling hash of the run up to it, itself included. */
  readonly hash: () => string;
  /** Of the node's whole state before it. */
  readonly digest: () => number;
}

export class Witness {
  private readonly tell: (step: Step) => void;
  private readonly hash: TraceHash;
  /** Of what waits in the queue. */
  private readonly causes = new WeakMap<Item, number>();
  private cause = 0;

  constructor(tell: (step: Step) => void, hash: TraceHash) {
    this.tell = tell;
    this.hash = hash;
  }

  scheduled(item: Item): void {
    this.causes.set(item, this.cause);
  }

  /** What is scheduled from now on is the item's doing. */
  begins(item: Item): void {
    this.cause = this.causes.get(item) ?? 0;
  }

  stepped({ home, node }: Life, event: Event, { number, at }: Pick<Step, "number" | "at">): void {
    const { cause } = this;
    const hash = (): string => this.hash.digest();
    this.tell({ number, at, node: home.id, event, cause, hash, digest: () => node.digest() });
    this.cause = number;
  }
}
