/** The requests that a server answers, by name. */
import type { Message, PushMessage } from "../message/message.ts";

export type { PushMessage } from "../message/message.ts";
export type PullMessage = Extract<Message, { readonly type: "pull" }>;
export type CallMessage = Extract<Message, { readonly type: "call" }>;
export type Request = PushMessage | PullMessage | CallMessage;
/** A call is one of these where it `isWrite`: then it is a push in every respect (docs/protocol.md 1). */
export type WriteRequest = PushMessage | CallMessage;
/** A call is one of these where it only reads. */
export type ReadRequest = PullMessage | CallMessage;

/** A request as people name it. */
export function describeRequest({ type, part }: Request): string {
  return `${type} ${part.time}/${part.op} of slot ${part.slot}`;
}
