/** Every limit, timeout and size of a node, with its unit in the name (docs/options.md has a line for each). */
import type { NodeId } from "./ids.ts";
import { protocolVersion } from "./message/frame.ts";

export interface NodeOptions {
  readonly id: NodeId;
  /** Nodes of another cluster are refused. */
  readonly clusterId: string;
  /** What the node speaks: in a cluster that speaks another version it is refused. */
  readonly protocolVersion: number;
  /** Where peers reach the node, `host:port`; empty in the simulator. */
  readonly address: string;
  /** Servers and workers that the manager and the scheduler wait for before the job starts. */
  readonly serverCount: number;
  readonly workerCount: number;
  /** Points of each server on the ring. */
  readonly virtualServers: number;
  /** Replicas of each segment beside its master, as far as there are servers. */
  readonly replicas: number;
  readonly heartbeatIntervalMs: number;
  /** Silence after which a peer counts as dead. */
  readonly suspectAfterMs: number;
  /** After that, the time that the last holder of a segment is waited for before the segment counts as lost. */
  readonly lostAfterMs: number;
  /** The manager waits so long for more news of filled servers before it writes the next view. */
  readonly viewBatchMs: number;
  /** How long a node that does not hear from the manager goes on without an answer of the registry either. */
  readonly registryLostAfterMs: number;
  /** First wait before an unacknowledged message is sent again; doubles up to `retransmitMaxMs`. */
  readonly retransmitAfterMs: number;
  readonly retransmitMaxMs: number;
  /** Longest time that an arrival goes without an acknowledgement where nothing is sent that could carry it. */
  readonly acknowledgeAfterMs: number;
  /** Unacknowledged messages of one session before the sender queues. */
  readonly sessionWindowMessages: number;
  /**
   * Unacknowledged bytes of one session before the sender queues. As much is held beyond a gap, and of frames that came
   * before their sender's record; each may be passed by one frame.
   */
  readonly sessionWindowBytes: number;
  /** Messages queued behind a full window before the node fails, naming the peer. */
  readonly sessionQueueMessagesMax: number;
  /** Largest frame that is sent or believed. */
  readonly frameBytesMax: number;
  /** Key lists that a server keeps by hash, in bytes of keys. */
  readonly keyListCacheBytesMax: number;
  /** Parts held for one parameter and segment until their aggregate is complete, in bytes. */
  readonly heldBytesMax: number;
  /** Requests that came before the job or the view that they need, in bytes. */
  readonly earlyBytesMax: number;
  /** Pulls and calls waiting at one segment. */
  readonly waitingReadsMax: number;
  /** A read of a checkpoint that fails, and not for what is in it, is tried again for so long before the checkpoint counts as damaged. */
  readonly checkpointReadRetryMs: number;
  /** Rows that a holder sends at once to a server that it fills, in bytes: the next ones go when they have arrived. */
  readonly fillChunkBytes: number;
  /** Of rows that a server sends to those that it fills, all together. */
  readonly fillBytesPerSecondMax: number;
  /** Wait before a retriable refusal is tried again. */
  readonly retryAfterMs: number;
  /** How long a lost worker's slots wait for a newcomer before a worker that holds others takes them; 0: not at all. */
  readonly replaceAfterMs: number;
  /** Tasks that are issued beyond the frontier. */
  readonly tasksAheadMax: number;
  /** Tasks of one slot whose programs run at once (needs tau > 0). */
  readonly tasksAtOnceMax: number;
  /** How often a node tells its counters, at a heartbeat. */
  readonly countIntervalMs: number;
}

export const defaultNodeOptions: Omit<
  NodeOptions,
  "id" | "clusterId" | "address" | "serverCount" | "workerCount"
> = {
  protocolVersion,
  virtualServers: 4,
  replicas: 0,
  heartbeatIntervalMs: 100,
  suspectAfterMs: 2000,
  registryLostAfterMs: 5000,
  lostAfterMs: 5000,
  viewBatchMs: 10,
  retransmitAfterMs: 1000,
  retransmitMaxMs: 8000,
  acknowledgeAfterMs: 200,
  sessionWindowMessages: 4096,
  sessionWindowBytes: 128 * 1024 * 1024,
  sessionQueueMessagesMax: 65536,
  frameBytesMax: 256 * 1024 * 1024,
  keyListCacheBytesMax: 1024 * 1024 * 1024,
  heldBytesMax: 1024 * 1024 * 1024,
  earlyBytesMax: 1024 * 1024 * 1024,
  waitingReadsMax: 65536,
  checkpointReadRetryMs: 5000,
  fillChunkBytes: 256 * 1024,
  fillBytesPerSecondMax: 256 * 1024 * 1024,
  retryAfterMs: 20,
  replaceAfterMs: 500,
  tasksAheadMax: 256,
  tasksAtOnceMax: 64,
  countIntervalMs: 250,
};
