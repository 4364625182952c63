/** Which scheduler a worker listens to: the one of the newest term, by the registry or by its own word. */
import type { NodeId } from "../ids.ts";
import type { Message } from "../message/message.ts";
import type { Shell } from "../shell.ts";

interface Leader {
  readonly node: NodeId;
  readonly term: number;
}

export class SchedulerWord {
  private readonly shell: Shell;
  /** Who spoke under the newest term. */
  private heard: Leader | undefined;

  constructor(shell: Shell) {
    this.shell = shell;
  }

  /** Nothing that a deposed scheduler still says has an effect. */
  accepts(from: NodeId, term: number): boolean {
    if (term < (this.newest()?.term ?? 0)) return false;
    this.heard = { node: from, term };
    return true;
  }

  /** Where there is none, the next one asks. */
  tell(message: Message): void {
    const scheduler = this.newest();
    if (scheduler !== undefined) this.shell.send(scheduler.node, "control", message);
  }

  private newest(): Leader | undefined {
    const leader = this.shell.leader("scheduler");
    return leader !== undefined && leader.term > (this.heard?.term ?? 0) ? leader : this.heard;
  }
}
