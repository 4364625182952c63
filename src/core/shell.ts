/**
 * What surrounds every role: sessions with its peers, membership, the registry's records, heartbeats, counters.
 * `NodeShell` (node-shell.ts) is the node; the role inside it says only what is its own.
 */
import type { CheckpointAnswer, CheckpointRequest } from "./checkpoint/checkpoint-files.ts";
import type { Compressor } from "./compressor.ts";
import type { Micros, NodeId } from "./ids.ts";
import type { JobSpec } from "./job.ts";
import type { Message } from "./message/message.ts";
import type { Channel, Effect, Event, Wait } from "./node.ts";
import type { NodeStatistics } from "./application.ts";
import type { BufferSize, Holding, Observation } from "./observation.ts";
import type { NodeOptions } from "./options.ts";
import type { RegistryAnswer, RegistryRecord, RegistryRequest } from "./registry/registry.ts";
import type { View } from "./ring/view.ts";

/** What a role implements. The shell has checked sessions and incarnations before a message gets here. */
export interface RoleLogic {
  /** The node is registered, and the registry's records are known. */
  started(): void;
  received(from: NodeId, message: Message): void;
  timerFired(timer: string): void;
  /** A record appeared, changed, or (undefined) went. The shell has applied members, view and job before. */
  recordChanged(key: string, record: RegistryRecord | undefined): void;
  /** Events that only this role knows: computed, share-loaded, share-failed, stop-requested. */
  handle(event: Event): void;
  /** The acting manager has been silent for longer than `suspectAfterMs`: at each heartbeat while that lasts. */
  managerSuspected?(silentMs: number): void;
  /** The role's own counters; the shell adds its traffic. */
  statistics(): Pick<NodeStatistics, "slots" | "tasksFinished">;
  /** Of a server: what it holds. */
  holdings?(): readonly Holding[];
  /** Its own buffers, each kind by the option that limits it: the fullest of its kind. */
  buffers?(): readonly BufferSize[];
  /** Messages of a newer view than this node's, in order, which it was to take when it knows of it: another lineage's role does. */
  kept?(): readonly KeptMessage[];
  why(now: Micros): readonly Wait[];
  digest(): number;
}

export interface KeptMessage {
  readonly from: NodeId;
  readonly message: Message;
}

/** What a role may use. */
export interface Shell {
  readonly options: NodeOptions;
  readonly id: NodeId;
  readonly incarnation: number;
  /** Time of the step under way. */
  readonly now: Micros;
  readonly compressor: Compressor;
  /** Registered nodes, by name. */
  readonly members: ReadonlyMap<NodeId, Member>;
  /** The newest view adopted. */
  readonly view: View | undefined;
  /** The job that was submitted. */
  readonly job: JobSpec | undefined;
  /** The current leader of a control role, and its term. */
  leader(role: "manager" | "scheduler"): { readonly node: NodeId; readonly term: number } | undefined;
  record(key: string): RegistryRecord | undefined;

  /** Sends within the session; a peer that is not registered yet gets it when it is. Messages to itself are allowed. */
  send(to: NodeId, channel: Channel, message: Message, traffic?: Traffic): void;
  setTimer(timer: string, at: Micros): void;
  cancelTimer(timer: string): void;
  effect(effect: Effect): void;
  observe(fact: Observation): void;
  /** `answered` runs in the step that brings the answer. */
  registry(request: RegistryRequest, answered: (answer: RegistryAnswer) => void): void;
  /** The same, of the folder that keeps checkpoints. */
  checkpoints(request: CheckpointRequest, answered: (answer: CheckpointAnswer) => void): void;
  /** Ends the whole job: writes the `failure` record, observes it, and stops the node. */
  fail(reason: string): void;
}

/** How a message is to be sent, and what its filters saved. */
export interface Traffic {
  /** Snappy over the payload. */
  readonly isCompressed: boolean;
  /** For each filter kind, in the order of `filterKinds`: bytes that it saved on this message, snappy left at 0. */
  readonly savedBytes: readonly number[];
}

export interface Member {
  readonly node: NodeId;
  readonly incarnation: number;
  readonly address: string;
}
