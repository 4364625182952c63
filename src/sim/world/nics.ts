/** The network cards of all nodes: each direction has a queue, and a bandwidth that a fault may change. */
import type { NodeId } from "../../core/index.ts";
import type { Route } from "./cuts.ts";

/** Bytes a second; undefined: as every other card. */
export interface NicSpeed {
  readonly egress: number | undefined;
  readonly ingress: number | undefined;
}

export class Nics {
  private readonly egress: number;
  private readonly ingress: number;
  private readonly isUnlimited: boolean;
  private readonly speeds = new Map<NodeId, NicSpeed>();
  private readonly egressFreeAt = new Map<NodeId, number>();
  private readonly ingressFreeAt = new Map<NodeId, number>();

  /** Bytes a second; Infinity: no queue. */
  constructor(egress: number, ingress: number) {
    this.egress = egress;
    this.ingress = ingress;
    this.isUnlimited = egress === Infinity && ingress === Infinity;
  }

  /** What waits is sent as fast as it was to be. Undefined: as every other card. */
  set(node: NodeId, speed: NicSpeed | undefined): void {
    if (speed === undefined) this.speeds.delete(node);
    else this.speeds.set(node, speed);
  }

  /** What waited is gone with the node. */
  clear(node: NodeId): void {
    this.egressFreeAt.delete(node);
    this.ingressFreeAt.delete(node);
  }

  /** When the last byte is in: control frames have a queue of their own, so that no heartbeat waits behind data. */
  transfer({ from, to, channel }: Route, frameBytes: number, now: number): number {
    if (this.isUnlimited && this.speeds.size === 0) return now;
    const egress = this.speeds.get(from)?.egress ?? this.egress;
    if (channel === "control") return now + (frameBytes / egress) * 1e6;
    const ingress = this.speeds.get(to)?.ingress ?? this.ingress;
    const sent = Math.max(now, this.egressFreeAt.get(from) ?? 0) + (frameBytes / egress) * 1e6;
    this.egressFreeAt.set(from, sent);
    const received = Math.max(sent, this.ingressFreeAt.get(to) ?? 0) + (frameBytes / ingress) * 1e6;
    this.ingressFreeAt.set(to, received);
    return received;
  }
}
