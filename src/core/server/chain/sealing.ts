/** Whether a new master has what each full holder has, by what they said (docs/protocol.md 7). */
import type { NodeId } from "../../ids.ts";
import type { SegmentLog } from "../segment-log.ts";
import type { Position } from "./feed.ts";

export type Sealing =
  /** Not all were heard. */
  | { readonly type: "unheard" }
  /** This one has entries that the master lacks. */
  | { readonly type: "behind"; readonly holder: NodeId }
  | { readonly type: "differs"; readonly node: NodeId; readonly digest: number }
  | { readonly type: "ready" };

export function sealingOf(
  others: readonly NodeId[],
  positions: ReadonlyMap<NodeId, Position>,
  log: Pick<SegmentLog, "token" | "digest">,
): Sealing {
  let newest = log.token.index;
  let holder: NodeId | undefined;
  for (const node of others) {
    const position = positions.get(node);
    if (position === undefined) return { type: "unheard" };
    if (position.token.index <= newest) continue;
    newest = position.token.index;
    holder = node;
  }
  if (holder !== undefined) return { type: "behind", holder };
  for (const [node, { token, digest }] of positions) {
    if (token.index === log.token.index && digest !== log.digest) return { type: "differs", node, digest };
  }
  return { type: "ready" };
}
