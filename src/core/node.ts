/**
 * Every role is a state machine: events in, effects out. Nothing has happened until the driver has done it.
 * `sim/` and `net/` each have a driver that feeds the same events and does the same effects.
 */
import type { JobResult } from "./application.ts";
import type { CheckpointAnswer, CheckpointRequest } from "./checkpoint/checkpoint-files.ts";
import type { Micros, NodeId, Slot, TaskTime } from "./ids.ts";
import type { Observation } from "./observation.ts";
import type { RegistryAnswer, RegistryChange, RegistryRequest } from "./registry/registry.ts";
import type { ShareSpec, ShareSummary } from "./share.ts";
import type { ProgramInput, ProgramStep } from "./worker/program.ts";

export interface Node {
  readonly id: NodeId;
  /** Same state, same event, same time: same effects. `now` is the node's own clock and never goes back. */
  step(event: Event, now: Micros): readonly Effect[];
  /** A digest of the whole state, for determinism checks: equal states give equal digests. */
  digest(): number;
  /** What every blocked task, push or pull on this node waits for. */
  why(now: Micros): readonly Wait[];
}

/** Heartbeats and control never wait behind data: each channel is a stream and a session of its own. */
export type Channel = "control" | "data";

export type Event =
  /** The first event of a node's life. */
  | { readonly type: "started" }
  /**
   * A whole frame as it was sent; the bytes are the node's to keep, and must not change afterwards. `from` is the peer
   * that the transport knows at the other end: a frame that says another sender is dropped.
   */
  | {
      readonly type: "received";
      readonly from?: NodeId;
      readonly channel: Channel;
      readonly frame: Uint8Array;
    }
  /** A fresh connection to a peer: what was not acknowledged is sent again. */
  | { readonly type: "connected"; readonly peer: NodeId; readonly channel: Channel }
  /**
   * Nobody listens any more where this life of a peer did, which had a connection until now. What a process that is paused or
   * cut off cannot bring about: where the transport knows it, it need not be waited for that the peer falls silent.
   */
  | { readonly type: "peer-refused"; readonly peer: NodeId; readonly incarnation: number }
  | { readonly type: "timer-fired"; readonly timer: string }
  | { readonly type: "computed"; readonly slot: Slot; readonly time: TaskTime; readonly step: ProgramStep }
  | { readonly type: "share-loaded"; readonly slot: Slot; readonly summary: ShareSummary }
  | { readonly type: "share-failed"; readonly slot: Slot; readonly reason: string }
  | { readonly type: "registry-answered"; readonly id: number; readonly answer: RegistryAnswer }
  | { readonly type: "registry-changed"; readonly changes: readonly RegistryChange[] }
  | { readonly type: "checkpoint-answered"; readonly id: number; readonly answer: CheckpointAnswer }
  /**
   * The operator asks the node to leave. Where it `drains` a server goes only when others hold what it holds; whoever
   * asks has a deadline for that.
   */
  | { readonly type: "stop-requested"; readonly reason: string; readonly drains: boolean }
  /** The operator says to a manager that a node is gone for good: it may never come back under its name. */
  | { readonly type: "decommission-requested"; readonly node: NodeId };

export type Effect =
  | { readonly type: "send"; readonly to: NodeId; readonly channel: Channel; readonly frame: Uint8Array }
  /** Sets or replaces the timer of that name. */
  | { readonly type: "set-timer"; readonly timer: string; readonly at: Micros }
  | { readonly type: "cancel-timer"; readonly timer: string }
  /** Runs the slot's program until its next request; answered by `computed`. Numeric work happens here. */
  | { readonly type: "compute"; readonly slot: Slot; readonly time: TaskTime; readonly input: ProgramInput }
  /** Loads a share of the training data; answered by `share-loaded` or `share-failed`. */
  | { readonly type: "load-share"; readonly slot: Slot; readonly share: ShareSpec }
  | { readonly type: "registry"; readonly id: number; readonly request: RegistryRequest }
  /** Of the folder that keeps checkpoints; answered by `checkpoint-answered`. */
  | { readonly type: "checkpoint"; readonly id: number; readonly request: CheckpointRequest }
  | { readonly type: "observe"; readonly fact: Observation }
  /** The schedule returned: the outcome with its model, before the `result` record says so to everyone else. */
  | { readonly type: "outcome"; readonly outcome: JobResult }
  /** The cluster goes on without this incarnation, whose state is void. A new node of the same name may start. */
  | { readonly type: "evicted"; readonly reason: string }
  /** The node has nothing left to do: `reason` is undefined after a job that ended well. */
  | { readonly type: "stopped"; readonly reason: string | undefined };

/** One thing that cannot go on, what it waits for, and since when. */
export interface Wait {
  readonly node: NodeId;
  readonly since: Micros;
  /** What is blocked: `task 12 at slot 1`, `pull 12/1 of weights at slot 1`, `push part of slot 0 for 12/0`. */
  readonly blocked: string;
  /** What it waits for, in words: `task 7 at slots 0 (worker-0)`, `server-1, range [100, 200)`. */
  readonly waitsFor: string;
  /** The same, for programs. */
  readonly edge: WaitEdge;
}

export type WaitEdge =
  | { readonly kind: "task"; readonly time: TaskTime; readonly unfinishedSlots: readonly Slot[] }
  | {
      readonly kind: "reply";
      readonly server: NodeId;
      readonly segment: number;
      readonly time: TaskTime;
      readonly op: number;
    }
  | {
      readonly kind: "parts";
      readonly time: TaskTime;
      readonly op: number;
      readonly missingSlots: readonly Slot[];
    }
  | { readonly kind: "compute"; readonly time: TaskTime }
  | { readonly kind: "share" }
  | { readonly kind: "members"; readonly missing: readonly NodeId[] }
  /** Holders of a segment: to say how far they are, to store an entry, to be filled. */
  | {
      readonly kind: "chain";
      readonly segment: number;
      readonly view: number;
      readonly holders: readonly NodeId[];
    }
  | { readonly kind: "registry"; readonly key: string };
