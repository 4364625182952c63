/**
 * What a node asks of the folder that keeps checkpoints. The folder is one for all nodes: a shared file system, or the
 * simulator's. Checksums are the folder's, and are checked there whenever it reads.
 */

/** A checkpoint and a part of it are named by text of this form, so that no name leads out of the folder. */
const namePattern = /^[a-z0-9-]{1,100}$/;

export function isCheckpointName(name: string): boolean {
  return namePattern.test(name);
}

export type CheckpointRequest =
  /** Keeps the part whole, or not at all. Answered by `written`. */
  | {
      readonly type: "write-part";
      readonly checkpoint: string;
      readonly part: string;
      readonly bytes: Uint8Array;
    }
  /** The part is the same as in checkpoint `from`: it is kept once. Answered by `done`. */
  | { readonly type: "link-part"; readonly checkpoint: string; readonly part: string; readonly from: string }
  /** From now on the checkpoint is there. Answered by `done`. */
  | { readonly type: "write-manifest"; readonly checkpoint: string; readonly text: string }
  /** Answered by `read-manifest`. */
  | { readonly type: "read-manifest"; readonly checkpoint: string }
  /** Answered by `read-part`, only where its bytes are as many as these and have this checksum. */
  | {
      readonly type: "read-part";
      readonly checkpoint: string;
      readonly part: string;
      readonly written: Written;
    }
  /** These are not needed any more. Answered by `done`. */
  | { readonly type: "remove"; readonly checkpoints: readonly string[] };

export interface Written {
  readonly bytes: number;
  /** Of those bytes, in hexadecimal. */
  readonly sha256: string;
}

export type CheckpointAnswer =
  | ({ readonly type: "written" } & Written)
  | { readonly type: "done" }
  | { readonly type: "read-manifest"; readonly text: string }
  | { readonly type: "read-part"; readonly bytes: Uint8Array }
  /** Weather: the disk, or the way to it, fails as something is read, and what is there is not known. */
  | { readonly type: "unreadable"; readonly reason: string }
  | { readonly type: "failed"; readonly reason: string };
