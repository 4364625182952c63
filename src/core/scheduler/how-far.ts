/**
 * How far the job is, where another scheduler led it: workers and servers say below which task everything has finished.
 * Every server that lives is waited for, since the workers that knew may be lost.
 */
import { type NodeId, roleOf, type TaskTime, taskTime } from "../ids.ts";
import type { Shell } from "../shell.ts";

export class HowFar {
  /** Every task below has finished, says some worker, some server or the record of the pass. */
  finishedBelow: TaskTime = taskTime(0);
  private readonly shell: Shell;
  /** Servers that were asked and have not answered, by incarnation. */
  private readonly unheard: Map<NodeId, number> = new Map();

  constructor(shell: Shell) {
    this.shell = shell;
  }

  /** Servers that are to be asked. */
  ask(): readonly NodeId[] {
    for (const [node, { incarnation }] of this.shell.members) {
      if (roleOf(node) === "server") this.unheard.set(node, incarnation);
    }
    return this.waitsFor;
  }

  get waitsFor(): readonly NodeId[] {
    return [...this.unheard.keys()];
  }

  said(floor: number): void {
    this.finishedBelow = taskTime(Math.max(floor, this.finishedBelow));
  }

  /** True: it was waited for. */
  heard(server: NodeId, floor: number): boolean {
    if (!this.unheard.delete(server)) return false;
    this.said(floor);
    return true;
  }

  /** Nobody waits for those that are gone. */
  membersChanged(): void {
    for (const [server, incarnation] of this.unheard) {
      if (this.shell.members.get(server)?.incarnation !== incarnation) this.unheard.delete(server);
    }
  }
}
