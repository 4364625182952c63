/** The server's end of a channel's stream. */
import * as grpc from "@grpc/grpc-js";
import type { DuplexCall } from "./frame-stream.ts";

export interface AcceptEvents {
  message(bytes: Buffer): void;
  /** Comes once, last. Undefined: the peer ended it in good order. */
  ended(reason: string | undefined): void;
}

export type ServerCall = grpc.ServerDuplexStream<Buffer, Buffer>;

/** What may still be written before a cut connection is destroyed, so that the reason reaches a peer that reads. */
const lastWordsMs = 200;

export function accept(
  call: ServerCall,
  cutConnection: (peer: string) => void,
  events: AcceptEvents,
): DuplexCall {
  let isEnded = false;
  const end = (reason: string | undefined): void => {
    if (isEnded) return;
    isEnded = true;
    events.ended(reason);
  };
  call.on("data", (bytes: Buffer) => {
    if (!isEnded) events.message(bytes);
  });
  call.on("end", () => {
    call.end();
    end(undefined);
  });
  call.on("cancelled", () => end("the peer cancelled the stream or hung up"));
  call.on("error", (error: Error) => end(error.message));
  call.on("close", () => end("the connection was closed"));
  const peer = call.getPeer();
  return {
    write: (message, written) => {
      if (!isEnded) call.write(message, written);
    },
    pause: () => call.pause(),
    resume: () => call.resume(),
    cut: (reason) => {
      end(reason);
      refuse(call, grpc.status.ABORTED, reason);
      setTimeout(() => cutConnection(peer), lastWordsMs).unref();
    },
  };
}

/** Ends a call with a status. */
export function refuse(call: ServerCall, code: grpc.status, reason: string): void {
  if (call.listenerCount("error") === 0) call.on("error", () => {});
  call.on("cancelled", () => {});
  call.emit("error", Object.assign(new Error(reason), { code, details: reason }));
}
