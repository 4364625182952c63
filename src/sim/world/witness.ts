/** Sees every event that is delivered to a node, and during which other it was sent, set or asked for. */
import type { Event, NodeId } from "../../core/index.ts";
import type { Item } from "./home.ts";

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
}

export class Witness {
  private readonly tell: (step: Step) => void;
  /** Of what waits in the queue. */
  private readonly causes = new WeakMap<Item, number>();
  private cause = 0;

  constructor(tell: (step: Step) => void) {
    this.tell = tell;
  }

  scheduled(item: Item): void {
    this.causes.set(item, this.cause);
  }

  /** What is scheduled from now on is the item's doing. */
  begins(item: Item): void {
    this.cause = this.causes.get(item) ?? 0;
  }

  stepped(step: Omit<Step, "cause">): void {
    this.tell({ ...step, cause: this.cause });
    this.cause = step.number;
  }
}
