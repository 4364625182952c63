/**
 * What a run reached: which kinds of facts, which of them right after which other at the same node, and which states of
 * the cluster in outline. What was never seen before makes a run worth another look: it is the swarm's guide.
 */
import type { View } from "../../core/index.ts";
import { type Fact, factFields } from "../../observe/index.ts";

const kinds = Object.keys(factFields) as readonly Fact["fact"]["type"][];
const indexes = new Map(kinds.map((kind, index) => [kind, index]));

export class Coverage {
  private readonly counts = new Uint32Array(kinds.length);
  private readonly pairs = new Uint8Array(kinds.length * kinds.length);
  private readonly last = new Map<string, number>();
  private readonly states = new Set<string>();
  private readonly adopted = new Map<string, number>();
  private newestView = 0;

  observe({ node, fact }: Fact): void {
    const index = indexes.get(fact.type);
    if (index === undefined) throw new Error(`Invariant: no such fact: ${fact.type}`);
    this.counts[index]++;
    const before = this.last.get(node);
    if (before !== undefined) this.pairs[before * kinds.length + index] = 1;
    this.last.set(node, index);
    if (fact.type === "view-published") this.published(fact.view);
    else if (fact.type === "view-adopted") this.viewAdopted(node, fact.view);
    else if (fact.type === "leader-elected") {
      this.states.add(`${fact.role} of term ${bucket(fact.term)}`);
    }
  }

  /** How often each kind of fact was seen, and 0 for the others. */
  factCounts(): Record<string, number> {
    return Object.fromEntries(kinds.map((kind, index) => [kind, this.counts[index]]));
  }

  /** Pairs of kinds and states in outline: each once, in a fixed order. */
  features(): readonly string[] {
    const found: string[] = [];
    this.pairs.forEach((isSeen, i) => {
      if (isSeen === 1) found.push(`${kinds[Math.floor(i / kinds.length)]} > ${kinds[i % kinds.length]}`);
    });
    return [...found, ...[...this.states].sort()];
  }

  private published({ number, incarnations, segments }: View): void {
    this.newestView = Math.max(this.newestView, number);
    const chains = segments.map(({ holders }) => holders.length);
    const fillingMax = Math.max(...segments.map(({ filling }) => filling.length));
    const servers = Object.keys(incarnations).length;
    const lives = Math.max(0, ...Object.values(incarnations));
    this.states.add(
      `${servers} servers, chains of ${Math.min(...chains)} to ${Math.max(...chains)}, ${fillingMax} filling` +
        `${lives > servers ? ", some again" : ""}`,
    );
  }

  private viewAdopted(node: string, view: number): void {
    this.newestView = Math.max(this.newestView, view);
    const role = node.slice(0, node.lastIndexOf("-"));
    this.states.add(`a ${role} ${bucket(this.newestView - view)} views behind`);
    const before = this.adopted.get(node);
    if (before !== undefined) this.states.add(`a ${role} goes on by ${bucket(view - before)} views`);
    this.adopted.set(node, view);
  }
}

/** 0, 1, 2 to 3, 4 to 7 and so on: how many, roughly. */
function bucket(count: number): string {
  if (count < 2) return String(Math.max(0, count));
  const low = 2 ** Math.floor(Math.log2(count));
  return `${low} to ${2 * low - 1}`;
}
