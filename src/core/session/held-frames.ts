/** Frames that came before the record of their sender, or before this node was registered. What is dropped comes again. */
import type { NodeId } from "../ids.ts";
import type { Envelope } from "../message/message.ts";
import type { Channel } from "../node.ts";
import type { NodeOptions } from "../options.ts";

export interface HeldFrame {
  readonly channel: Channel;
  readonly envelope: Envelope;
  readonly bytes: number;
}

/** Invariant: `bytes` is the sum of the frames', and below `sessionWindowBytes` without the newest. */
export class HeldFrames {
  private readonly options: Pick<NodeOptions, "sessionWindowMessages" | "sessionWindowBytes">;
  private frames: HeldFrame[] = [];
  private bytes: number = 0;

  constructor(options: Pick<NodeOptions, "sessionWindowMessages" | "sessionWindowBytes">) {
    this.options = options;
  }

  get count(): number {
    return this.frames.length;
  }

  /** Undefined, or the option whose maximum is reached. */
  hold(frame: HeldFrame): "sessionWindowMessages" | "sessionWindowBytes" | undefined {
    const { sessionWindowMessages, sessionWindowBytes } = this.options;
    if (this.frames.length >= sessionWindowMessages) return "sessionWindowMessages";
    if (this.bytes >= sessionWindowBytes) return "sessionWindowBytes";
    this.frames.push(frame);
    this.bytes += frame.bytes;
    return undefined;
  }

  take(): readonly HeldFrame[] {
    const taken = this.frames;
    this.keep([]);
    return taken;
  }

  /** Takes those of other lives of the peer than its present one. */
  takeReplaced(peer: NodeId, incarnation: number): readonly HeldFrame[] {
    const isReplaced = ({ envelope }: HeldFrame): boolean =>
      envelope.from === peer && envelope.fromIncarnation !== incarnation;
    const taken = this.frames.filter(isReplaced);
    if (taken.length > 0) this.keep(this.frames.filter((frame) => !isReplaced(frame)));
    return taken;
  }

  private keep(frames: HeldFrame[]): void {
    this.frames = frames;
    this.bytes = frames.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
