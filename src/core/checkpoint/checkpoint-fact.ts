/** What is told of checkpoints, and of a job that goes on from one. */
import type { Token } from "../identities.ts";
import type { TaskTime } from "../ids.ts";

export type CheckpointFact =
  /** The master has kept the segment in a checkpoint, as it was at `token`: before task `first`. */
  | {
      readonly type: "part-saved";
      readonly checkpoint: string;
      readonly parameter: number;
      readonly segment: number;
      readonly token: Token;
      readonly first: TaskTime;
      /** It was the same in the checkpoint before, and is kept once. */
      readonly isShared: boolean;
    }
  /** A holder has the segment as the checkpoint has it, and nothing else. */
  | {
      readonly type: "part-restored";
      readonly checkpoint: string;
      readonly parameter: number;
      readonly segment: number;
      readonly view: number;
      readonly first: TaskTime;
      readonly rows: number;
    }
  /** The registry names the checkpoint. The job stood still for `pauseMicros`. */
  | {
      readonly type: "checkpoint-saved";
      readonly checkpoint: string;
      readonly first: TaskTime;
      readonly parts: number;
      readonly bytes: number;
      readonly pauseMicros: number;
    }
  /** The job goes on, and is saved at the next occasion. */
  | { readonly type: "checkpoint-failed"; readonly checkpoint: string; readonly reason: string }
  /** The scheduler goes on from a checkpoint: every task below `first` has finished, and none from there on has begun. */
  | {
      readonly type: "job-resumed";
      readonly checkpoint: string;
      readonly lineage: number;
      readonly first: TaskTime;
    }
  /** A checkpoint of which something is missing or damaged: one before it is taken. */
  | { readonly type: "checkpoint-passed-over"; readonly checkpoint: string; readonly reason: string }
  /**
   * The manager's transaction succeeded that begins another lineage: in this view everyone goes on from the checkpoint, and whatever
   * was done since then is undone for all.
   */
  | {
      readonly type: "job-rolled-back";
      readonly term: number;
      readonly checkpoint: string;
      readonly lineage: number;
      readonly view: number;
      /** The segment that was lost with its holders. */
      readonly segment: number;
      readonly reason: string;
      /** Every task below has finished, and all others are done again. */
      readonly first: TaskTime;
      /** The first task of the newest pass that had begun. */
      readonly reached: TaskTime;
    };
