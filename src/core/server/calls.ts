/** User-defined functions on the server (OSDI'14 section 3.3). */
import type { FunctionContext, ServerFunction } from "../application.ts";
import type { Values } from "../parameter.ts";
import type { SegmentStore } from "../store/segment-store.ts";
import { runApplication } from "./application-error.ts";
import type { CallMessage } from "./requests.ts";
import type { SegmentContext, SegmentName } from "./segment-context.ts";

/** Columns and scalars that a function works on: the store's own, or those of another state of the same rows. */
export interface CalledState {
  readonly columns: readonly Values[];
  readonly scalars: Float64Array;
}

/** The application's function of that name; its own properties only, as names come from the network. */
export function functionOf(context: SegmentContext, name: string): ServerFunction | undefined {
  const { functions } = context.application;
  return Object.hasOwn(functions, name) ? functions[name] : undefined;
}

export function runCall(
  context: SegmentContext,
  segment: SegmentName,
  call: CallMessage,
  on: { readonly store: SegmentStore; readonly state: CalledState },
): Float64Array {
  const { store, state } = on;
  const { begin, end } = store.rowRange(call.range);
  const called: FunctionContext = {
    columns: state.columns,
    scalars: state.scalars,
    rowBegin: begin,
    rowEnd: end,
    blockEnds: store.blockEnds(begin, end),
    time: call.part.time,
    argument: call.argument,
    job: context.job,
  };
  const code = { kind: "function", name: call.function, segment, time: call.part.time } as const;
  return runApplication(context, code, () => {
    const result = functionOf(context, call.function)?.(called);
    if (!(result instanceof Float64Array)) throw new Error("a function answers with a Float64Array");
    return result;
  });
}
