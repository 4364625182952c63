/**
 * What can be said between nodes. Requests are verbs, replies their participles. `codec.ts` gives each its bytes.
 */
import type { NodeStatistics } from "../application.ts";
import type { EncodedValues } from "../filters/encoded-values.ts";
import type { NodeId, Slot, TaskTime } from "../ids.ts";
import type { KeyRange } from "../keys/key-range.ts";
import type { Token } from "../identities.ts";
import type { Values } from "../parameter.ts";
import type { Frontier, TaskResult, TaskSpec } from "../tasks/task.ts";
import type { ShareSummary } from "../share.ts";

/** Names a part of a request: the request's identity and the segment that the part is for. */
export interface PartId {
  readonly parameter: number;
  readonly slot: Slot;
  readonly time: TaskTime;
  readonly op: number;
  /** Where the segment begins on the ring. */
  readonly segment: number;
}

/** A key list by value or, once the receiver knows it, by hash alone: `pairs` is undefined. */
export interface KeyListReference {
  readonly hash: string;
  readonly count: number;
  readonly pairs: Uint32Array | undefined;
}

/** When a pull or a read-only call may be answered. */
export interface ReadAfter {
  /** Every push of a task below this has been applied. */
  readonly below: TaskTime;
  /** This op of this time has been applied by all its slots; undefined: none. With `tau = 0` the state right after it, or right before `time`. */
  readonly time: TaskTime;
  readonly op: number | undefined;
  readonly isExact: boolean;
  /** The newest state of the segment that the slot has read. */
  readonly token: Token;
}

export type RefusalReason =
  /** The hash names no list here: send the keys. Retriable. */
  | "unknown-keys"
  /** Another server is master in the receiver's view. Retriable after the view. */
  | "not-master"
  /** A buffer is at its maximum. Retriable. */
  | "full"
  /** The aggregate closed without this part, or the task has finished everywhere: the sender's is superseded. */
  | "closed"
  /** Another record hash was seen for this time. */
  | "conflict"
  /** A newer epoch was seen for this slot: whoever sent it holds the slot no more. */
  | "replaced"
  /** It can never be answered; `detail` says why. */
  | "invalid";

/** Rows as they are now, whole: to apply them is to overwrite. */
export interface RowValues {
  readonly keys: KeyListReference;
  /** Every column of the parameter, one value a key. */
  readonly columns: readonly Values[];
}

/** One application to a segment, as its holders keep it (docs/protocol.md 4). */
export interface LogEntry {
  readonly token: Token;
  /** Of the segment's whole history up to it. */
  readonly digest: number;
  readonly time: TaskTime;
  readonly op: number;
  readonly slots: readonly Slot[];
  /** No further part of this op is taken. */
  readonly isClosing: boolean;
  /** On its way without columns: the receiver has all parts, and makes the rows itself. */
  readonly rows: RowValues;
  readonly scalars: Float64Array;
  /** What a function that changed state answered each slot; empty for a push. */
  readonly answers: readonly Float64Array[];
}

/** What a holder has of a segment beside rows: clock, history and answers, as text that names arrays by their place. */
export interface SegmentRest {
  readonly token: Token;
  readonly digest: number;
  readonly committed: number;
  readonly floor: TaskTime;
  readonly text: string;
  readonly arrays: readonly (Uint32Array | Values)[];
}

/** One parameter in one segment, in the view of the sender: what servers say to each other is about one. */
export interface SegmentId {
  readonly parameter: number;
  readonly segment: number;
  readonly view: number;
}

export interface PushMessage {
  readonly type: "push";
  readonly part: PartId;
  readonly view: number;
  readonly epoch: number;
  /** Slots of the task: the aggregate is complete when all their parts are in. */
  readonly slots: readonly Slot[];
  readonly argument: readonly number[];
  readonly recordHash: string;
  /** Tasks below have finished everywhere: clocks' floors may rise. */
  readonly floor: TaskTime;
  readonly keys: KeyListReference;
  readonly values: EncodedValues;
}

export type Message =
  // Worker to server, data channel.
  | PushMessage
  | { readonly type: "pushed"; readonly part: PartId; readonly token: Token }
  | {
      readonly type: "pull";
      readonly part: PartId;
      readonly view: number;
      readonly after: ReadAfter;
      readonly floor: TaskTime;
      /** Exactly one of `keys` and `range` is given. */
      readonly keys: KeyListReference | undefined;
      readonly range: KeyRange | undefined;
      /** Digest of the slot's copy of these rows (below 2^53), which the answer may build on; 0: none. */
      readonly base: number;
    }
  | {
      readonly type: "pulled";
      readonly part: PartId;
      readonly token: Token;
      /** For a range: the keys that have rows. */
      readonly keys: Uint32Array | undefined;
      readonly values: EncodedValues;
    }
  | {
      readonly type: "call";
      readonly part: PartId;
      readonly view: number;
      readonly epoch: number;
      readonly slots: readonly Slot[];
      readonly recordHash: string;
      readonly floor: TaskTime;
      readonly function: string;
      readonly range: KeyRange;
      readonly argument: Float64Array;
      readonly isWrite: boolean;
      readonly after: ReadAfter;
    }
  | { readonly type: "called"; readonly part: PartId; readonly token: Token; readonly result: Float64Array }
  | {
      readonly type: "refused";
      readonly part: PartId;
      readonly request: "push" | "pull" | "call";
      readonly reason: RefusalReason;
      readonly detail: string;
      /** The receiver's view. */
      readonly view: number;
      /** Of the slot, under which it was asked; 0: it named none. */
      readonly epoch: number;
    }
  // Server to server along a chain, data channel.
  | (SegmentId & {
      readonly type: "entry";
      readonly entry: LogEntry;
      /** Entries up to this index are committed. */
      readonly committed: number;
      readonly floor: TaskTime;
    })
  /** A part that the master holds, of a parameter whose replication is naive. */
  | (SegmentId & { readonly type: "part"; readonly push: PushMessage })
  /** The last full holder, or a filling one that is filled, has every entry up to this one. */
  | (SegmentId & { readonly type: "stored"; readonly token: Token; readonly digest: number })
  /** How far a holder is: to the master of a new view, and to whoever is before it in the chain. */
  | (SegmentId & {
      readonly type: "position";
      readonly token: Token;
      readonly digest: number;
      readonly isFull: boolean;
      /** What was sent after this state did not fit, or named keys that are not known here: it is to be sent again. */
      readonly isGap: boolean;
      /** While it is being filled: the keys whose rows it has. */
      readonly filled: KeyRange;
    })
  /** Part of a whole state. With `rest` it is the last one. */
  | (SegmentId & {
      readonly type: "snapshot";
      /** Of the newest entry in the state that these rows are of. */
      readonly token: Token;
      readonly rows: RowValues;
      /** The keys whose rows were sent by now. */
      readonly filled: KeyRange;
      readonly rest: SegmentRest | undefined;
    })
  // Scheduler and worker, control channel.
  | {
      readonly type: "issue";
      readonly term: number;
      /** The newest view in which a task was finished: to read what they wrote, a worker has adopted it. */
      readonly view: number;
      readonly tasks: readonly TaskSpec[];
      readonly frontier: Frontier;
    }
  | {
      readonly type: "frontier";
      readonly term: number;
      readonly view: number;
      readonly frontier: Frontier;
    }
  | {
      readonly type: "slot-ready";
      readonly slot: Slot;
      readonly epoch: number;
      /** Every task below has finished at every slot, as far as the worker knows. */
      readonly floor: TaskTime;
      readonly summary: ShareSummary;
    }
  | {
      readonly type: "finished";
      readonly slot: Slot;
      readonly epoch: number;
      /** The sender's: what the task wrote was finished in it, or before. */
      readonly view: number;
      readonly time: TaskTime;
      readonly result: TaskResult;
    }
  // Scheduler and any node, control channel.
  | { readonly type: "report"; readonly id: number }
  | { readonly type: "reported"; readonly id: number; readonly statistics: NodeStatistics }
  // Any node and the manager, control channel, outside the session: never repeated, never waited for.
  | {
      readonly type: "heartbeat";
      readonly count: number;
      /** It was asked to leave, and waits for others to take over what it holds. */
      readonly isLeaving: boolean;
      /** It wants to hear that the manager lives. */
      readonly isAsking: boolean;
    }
  | {
      readonly type: "heartbeat-answered";
      readonly count: number;
      readonly term: number;
      readonly view: number;
    }
  /** A master says that a filling holder of its view has everything, for every parameter. */
  | { readonly type: "filled"; readonly segment: number; readonly view: number; readonly peer: NodeId }
  // Scheduler and server, control channel.
  /** The master of the segment is to keep it in the checkpoint, as it is before task `first`. */
  | {
      readonly type: "save";
      readonly checkpoint: string;
      readonly first: TaskTime;
      readonly view: number;
      readonly parameter: number;
      readonly segment: number;
    }
  | {
      readonly type: "saved";
      readonly checkpoint: string;
      readonly parameter: number;
      readonly segment: number;
      /** The state that was kept. */
      readonly token: Token;
      readonly rows: number;
      readonly bytes: number;
      /** Empty where it could not be kept. */
      readonly sha256: string;
      /** Why it could not. */
      readonly reason: string;
    }
  // The session's own, outside the sequence.
  | { readonly type: "acknowledged" };

export type MessageType = Message["type"];

/** What every frame carries besides its message. */
export interface Envelope {
  readonly from: NodeId;
  readonly fromIncarnation: number;
  readonly to: NodeId;
  readonly toIncarnation: number;
  /** Position in the session's stream, from 1; 0: outside the sequence. */
  readonly sequence: number;
  /** Everything up to this sequence of the other direction has arrived. */
  readonly acknowledged: number;
  readonly message: Message;
}

export type Decoded =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly reason: string };
