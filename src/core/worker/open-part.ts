/** A part on its way: what was asked, of whom, and since when. */
import type { Micros, NodeId } from "../ids.ts";
import type { PartId } from "../message/message.ts";
import type { WaitEdge } from "../node.ts";
import { segmentName, type View } from "../ring/view.ts";
import type { ProgramReply, ProgramRequest } from "./program.ts";
import type { Answer, RequestKind, SplitRequest } from "./request.ts";
import type { TaskRun } from "./task-run.ts";

/** One request of a program, with all that it holds: resumed when nothing is open. */
export interface Asked {
  readonly run: TaskRun;
  readonly request: ProgramRequest;
  readonly leaves: readonly SplitRequest[];
  /** In the order in which they were asked. */
  readonly parts: OpenPart[];
  /** Parts that are not answered. */
  openCount: number;
}

export interface OpenPart {
  readonly asked: Asked;
  readonly split: SplitRequest;
  /** Which part of the split request. */
  readonly index: number;
  readonly segment: number;
  /** The segment ends where the next began, or at 2^32. */
  readonly segmentEnd: number;
  /** When it was asked first. */
  readonly since: Micros;
  server: NodeId;
  viewNumber: number;
  isAnswered: boolean;
  refusals: number;
  /** Undefined: on its way. */
  retryAt: Micros | undefined;
}

/** An unanswered part as a wait: what for, and since when. */
export interface Unanswered {
  readonly since: Micros;
  readonly blocked: string;
  readonly waitsFor: string;
  readonly edge: WaitEdge;
}

/** Puts the replies, which are in the order of the requests, into the request's shape. */
export function replyTo(request: ProgramRequest, replies: Iterator<ProgramReply>): ProgramReply {
  if (request.type !== "all") return replies.next().value as ProgramReply;
  return { type: "all", replies: request.requests.map((each) => replyTo(each, replies)) };
}

export function unansweredOf(part: OpenPart): Unanswered {
  const { server, segment, since } = part;
  return {
    since,
    blocked: describe(part),
    waitsFor: `${server}, segment ${segmentName(segment)}`,
    edge: edgeOf(part),
  };
}

export function edgeOf({ split, server, segment }: OpenPart): WaitEdge {
  return { kind: "reply", server, segment, time: split.run.task.time, op: split.op };
}

/** The part of that name. Pulls are numbered apart from ops: the kind tells them apart. */
export function findPart({ parts }: Asked, kind: RequestKind, id: PartId): OpenPart | undefined {
  for (const part of parts) {
    if (part.segment !== id.segment) continue;
    const { split } = part;
    if (split.op === id.op && split.parameter === id.parameter && split.kind === kind) return part;
  }
  return undefined;
}

export function describe({ split }: OpenPart): string {
  const { kind, spec, op, run } = split;
  return `${kind} ${run.task.time}/${op} of ${spec.name} at slot ${run.slot}`;
}

export function kindOf(answer: Answer): RequestKind {
  if (answer.type === "pushed") return "push";
  return answer.type === "pulled" ? "pull" : "call";
}

export function segmentEnd(view: View, index: number): number {
  return index + 1 < view.segments.length ? view.segments[index + 1].begin : 2 ** 32;
}
