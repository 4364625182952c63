/**
 * What a segment remembers of applied pushes, beside its clocks, until their task has finished everywhere: which ops
 * take no further part, and what a function that changed state answered (docs/protocol.md 4).
 */
import type { TaskTime } from "../ids.ts";
import type { PartId } from "../message/message.ts";
import type { Arrays } from "../store/undo-log.ts";

export interface ClosedData {
  readonly closed: readonly (readonly [TaskTime, readonly number[]])[];
  /** Time, (op, slot) as a name, and the place of the answer among the arrays. */
  readonly answers: readonly (readonly [TaskTime, string, number])[];
}

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

  keepAnswer(part: Pick<PartId, "time" | "op" | "slot">, answer: Float64Array): void {
    const kept = this.answers.get(part.time) ?? new Map<string, Float64Array>();
    kept.set(`${part.op}/${part.slot}`, answer);
    this.answers.set(part.time, kept);
  }

  answerOf(part: Pick<PartId, "time" | "op" | "slot">): Float64Array | undefined {
    return this.answers.get(part.time)?.get(`${part.op}/${part.slot}`);
  }

  /** As JSON, with the answers among `arrays`; `fromData` makes the same of both. */
  toData(arrays: Arrays): ClosedData {
    const closed = [...this.closed].map(([time, ops]) => [time, [...ops]] as const);
    const answers = [...this.answers].flatMap(([time, kept]) =>
      [...kept].map(([name, answer]) => [time, name, arrays.push(answer) - 1] as const),
    );
    return { closed, answers };
  }

  static fromData({ closed, answers }: ClosedData, arrays: Arrays): ClosedOps {
    const made = new ClosedOps();
    for (const [time, ops] of closed) for (const op of ops) made.close(time, op);
    for (const [time, name, at] of answers) {
      const kept = made.answers.get(time) ?? new Map<string, Float64Array>();
      kept.set(name, arrays[at] as Float64Array);
      made.answers.set(time, kept);
    }
    return made;
  }

  raise(floor: TaskTime): void {
    for (const time of this.closed.keys()) if (time < floor) this.closed.delete(time);
    for (const time of this.answers.keys()) if (time < floor) this.answers.delete(time);
  }
}
