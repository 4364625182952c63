/** The nodes of a small cluster, what they say to each other, and what was heard. */
import type { Envelope, Message, NodeId } from "../../../src/core/index.ts";
import { taskTime } from "../../../src/core/index.ts";
import { encodeEnvelope } from "../../../src/core/message/codec.ts";
import { Cluster, type Host, plain } from "./cluster.ts";

export const server: NodeId = "server-0" as NodeId;
export const worker: NodeId = "worker-0" as NodeId;
export const second = 1_000_000;

/** A message that means nothing to the shell, told apart by its term. */
export function said(term: number, above: readonly number[] = []): Message {
  return { type: "frontier", view: 0, term, frontier: { floor: taskTime(0), above: above.map(taskTime) } };
}

export function heardBy(host: Host): string[] {
  return host.role.heard.map(({ from, message }) => {
    return `${from} ${message.type === "frontier" ? message.term : message.type}`;
  });
}

export function started(...ids: string[]): Cluster {
  const cluster = new Cluster();
  for (const id of ids) cluster.start(id);
  cluster.run(second / 10);
  return cluster;
}

export function hostOf(cluster: Cluster, id: string): Host {
  return cluster.hosts.get(id) as Host;
}

/** A record as it is, as its change would tell. */
export function change(cluster: Cluster, key: string): { type: "put"; record: never } {
  return { type: "put", record: cluster.recordOf(key) as never };
}

export function poke(cluster: Cluster, id: string): void {
  cluster.post(0, hostOf(cluster, id), { type: "connected", peer: "worker-9" as NodeId, channel: "data" });
}

/** The first frame of the first life of a worker to that of a server, where nothing else is said. */
export function frameOf(changes: Partial<Envelope> = {}): Uint8Array {
  const lives = { from: worker, fromIncarnation: 1, to: server, toIncarnation: 1 };
  const envelope = { ...lives, sequence: 1, acknowledged: 0, message: said(1), ...changes };
  return encodeEnvelope(envelope, { compressor: plain, isCompressed: false }).frame;
}
