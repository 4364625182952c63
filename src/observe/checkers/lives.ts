/** Who is who: a node's lives, one after the other, and which of them are over. */
import type { Role } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import { killedReason } from "../trace/merge-traces.ts";
import type { Tracker } from "./checker.ts";

/** One incarnation of a node. */
export interface Life {
  readonly node: string;
  /** 0 until it said so. */
  incarnation: number;
  /** Lives are numbered as they come. */
  readonly number: number;
  /** 0: none. */
  adoptedView: number;
  /** Evicted, or followed by another: it may go on saying things, as a zombie. */
  isGone: boolean;
}

export class Lives implements Tracker {
  readonly reads = ["node-started", "node-stopped", "node-evicted", "view-adopted"] as const;
  readonly all: Life[] = [];
  private readonly newest = new Map<string, Life>();
  /** The newest life of whichever node was asked for last. */
  private asked: Life | undefined = undefined;
  private readonly evicted = new Set<string>();
  private readonly torn = new Set<string>();

  observe({ node, fact }: Fact): void {
    switch (fact.type) {
      case "node-started":
        return this.started(node, fact.incarnation);
      case "view-adopted":
        this.of(node).adoptedView = fact.view;
        return;
      case "node-evicted": {
        this.evicted.add(`${fact.peer}#${fact.incarnation}`);
        const life = this.find(fact.peer, fact.incarnation);
        if (life !== undefined) life.isGone = true;
        return;
      }
      case "node-stopped":
        if (fact.reason !== killedReason) return;
        this.of(node).isGone = true;
        this.torn.add(node.slice(0, node.indexOf("-")));
        return;
    }
  }

  /** The newest life of that name. */
  of(node: string): Life {
    // One fact is shown to many checkers.
    if (node === this.asked?.node) return this.asked;
    this.asked = this.newest.get(node) ?? this.born(node, 0);
    return this.asked;
  }

  find(node: string, incarnation: number): Life | undefined {
    const newest = this.newest.get(node);
    if (newest === undefined || newest.incarnation === incarnation) return newest;
    return this.all.find((life) => life.node === node && life.incarnation === incarnation);
  }

  /** A trace of a node of that role was torn off: what it said last may be missing, so nothing rests on that. */
  hasLostWords(role: Role): boolean {
    return this.torn.size > 0 && this.torn.has(role);
  }

  private started(node: string, incarnation: number): void {
    const before = this.newest.get(node);
    let life = before;
    if (before === undefined || before.incarnation !== 0) {
      life = this.born(node, incarnation);
      if (before !== undefined) {
        before.isGone = true;
        // A node watches the registry before it is registered, so what was adopted last is its own.
        life.adoptedView = before.adoptedView;
      }
    } else before.incarnation = incarnation;
    if (life !== undefined && this.evicted.has(`${node}#${incarnation}`)) life.isGone = true;
  }

  private born(node: string, incarnation: number): Life {
    const life = { node, incarnation, number: this.all.length, adoptedView: 0, isGone: false };
    this.all.push(life);
    this.newest.set(node, life);
    this.asked = life;
    return life;
  }
}

export function lifeName({ node, incarnation }: Life): string {
  return incarnation === 0 ? node : `${node}#${incarnation}`;
}
