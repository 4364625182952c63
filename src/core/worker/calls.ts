/**
 * A call of an application's function on the servers, by segment. One that changes state is a push in every respect:
 * it has an op, is applied once, and writes only what its task says it writes (docs/protocol.md 1).
 */
import { intersect, type KeyRange } from "../keys/key-range.ts";
import type { Message } from "../message/message.ts";
import type { ProgramRequest } from "./program.ts";
import { readAfter } from "./reads.ts";
import { accepted, type RequestContext, type SplitRequest } from "./request.ts";
import type { TaskRun } from "./task-run.ts";
import { isInside, parameterOf, writesTo } from "./writes.ts";

type CallRequest = Extract<ProgramRequest, { readonly type: "call" }>;

/** Throws an Error that names a mistake of the program. */
export function splitCall(context: RequestContext, run: TaskRun, request: CallRequest): SplitRequest {
  const { shell, specs, view, ranges: held, frontier } = context;
  const { parameter, range, isWrite, argument } = request;
  const { task, slot } = run;
  const spec = parameterOf(specs, parameter);
  if (isWrite && !isInside(range, writesTo(task, parameter))) {
    throw new Error(
      `a call of ${request.function} on [${range.begin}, ${range.end}) of ${spec.name} is outside what its task says it writes`,
    );
  }
  const op = run.writesOf.length;
  run.writesOf.push(isWrite ? { parameter, ranges: [range] } : undefined);
  const identity = { parameter, slot, time: task.time, op };
  const indices = held.meeting(parameter, [range]);
  const segments = indices.map((index) => view.segments[index].begin);
  const ranges = indices.map((index) => intersect(held.at(parameter, index), range) as KeyRange);
  if (isWrite) shell.observe({ type: "push-invoked", push: identity, segments, provenance: undefined });
  const results: Float64Array[] = [];
  return {
    kind: "call",
    run,
    parameter,
    spec,
    op,
    segments: indices,
    keysOf: () => undefined,
    compose: (part, _to, now) => {
      const message: Message = {
        type: "call",
        part: { parameter, slot, time: task.time, op, segment: segments[part] },
        view: now.number,
        epoch: run.epoch,
        slots: task.slots,
        recordHash: task.recordHash,
        floor: frontier.floor,
        function: request.function,
        range: ranges[part],
        argument,
        isWrite,
        after: readAfter(context, run, { parameter, index: indices[part], afterOp: undefined }),
      };
      return { message, traffic: undefined };
    },
    accept: (part, answer) => {
      if (answer.type !== "called") return { type: "invalid", reason: "no result of a call" };
      results[part] = answer.result;
      return accepted;
    },
    finish: () => {
      if (isWrite) shell.observe({ type: "push-finished", push: identity });
      return { type: "called", results, begins: ranges.map(({ begin }) => begin) };
    },
    abandon: () => {},
  };
}
