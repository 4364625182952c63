/** What a bench and the nodes of its cluster say to each other: how to start, and what was measured. */
import type { NodeId } from "#tauring/core/index.js";
import type { ProgramPlace } from "#tauring/net/index.js";

export interface NodeArguments {
  readonly id: NodeId;
  readonly clusterId: string;
  /** Undefined: it serves it. */
  readonly registryAddress: string | undefined;
  readonly servers: number;
  readonly workers: number;
  readonly replicas: number;
  readonly heartbeatIntervalMs: number;
  /** URL of a `ProgramModule`. */
  readonly module: string;
  readonly place: ProgramPlace;
  readonly isHeartbeatTimed: boolean;
}

/** What a node says about itself, a line of JSON each. */
export type Told =
  | { readonly type: "measured"; readonly what: string; readonly micros: readonly number[] }
  /** From when a heartbeat was due to its answer, and when that came. */
  | {
      readonly type: "heartbeats";
      readonly answeredAt: readonly number[];
      readonly micros: readonly number[];
    }
  /** By all nodes of a role, since something began. */
  | { readonly type: "sent"; readonly servers: number; readonly workers: number }
  /** The node became master of a segment, or goes on as one, in a view after the first. */
  | { readonly type: "sealed"; readonly segment: number; readonly view: number; readonly at: number }
  /** From then on it does what this view says, and nothing of the one before. */
  | { readonly type: "adopted"; readonly view: number; readonly at: number }
  /** The node is registered: the cluster knows it. */
  | { readonly type: "started"; readonly at: number }
  | { readonly type: "memory"; readonly heapBytes: number; readonly rssBytes: number };

export function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
