/** A frame at the end of its way. */
import { type Channel, hasArrays } from "../../core/index.ts";
import { kinds } from "./event-kinds.ts";
import type { Item, Life } from "./home.ts";
import { type Connection, copyFrame } from "./network.ts";

export function arrivalOf(
  life: Life,
  channel: Channel,
  frame: Uint8Array,
  connection: Connection | undefined,
): Item {
  // What is decoded views the arrays where they are, and owns them: all else is copied out of the frame.
  const bytes = hasArrays(frame) ? copyFrame(frame) : frame;
  const event = { type: "received", channel, frame: bytes } as const;
  return { type: "event", life, event, kind: kinds.received, bytes, connection };
}
