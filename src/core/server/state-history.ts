/**
 * The states of a segment that an exact read may name, and how far its history was in each (docs/protocol.md 5): the
 * state now and, with `tau = 0`, those since right before the newest time.
 */
import { assert } from "../assert.ts";
import type { Token } from "../identities.ts";
import type { SegmentStore } from "../store/segment-store.ts";
import { type Arrays, type StateAt, type UndoData, UndoLog } from "../store/undo-log.ts";
import type { TaskTime } from "../ids.ts";

/** A state that can be told; `at` is undefined for the state now. */
export interface KnownState {
  readonly at: StateAt | undefined;
  readonly token: Token;
}

interface OpMark {
  readonly time: TaskTime;
  readonly op: number;
}

export interface HistoryData {
  readonly previous?: OpMark | undefined;
  readonly newest?: OpMark | undefined;
  readonly marks: readonly { readonly op?: number | undefined; readonly token: Token }[];
  readonly undo: UndoData;
}

/** Invariant: `marks` begin right before the newest time and have one more for each op of it that was recorded. */
export class StateHistory {
  readonly undo: UndoLog;
  /** The last op of the time before the newest. */
  private previous: OpMark | undefined;
  private newest: OpMark | undefined;
  private marks: { readonly op: number | undefined; readonly token: Token }[] = [];

  constructor(undo: UndoLog = new UndoLog()) {
    this.undo = undo;
  }

  /** Of the newest application; -1: there was none. */
  get newestTime(): number {
    return this.newest?.time ?? -1;
  }

  /** As JSON, with values among `arrays`; `fromData` makes the same of both. */
  toData(arrays: Arrays): HistoryData {
    const { previous, newest, marks } = this;
    return { previous, newest, marks, undo: this.undo.toData(arrays) };
  }

  static fromData({ previous, newest, marks, undo }: HistoryData, arrays: Arrays): StateHistory {
    const history = new StateHistory(UndoLog.fromData(undo, arrays));
    history.previous = previous;
    history.newest = newest;
    history.marks = marks.map(({ op, token }) => ({ op, token }));
    return history;
  }

  /** Call before an application, once its keys are inserted. An older time cannot be told apart afterwards. */
  record(mark: OpMark, positions: Int32Array, store: SegmentStore, before: Token): void {
    const { newest } = this;
    if (newest !== undefined && isBefore(mark, newest)) {
      this.marks = [];
      return;
    }
    if (newest === undefined || mark.time > newest.time) {
      this.previous = newest;
      this.marks = [{ op: undefined, token: before }];
    }
    this.undo.record(mark, positions, store);
  }

  /** Call after every application, recorded or not. */
  applied(mark: OpMark, token: Token): void {
    if (this.newest === undefined || !isBefore(mark, this.newest)) this.newest = mark;
    if (this.marks.length === 0) return;
    assert(this.newest === mark, "after an older op nothing of the newest time can be told");
    this.marks.push({ op: mark.op, token });
  }

  /** The state right after `op` of `time`, or right before `time`; undefined: it cannot be told any more. */
  find(time: TaskTime, op: number | undefined, now: Token): KnownState | undefined {
    const { newest, previous } = this;
    if (newest === undefined || time > newest.time) return { at: undefined, token: now };
    if (this.marks.length === 0) return undefined;
    if (time === newest.time) {
      let last = 0;
      for (let i = 1; i < this.marks.length; i++) {
        if (op !== undefined && (this.marks[i].op as number) <= op) last = i;
      }
      const isNow = last === this.marks.length - 1;
      return { at: isNow ? undefined : { time, op }, token: this.marks[last].token };
    }
    // Nothing came between the state asked for and the one before the newest time.
    const isJustBefore =
      previous === undefined || time > previous.time || (time === previous.time && op === previous.op);
    if (!isJustBefore) return undefined;
    return { at: { time: newest.time, op: undefined }, token: this.marks[0].token };
  }
}

function isBefore(a: OpMark, b: OpMark): boolean {
  return a.time < b.time || (a.time === b.time && a.op < b.op);
}
