/** A frame at the end of its way. */
import type { Channel } from "../../core/index.ts";
import { kinds } from "./event-kinds.ts";
import type { Item, Life } from "./home.ts";
import { type Connection, copyFrame } from "./network.ts";

export function arrivalOf(
  life: Life,
  channel: Channel,
  frame: Uint8Array,
  connection: Connection | undefined,
): Item {
  const bytes = copyFrame(frame);
  const event = { type: "received", channel, frame: bytes } as const;
  return { type: "event", life, event, kind: kinds.received, bytes, connection };
}
