/** Facts that only the world can tell, in true time: who is heard where, and what the registry has. */
import {
  type Compressor,
  decodeEnvelope,
  isNodeId,
  messageTypeOf,
  type Observation,
  parseTermRecord,
  recordKeys,
  type RegistryRequest,
} from "../../core/index.ts";
import { kinds } from "./event-kinds.ts";
import type { Item } from "./home.ts";

/** A heartbeat that comes to a manager; undefined: the item is something else. */
export function heartbeatIn(item: Item, compressor: Compressor): Observation | undefined {
  // By its kind first: to ask an event of any shape for its type is what would cost most here.
  if (item.type !== "event" || item.kind !== kinds.received || item.event.type !== "received")
    return undefined;
  const { frame } = item.event;
  if (item.event.channel !== "control" || messageTypeOf(frame) !== "heartbeat") return undefined;
  const { id: manager } = item.life.home;
  if (item.connection?.isOpen === false || !manager.startsWith("manager-")) return undefined;
  const decoded = decodeEnvelope(frame, { compressor, frameBytesMax: frame.length });
  if (!decoded.ok || decoded.envelope.message.type !== "heartbeat") return undefined;
  const { from: peer, fromIncarnation: incarnation, toIncarnation: managerIncarnation } = decoded.envelope;
  return { type: "heartbeat-arrived", peer, incarnation, manager, managerIncarnation };
}

const termKeys: readonly string[] = [recordKeys.term("manager"), recordKeys.term("scheduler")];

/** What a transaction that was done has written. */
export function writtenBy(by: string, request: RegistryRequest): readonly Observation[] {
  if (request.type !== "transact" || !isNodeId(by)) return [];
  return request.writes.map((write) => {
    const record = write.type === "put" && termKeys.includes(write.key) ? parseTermRecord(write.value) : "";
    const term = typeof record === "string" ? undefined : record.term;
    return { type: "record-written", key: write.key, by, term };
  });
}
