/** Where a server stands in the chain of one segment, in one view (docs/protocol.md 3 and 4). */
import type { NodeId } from "../../ids.ts";
import type { View } from "../../ring/view.ts";

export interface Place {
  readonly view: number;
  /** Full holders in chain order, the master first; then those that are being filled. */
  readonly line: readonly NodeId[];
  readonly fullCount: number;
  /** This server's place in the line. */
  readonly at: number;
  /** The view since which the line's first is master without a break. */
  readonly since: number;
}

/** Undefined: the view gives the segment to others, or to another incarnation of this server. */
export function placeOf(
  view: View,
  index: number,
  self: { readonly id: NodeId; readonly incarnation: number },
): Place | undefined {
  if (view.incarnations[self.id] !== self.incarnation) return undefined;
  const { holders, filling, since } = view.segments[index];
  const line = filling.length === 0 ? holders : [...holders, ...filling];
  const at = line.indexOf(self.id);
  return at < 0 ? undefined : { view: view.number, line, fullCount: holders.length, at, since };
}
