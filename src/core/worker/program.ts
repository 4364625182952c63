/**
 * A job program is a generator that yields requests and is resumed with replies: straight-line code that reads like
 * the paper's algorithm, and runs unchanged in the simulator, on the event loop, or in a worker thread.
 */
import type { KeyList } from "../keys/key-list.ts";
import type { KeyRange } from "../keys/key-range.ts";
import type { Values } from "../parameter.ts";
import type { TaskResult, TaskSpec } from "../tasks/task.ts";

export type ProgramRequest =
  | {
      /** The pulled columns of these keys. Answered by `pulled`. */
      readonly type: "pull";
      readonly parameter: number;
      readonly keys: KeyList;
      /** Read after the push with this op of the same task (of every slot, where it is aggregated); undefined: as the task began. */
      readonly afterOp: number | undefined;
    }
  | {
      /** Every key of the range that is not at its initial state. Answered by `pulled-range`. */
      readonly type: "pull-range";
      readonly parameter: number;
      readonly range: KeyRange;
      readonly afterOp: number | undefined;
    }
  | {
      /** Row j of `values` belongs to key j. Rows whose `active` is 0 are not sent (KKT). Answered by `pushed`. */
      readonly type: "push";
      readonly parameter: number;
      readonly keys: KeyList;
      readonly values: Values;
      readonly active: Uint8Array | undefined;
    }
  | {
      /** Runs the application's function of that name on every segment of the range. Answered by `called`. */
      readonly type: "call";
      readonly parameter: number;
      readonly range: KeyRange;
      readonly function: string;
      readonly argument: Float64Array;
      /** A function that changes state is a push in every respect, one that does not is a pull. */
      readonly isWrite: boolean;
    }
  /** All at once; answered in the same order when all are answered. */
  | { readonly type: "all"; readonly requests: readonly ProgramRequest[] };

export type ProgramReply =
  /** `values` has one row per key of the request; `present[j]` is 0 where the KKT filter left the row out (it reads as initial). */
  | { readonly type: "pulled"; readonly values: Values; readonly present: Uint8Array | undefined }
  | { readonly type: "pulled-range"; readonly keys: Uint32Array; readonly values: Values }
  /** The push is finished. */
  | { readonly type: "pushed"; readonly op: number }
  /** One result per segment, in key order; `begins[i]` is the first key that segment i covers. */
  | { readonly type: "called"; readonly results: readonly Float64Array[]; readonly begins: readonly bigint[] }
  | { readonly type: "all"; readonly replies: readonly ProgramReply[] };

/**
 * A task's program. Ops are counted in the order in which pushes and calls are yielded, from 0 (inside `all`, in
 * order). Throwing an Error ends the job, with the message as its reason.
 */
export type Program = Generator<ProgramRequest, TaskResult, ProgramReply>;

/** Resumes a slot's program: at the beginning of a task, or with the reply to its last request. */
export type ProgramInput =
  | { readonly type: "begin"; readonly task: TaskSpec }
  | { readonly type: "reply"; readonly reply: ProgramReply };

/** What the program did until it paused; `work` is the numeric work in non-zeros touched, for the cost model. */
export type ProgramStep =
  | { readonly type: "requested"; readonly request: ProgramRequest; readonly work: number }
  | { readonly type: "returned"; readonly result: TaskResult; readonly work: number }
  | { readonly type: "failed"; readonly reason: string };
