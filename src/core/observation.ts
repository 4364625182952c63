/**
 * Whatever matters in a node's life is one typed fact. The trace, the checkers, the screens, the metrics and a person
 * with `tauring trace` share this stream and nothing else. The driver adds node and time.
 */
import type { Progress } from "./application.ts";
import type { CheckpointFact } from "./checkpoint/checkpoint-fact.ts";
import type { PushIdentity, Token } from "./identities.ts";
import type { FilterKind } from "./filters/filter-spec.ts";
import type { NodeId, Slot, TaskTime } from "./ids.ts";
import type { WaitEdge } from "./node.ts";
import type { View } from "./ring/view.ts";
import type { Dependency } from "./tasks/task.ts";
import type { WorldFact } from "./world-fact.ts";

/** `size` and `max` in the unit of the option that limits it, which it is named after. */
export interface BufferSize {
  readonly option: string;
  readonly size: number;
  readonly max: number;
}

export type Observation =
  | { readonly type: "node-started"; readonly incarnation: number }
  | { readonly type: "node-stopped"; readonly reason: string | undefined }
  | {
      readonly type: "view-adopted";
      readonly view: number;
      readonly lineage: number;
      readonly digest: number;
    }
  /** The manager's transaction that wrote the view succeeded. */
  | { readonly type: "view-published"; readonly term: number; readonly view: View }
  /** The manager's transaction that marked this incarnation gone succeeded. */
  | {
      readonly type: "node-evicted";
      readonly term: number;
      readonly peer: NodeId;
      readonly incarnation: number;
      readonly reason: string;
    }
  | { readonly type: "leader-elected"; readonly role: string; readonly term: number }
  | { readonly type: "node-suspected"; readonly peer: NodeId; readonly silentMs: number }
  | {
      readonly type: "job-submitted";
      readonly name: string;
      readonly slotCount: number;
      readonly tau: number | null;
      /** The known optimum that the job names; null: none. */
      readonly reference: number | null;
      /** Absent in traces of older releases. */
      readonly pullFilters?: readonly FilterKind[];
      readonly parameters: readonly {
        readonly name: string;
        readonly update: string;
        readonly isProvenance: boolean;
        /** Keys that it may have, as decimal strings, and the blocks that segment ends are rounded to. */
        readonly begin: string;
        readonly end: string;
        readonly keyBlockCount: number;
      }[];
    }
  /** The scheduler's transaction that gave the slot to this incarnation succeeded. */
  | {
      readonly type: "slot-assigned";
      readonly slot: Slot;
      readonly worker: NodeId;
      readonly incarnation: number;
      readonly epoch: number;
      readonly term: number;
    }
  /** It has no task from `first` on. */
  | { readonly type: "slot-dropped"; readonly slot: Slot; readonly first: TaskTime }
  | {
      readonly type: "task-issued";
      readonly time: TaskTime;
      readonly name: string;
      readonly slots: readonly Slot[];
      /** The delay that the schedule allows it; null: any, as with a graph of its own. */
      readonly tau: number | null;
      readonly after: Dependency;
    }
  | {
      readonly type: "task-started";
      readonly slot: Slot;
      readonly time: TaskTime;
      readonly name: string;
      readonly after: Dependency;
      readonly frontierFloor: TaskTime;
    }
  | {
      readonly type: "task-finished";
      readonly slot: Slot;
      readonly time: TaskTime;
      readonly busyMicros: number;
    }
  /** The slot has tasks, and can compute none of them from now on: what its lowest one waits for. */
  | { readonly type: "slot-blocked"; readonly slot: Slot; readonly edge: WaitEdge }
  /** The slot had runnable tasks waiting and none computing, for this long. */
  | {
      readonly type: "slot-waited";
      readonly slot: Slot;
      readonly waitMicros: number;
      readonly edge: WaitEdge;
    }
  /** The frontier rose at the scheduler. */
  | { readonly type: "frontier-rose"; readonly floor: TaskTime }
  /** A push was split into parts for these segments. `token` is its provenance contribution, where recorded. */
  | {
      readonly type: "push-invoked";
      readonly push: PushIdentity;
      readonly segments: readonly number[];
      readonly provenance: Provenance | undefined;
    }
  | { readonly type: "push-finished"; readonly push: PushIdentity }
  /** Definitely not applied, says the server: refused for good. */
  | {
      readonly type: "push-refused";
      readonly push: PushIdentity;
      readonly segment: number;
      readonly reason: string;
    }
  | {
      readonly type: "part-received";
      readonly push: PushIdentity;
      readonly segment: number;
      readonly isDuplicate: boolean;
    }
  /**
   * One log entry, made by the master: it applied these pushes to the segment. `digest` is that of the whole history up
   * to it.
   */
  | {
      readonly type: "applied";
      readonly parameter: number;
      readonly segment: number;
      readonly token: Token;
      readonly time: TaskTime;
      readonly op: number;
      readonly slots: readonly Slot[];
      readonly digest: number;
    }
  /** A replica has the entry: `digest` is that of the whole history up to it, equal at every holder. */
  | {
      readonly type: "entry-stored";
      readonly parameter: number;
      readonly segment: number;
      readonly token: Token;
      readonly digest: number;
      /** Came as a whole state at this token, not as one entry. */
      readonly isSnapshot: boolean;
    }
  /**
   * The master of the view has what every full holder has, and serves from now on; entries of the segment beyond
   * `token`, made in an older view, are in no history any more.
   */
  | {
      readonly type: "segment-sealed";
      readonly parameter: number;
      readonly segment: number;
      readonly view: number;
      readonly token: Token;
      readonly digest: number;
    }
  /** The master has seen that a filling holder has every entry, and counts it in each commit from now on. */
  | { readonly type: "holder-filled"; readonly segment: number; readonly view: number; readonly peer: NodeId }
  /** A view that does not list this server was adopted: what it held of the segment is discarded. */
  | {
      readonly type: "segment-dropped";
      readonly parameter: number;
      readonly segment: number;
      readonly view: number;
      readonly token: Token;
    }
  | {
      readonly type: "committed";
      readonly parameter: number;
      readonly segment: number;
      readonly token: Token;
    }
  /** A server answered a pull: from which state, and which pushes it says that contains. */
  | {
      readonly type: "read-answered";
      readonly parameter: number;
      readonly segment: number;
      readonly slot: Slot;
      readonly time: TaskTime;
      readonly op: number;
      readonly token: Token;
      readonly committedIndex: number;
    }
  | {
      readonly type: "pull-invoked";
      readonly parameter: number;
      readonly slot: Slot;
      readonly time: TaskTime;
      readonly op: number;
      /**
       * Reads the state right after this op of its own task (-1: as the task began), whatever the task has pushed since;
       * null: the newest.
       */
      readonly asOf: number | null;
    }
  /** A part of a pull's answer arrived. `provenance` is what its values say. */
  | {
      readonly type: "part-pulled";
      readonly parameter: number;
      readonly segment: number;
      readonly slot: Slot;
      readonly time: TaskTime;
      readonly op: number;
      readonly token: Token;
      readonly provenance: Provenance | undefined;
    }
  /** Every part of its answer has arrived. */
  | {
      readonly type: "pull-finished";
      readonly parameter: number;
      readonly slot: Slot;
      readonly time: TaskTime;
      readonly op: number;
    }
  /** The operator asks this node to leave; where it `drains`, once others hold what it holds. */
  | { readonly type: "leave-requested"; readonly reason: string; readonly drains: boolean }
  /** Once a second, and when the node ends: the fullest of each kind of buffer that is in use, and its maximum. */
  | { readonly type: "buffers-measured"; readonly buffers: readonly BufferSize[] }
  | { readonly type: "keys-missed"; readonly peer: NodeId; readonly segment: number }
  | { readonly type: "frame-dropped"; readonly reason: string }
  | { readonly type: "frame-resent"; readonly to: NodeId; readonly sequence: number }
  | {
      readonly type: "filters-saved";
      readonly unfilteredBytes: number;
      readonly sentBytes: number;
      readonly savedBytes: readonly number[];
    }
  | { readonly type: "progress-reported"; readonly progress: Progress }
  | { readonly type: "model-saved"; readonly sha: string }
  | { readonly type: "job-ended"; readonly endedBy: string; readonly objective: number }
  | { readonly type: "job-failed"; readonly reason: string }
  /** The node's counters since it started: every `countIntervalMs` or so, and none of them is ever lower. */
  | {
      readonly type: "traffic-counted";
      readonly sentBytes: number;
      readonly receivedBytes: number;
      readonly unfilteredBytes: number;
      readonly savedBytes: readonly number[];
      /** What a server holds now, of all parameters together. */
      readonly holdings: readonly Holding[];
    }
  | CheckpointFact
  | WorldFact;

export interface Holding {
  readonly segment: number;
  readonly keys: number;
  readonly bytes: number;
}

/**
 * Which pushes a value contains, said by the value itself: for each key (as a decimal string, sorted) its row. Rows of
 * provenance parameters are additive hashes of push identities (src/apps/provenance.ts), exact in float64.
 */
export interface Provenance {
  readonly keys: readonly string[];
  readonly rows: readonly (readonly number[])[];
}
