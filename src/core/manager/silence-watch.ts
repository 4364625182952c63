/**
 * Who has been silent for too long. An observer that was itself late has not listened: it starts every window anew
 * before it suspects anyone (docs/protocol.md 6).
 */
import type { Micros, NodeId } from "../ids.ts";

export interface Silence {
  readonly node: NodeId;
  readonly silentMs: number;
}

export class SilenceWatch {
  private readonly suspectAfter: Micros;
  private readonly lastHeard = new Map<NodeId, Micros>();

  constructor(suspectAfter: Micros) {
    this.suspectAfter = suspectAfter;
  }

  /** How many are listened for. */
  get count(): number {
    return this.lastHeard.size;
  }

  /** Begins a window, or a new one for a node's new incarnation. */
  watch(node: NodeId, now: Micros): void {
    this.lastHeard.set(node, now);
  }

  forget(node: NodeId): void {
    this.lastHeard.delete(node);
  }

  heard(node: NodeId, now: Micros): void {
    if (this.lastHeard.has(node)) this.lastHeard.set(node, now);
  }

  /** Those that were silent for longer than allowed, by name, in a check that was due at `due`. */
  check(now: Micros, due: Micros): readonly Silence[] {
    if (now - due > this.suspectAfter / 2) {
      for (const node of this.lastHeard.keys()) this.lastHeard.set(node, now);
      return [];
    }
    const silences: Silence[] = [];
    for (const [node, heard] of this.lastHeard) {
      if (now - heard > this.suspectAfter)
        silences.push({ node, silentMs: Math.round((now - heard) / 1000) });
    }
    return silences.sort((a, b) => (a.node < b.node ? -1 : 1));
  }

  toString(): string {
    return [...this.lastHeard].map(([node, heard]) => `${node}:${heard}`).join(" ");
  }
}
