/**
 * A server's part of a checkpoint (docs/protocol.md 13): each segment of which it is master, as it is while no task is
 * under way. What has not changed since the checkpoint before is kept once.
 */
import type { CheckpointAnswer, Written } from "../checkpoint/checkpoint-files.ts";
import type { NodeId } from "../ids.ts";
import type { Message } from "../message/message.ts";
import type { Token } from "../identities.ts";
import type { Shell } from "../shell.ts";
import type { Segment } from "./segment.ts";

type SaveMessage = Extract<Message, { readonly type: "save" }>;

interface Kept {
  readonly checkpoint: string;
  readonly token: Token;
  readonly rows: number;
  readonly written: Written;
}

const nothing: Written = { bytes: 0, sha256: "" };
const noToken: Token = { lineage: 0, view: 0, index: 0 };

export class Saving {
  private readonly shell: Shell;
  /** The newest checkpoint that has the segment, by the segment's name. */
  private readonly kept: Map<number, Kept> = new Map();
  /** The checkpoint that a segment is being written into. */
  private readonly underWay: Map<number, string> = new Map();

  constructor(shell: Shell) {
    this.shell = shell;
  }

  /** Where the segment cannot be told yet as it is before the task, nothing is said: the scheduler asks again. */
  save(from: NodeId, message: SaveMessage, segment: Segment): void {
    const { checkpoint } = message;
    const name = nameOf(message);
    const kept = this.kept.get(name);
    if (kept?.checkpoint === checkpoint) return this.tell(from, message, kept);
    if (this.underWay.get(name) === checkpoint) return;
    const token = segment.tokenBefore(message.first);
    if (token === undefined) {
      // A scheduler that took over begins its pass again, and does not know what of it was done.
      const reason = `the pass is under way: task ${message.first} or a later one was applied`;
      return segment.isBeyond(message.first) ? this.refuse(from, message, reason) : undefined;
    }
    if (kept !== undefined && areSame(kept.token, token)) this.share(from, message, { segment, kept });
    else this.write(from, message, segment);
  }

  private share(
    from: NodeId,
    message: SaveMessage,
    { segment, kept }: { readonly segment: Segment; readonly kept: Kept },
  ): void {
    const { checkpoint } = message;
    const request = {
      type: "link-part",
      checkpoint,
      part: partName(message),
      from: kept.checkpoint,
    } as const;
    this.underWay.set(nameOf(message), checkpoint);
    this.shell.checkpoints(request, ({ type }) => {
      this.underWay.delete(nameOf(message));
      // The older one may have been removed meanwhile.
      if (type === "done") this.done(from, message, { ...kept, checkpoint }, true);
      else if (segment.tokenBefore(message.first) !== undefined) this.write(from, message, segment);
    });
  }

  private write(from: NodeId, message: SaveMessage, segment: Segment): void {
    const { checkpoint, first } = message;
    const token = segment.tokenBefore(first);
    if (token === undefined) return;
    const { rows, bytes } = segment.toPart();
    this.underWay.set(nameOf(message), checkpoint);
    this.shell.checkpoints(
      { type: "write-part", checkpoint, part: partName(message), bytes },
      (answer: CheckpointAnswer) => {
        this.underWay.delete(nameOf(message));
        if (answer.type === "written") {
          const written = { bytes: answer.bytes, sha256: answer.sha256 };
          return this.done(from, message, { checkpoint, token, rows, written }, false);
        }
        const reason = "reason" in answer ? answer.reason : `it was answered by "${answer.type}"`;
        this.refuse(from, message, reason);
      },
    );
  }

  private done(from: NodeId, message: SaveMessage, kept: Kept, isShared: boolean): void {
    const { checkpoint, parameter, segment, first } = message;
    const { token } = kept;
    this.kept.set(nameOf(message), kept);
    this.shell.observe({ type: "part-saved", checkpoint, parameter, segment, token, first, isShared });
    this.tell(from, message, kept);
  }

  private refuse(to: NodeId, message: SaveMessage, reason: string): void {
    const { checkpoint } = message;
    this.tell(to, message, { checkpoint, token: noToken, rows: 0, written: nothing }, reason);
  }

  private tell(to: NodeId, message: SaveMessage, kept: Kept, reason: string = ""): void {
    const { checkpoint, parameter, segment } = message;
    const { token, rows, written } = kept;
    this.shell.send(to, "control", {
      type: "saved",
      checkpoint,
      parameter,
      segment,
      token,
      rows,
      ...written,
      reason,
    });
  }
}

/** The part of a segment: by what both ends know. */
export function partName({
  parameter,
  segment,
}: {
  readonly parameter: number;
  readonly segment: number;
}): string {
  return `${parameter}-${segment}`;
}

function nameOf({ parameter, segment }: SaveMessage): number {
  return parameter * 2 ** 32 + segment;
}

function areSame(a: Token, b: Token): boolean {
  return a.lineage === b.lineage && a.view === b.view && a.index === b.index;
}
