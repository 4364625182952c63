/** Which requests are not this server's to answer (docs/protocol.md 3). */
import type { NodeId } from "../ids.ts";
import { masterOf, segmentIndex } from "../ring/ring.ts";
import { segmentName, type View } from "../ring/view.ts";
import type { Refusal } from "./fences.ts";
import type { Request } from "./requests.ts";

/** Undefined: this server is master of the segment, and was when the request was made. */
export function refuseRequest(
  { part, view: madeIn }: Request,
  view: View,
  { id, incarnation }: { readonly id: NodeId; readonly incarnation: number },
  parameterCount: number,
): Refusal | undefined {
  const index = segmentIndex(view, part.segment);
  if (index === undefined) return notMaster(`view ${view.number} has no segment at ${part.segment}`);
  const master = masterOf(view, index);
  if (master !== id) return notMaster(`${master} is master of segment ${segmentName(part.segment)}`);
  if (view.incarnations[master] !== incarnation) {
    return notMaster(`view ${view.number} is of ${master}#${view.incarnations[master]}, which is gone`);
  }
  const { since } = view.segments[index];
  if (madeIn < since) return notMaster(`${master} is master since view ${since}, not ${madeIn}`);
  if (part.parameter < parameterCount) return undefined;
  return { reason: "invalid", detail: `parameter ${part.parameter} is none of the job's ${parameterCount}` };
}

function notMaster(detail: string): Refusal {
  return { reason: "not-master", detail };
}
