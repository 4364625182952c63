/**
 * What a segment remembers of applied pushes, beside its clocks, until their task has finished everywhere: which ops
 * take no further part, and what a function that changed state answered (docs/protocol.md 4).
 */
import type { TaskTime } from "../ids.ts";
import type { PartId } from "../message/message.ts";

/** Invariant: nothing below the floor is kept. */
export class ClosedOps {
  private readonly closed: Map<TaskTime, Set<number>> = new Map();
  private readonly answers: Map<TaskTime, Map<string, Float64Array>> = new Map();

  /** The op was applied once for all slots: a part that comes later was not included. */
  close(time: TaskTime, op: number): void {
    const ops = this.closed.get(time);
    if (ops === undefined) this.closed.set(time, new Set([op]));
    else ops.add(op);
  }

  isClosed(time: TaskTime, op: number): boolean {
    return this.closed.get(time)?.has(op) ?? false;
  }

  keepAnswer(part: PartId, answer: Float64Array): void {
    const kept = this.answers.get(part.time) ?? new Map<string, Float64Array>();
    kept.set(`${part.op}/${part.slot}`, answer);
    this.answers.set(part.time, kept);
  }

  answerOf(part: PartId): Float64Array | undefined {
    return this.answers.get(part.time)?.get(`${part.op}/${part.slot}`);
  }

  raise(floor: TaskTime): void {
    for (const time of this.closed.keys()) if (time < floor) this.closed.delete(time);
    for (const time of this.answers.keys()) if (time < floor) this.answers.delete(time);
  }
}
