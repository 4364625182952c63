/**
 * How much memory nodes may use. What a node uses is what it says of itself: the rows that it holds, and the fullest of its
 * buffers that are counted in bytes; both are told a few times in a second, so a peak in between may pass.
 */
import type { NodeId, Observation } from "../../core/index.ts";

export interface MemoryCap {
  readonly bytesMax: number;
  /** As of a machine that starts it again; undefined: it stays away. */
  readonly restartMicros: number | undefined;
}

export interface MemoryExcess extends MemoryCap {
  readonly usedBytes: number;
}

interface Used {
  rows: number;
  buffers: number;
}

export class MemoryCaps {
  private readonly caps = new Map<NodeId, MemoryCap>();
  private readonly used = new Map<NodeId, Used>();

  begin(node: NodeId, cap: MemoryCap): void {
    this.caps.set(node, cap);
  }

  /** False: another cap has taken its place meanwhile. */
  end(node: NodeId, cap: MemoryCap): boolean {
    if (this.caps.get(node) !== cap) return false;
    this.used.delete(node);
    return this.caps.delete(node);
  }

  /** A new life holds nothing. */
  forget(node: NodeId): void {
    this.used.delete(node);
  }

  /** What is too much, where this fact says so. */
  observe(fact: Observation, node: NodeId): MemoryExcess | undefined {
    const cap = this.caps.get(node);
    if (cap === undefined) return undefined;
    const used = this.used.get(node) ?? { rows: 0, buffers: 0 };
    this.used.set(node, used);
    if (fact.type === "traffic-counted") used.rows = sum(fact.holdings.map(({ bytes }) => bytes));
    else if (fact.type === "buffers-measured") {
      const inBytes = fact.buffers.filter(({ option }) => option.includes("Bytes"));
      used.buffers = sum(inBytes.map(({ size }) => size));
    } else return undefined;
    const usedBytes = used.rows + used.buffers;
    return usedBytes > cap.bytesMax ? { ...cap, usedBytes } : undefined;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
