/** What a server keeps of one parameter in one segment. */
import { RangeClock } from "../clock/range-clock.ts";
import type { TaskTime } from "../ids.ts";
import type { View } from "../ring/view.ts";
import { SegmentStore } from "../store/segment-store.ts";
import { ClosedOps } from "./closed-ops.ts";
import { HeldParts } from "./held-parts.ts";
import type { SegmentContext, SegmentName } from "./segment-context.ts";
import { SegmentLog } from "./segment-log.ts";
import { StateHistory } from "./state-history.ts";

export interface SegmentState {
  readonly context: SegmentContext;
  readonly name: SegmentName;
  /** The columns' values. */
  readonly store: SegmentStore;
  /** Which pushes they contain. */
  readonly clock: RangeClock;
  /** Where they stand in the segment's history. */
  readonly log: SegmentLog;
  /** Which of their earlier states can be told. */
  readonly history: StateHistory;
  /** Parts of pushes that they do not contain yet. */
  readonly held: HeldParts;
  /** What is remembered of pushes that they contain. */
  readonly closed: ClosedOps;
}

/** Throws an Error where the segment is larger than a server may hold. */
export function newSegmentState(
  context: SegmentContext,
  name: SegmentName,
  view: View,
  floor: TaskTime,
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
  };
}
