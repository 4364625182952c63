/** What happens to nodes and links, as plain data with nothing left to draw. Times are virtual microseconds. */
import type { NodeId, Observation } from "../../core/index.ts";

/** A node, or the registry, as one end of a link. */
export type Endpoint = NodeId | "registry";

export type Fault =
  /** Gone between two events, with all that it held; `restartAt` undefined: for good. */
  | {
      readonly kind: "crash";
      readonly node: NodeId;
      readonly at: number;
      readonly restartAt: number | undefined;
    }
  /** As by SIGSTOP and SIGCONT. */
  | { readonly kind: "pause"; readonly node: NodeId; readonly at: number; readonly until: number }
  | {
      readonly kind: "cut";
      readonly from: readonly Endpoint[];
      readonly to: readonly Endpoint[];
      readonly isBothWays: boolean;
      /** What is sent meanwhile is lost, or comes when the link is whole again. */
      readonly mode: "drop" | "hold";
      readonly at: number;
      readonly until: number;
    }
  /** Starts only then. */
  | { readonly kind: "join"; readonly node: NodeId; readonly at: number }
  /** Asked to leave, and gone at `killAt` whether it has left or not. */
  | { readonly kind: "preempt"; readonly node: NodeId; readonly at: number; readonly killAt: number }
  | {
      readonly kind: "slow";
      readonly node: NodeId;
      readonly at: number;
      readonly until: number;
      /** Its work takes so many times as long. */
      readonly factor: number;
    }
  /** The node's own clock jumps forward, and from then on gains this share of the time that passes. */
  | {
      readonly kind: "clock";
      readonly node: NodeId;
      readonly at: number;
      readonly stepMicros: number;
      readonly drift: number;
    };

/** What a fault did, where it did something: a node that has stopped by itself does not crash any more. */
export type FaultEvent =
  | { readonly type: "node-crashed"; readonly node: NodeId }
  /** Again, after a crash or an eviction, or for the first time where it joined. */
  | { readonly type: "node-launched"; readonly node: NodeId; readonly life: number }
  | { readonly type: "node-paused"; readonly node: NodeId }
  | { readonly type: "node-resumed"; readonly node: NodeId }
  | { readonly type: "node-asked-to-leave"; readonly node: NodeId; readonly killAt: number }
  | { readonly type: "node-slowed"; readonly node: NodeId; readonly factor: number }
  | { readonly type: "clock-changed"; readonly node: NodeId }
  | {
      readonly type: "link-cut" | "link-healed";
      readonly from: readonly Endpoint[];
      readonly to: readonly Endpoint[];
    };

/** The event as a fact, which the world says and no node. */
export function worldFact(event: FaultEvent): Observation {
  if (!("node" in event)) return event;
  const { node: peer, ...rest } = event;
  return { ...rest, peer } as Observation;
}

/** When it does nothing more by itself. */
export function endOf(fault: Fault): number {
  switch (fault.kind) {
    case "crash":
      return fault.restartAt ?? fault.at;
    case "preempt":
      return fault.killAt;
    case "join":
    case "clock":
      return fault.at;
    default:
      return fault.until;
  }
}
