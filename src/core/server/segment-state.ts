/** What a server keeps of one parameter in one segment. */
import { RangeClock } from "../clock/range-clock.ts";
import type { Slot, TaskTime } from "../ids.ts";
import type { Token } from "../identities.ts";
import type { KeyList } from "../keys/key-list.ts";
import type { View } from "../ring/view.ts";
import { SegmentStore } from "../store/segment-store.ts";
import { ClosedOps } from "./closed-ops.ts";
import { type HeldPart, HeldParts } from "./held-parts.ts";
import type { SegmentContext, SegmentName } from "./segment-context.ts";
import { SegmentLog } from "./segment-log.ts";
import { StateHistory } from "./state-history.ts";

export interface SegmentState {
  readonly context: SegmentContext;
  readonly name: SegmentName;
  /** The columns' values. */
  store: SegmentStore;
  /** Which pushes they contain. */
  clock: RangeClock;
  /** Where they stand in the segment's history. */
  readonly log: SegmentLog;
  /** Which of their earlier states can be told. */
  history: StateHistory;
  /** Parts of pushes that they do not contain yet. */
  held: HeldParts;
  /** What is remembered of pushes that they contain. */
  closed: ClosedOps;
  /** The master has applied an entry, and its senders' replies wait until it is committed. */
  readonly appended: (applied: Applied) => void;
  /** The master holds a part that it did not hold before. */
  readonly partHeld: (part: HeldPart) => void;
}

export interface Applied {
  readonly token: Token;
  readonly time: TaskTime;
  readonly op: number;
  readonly slots: readonly Slot[];
  /** Rows that may have changed. */
  readonly changed: Int32Array;
  /** Of those rows, where a list of them is known. */
  readonly keys: KeyList | undefined;
}

/** Throws an Error where the segment is larger than a server may hold. */
export function newSegmentState(
  context: SegmentContext,
  name: SegmentName,
  {
    view,
    floor,
    appended,
    partHeld,
  }: Pick<SegmentState, "appended" | "partHeld"> & { readonly view: View; readonly floor: TaskTime },
): SegmentState {
  return {
    context,
    name,
    store: new SegmentStore(name.spec, name.range),
    clock: new RangeClock(name.range, floor),
    log: new SegmentLog(view),
    history: new StateHistory(),
    held: new HeldParts(context.shell.options.heldBytesMax),
    closed: new ClosedOps(),
    appended,
    partHeld,
  };
}
