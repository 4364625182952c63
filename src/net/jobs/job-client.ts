/** Submits a job to a running cluster, follows it, and fetches what came of it. */
import * as grpc from "@grpc/grpc-js";
import {
  type FailureRecord,
  type JobResult,
  type JobSpec,
  type LineageRecord,
  type NodeId,
  type Progress,
  type RegistryChange,
  nodeId,
  parseFailureRecord,
  parseLineageRecord,
  parseNodeRecord,
  parseTermRecord,
  recordKeys,
} from "../../core/index.ts";
import { jobsService } from "../proto.ts";
import { RegistryClient, registryRequestTimeoutMs } from "../registry/registry-client.ts";
import { type TlsFiles, clientCredentials } from "../security/credentials.ts";
import { tlsRefusal } from "../security/tls-probe.ts";
import { channelOptions } from "../transport/dial.ts";
import { clientMetadata } from "../transport/handshake.ts";
import { type TransportLimits, defaultTransportLimits } from "../transport/limits.ts";
import { readOutcome } from "./outcome-reader.ts";
import type { OutcomePart } from "./outcome-keeper.ts";

export interface JobClientOptions {
  /** `host:port` of the manager. */
  readonly address: string;
  readonly tls: TlsFiles | undefined;
  /** Undefined: whichever cluster answers there. */
  readonly clusterId: string | undefined;
  readonly limits?: TransportLimits;
  /** The cluster counts as lost when its registry has not answered for this long. */
  readonly lostAfterMs?: number;
}

export interface JobEvents {
  /** Enough nodes are there, and the job was given to them. */
  assigned?(): void;
  /** Every line of progress, once and in order. */
  progress(progress: Progress): void;
  /** It was rolled back to a checkpoint: lines of progress after that are told again. */
  rolledBack?(lineage: LineageRecord): void;
  /** The job ended well; its outcome can be fetched. */
  ended(): void;
  failed(failure: FailureRecord): void;
  /** A node was registered, or (undefined) is gone. */
  node?(node: string, address: string | undefined): void;
  /** Any record is new, has changed, or (undefined) is gone. */
  changed?(key: string, value: string | undefined): void;
  /** The registry cannot be reached any more. */
  lost(reason: string): void;
}

/** A registry that has lost its leader has another one within some seconds. */
const submitWithinMs = 6_000;
/** How often a cluster that says nothing is looked for, at most. */
const lookAfterMs = 1_000;
const defaultLostAfterMs = 8_000;

export class JobClient {
  private readonly options: JobClientOptions;
  private readonly registry: RegistryClient;
  private readonly ends: Set<() => void> = new Set();
  private refusal: string | undefined = undefined;

  constructor(options: JobClientOptions) {
    this.options = options;
    this.registry = new RegistryClient({
      address: options.address,
      credentials: clientCredentials(options.tls, "manager", options.clusterId),
      clusterId: options.clusterId,
      limits: this.limits,
      // What is not answered by then is lost: who waits longer learns too late that another manager is to be asked.
      requestTimeoutMs: Math.min(registryRequestTimeoutMs, this.lostAfterMs),
      refused: (reason) => {
        this.refusal = reason;
      },
    });
  }

  /** What the cluster said no to, by identity or permission, it will not take later either. */
  get isRefused(): boolean {
    return this.refusal !== undefined;
  }

  /** Resolves to the reason why the cluster did not take the job, or undefined. */
  async submit(job: JobSpec): Promise<string | undefined> {
    const value = JSON.stringify(job);
    const end = performance.now() + submitWithinMs;
    for (let isRepeated = false; ; isRepeated = true) {
      const answer = await this.registry.execute({
        type: "transact",
        compare: [{ key: recordKeys.job, modified: 0 }],
        writes: [{ type: "put", key: recordKeys.job, value, lease: 0 }],
      });
      if (answer.type === "refused") return answer.reason;
      if (answer.type === "unavailable") {
        // A manager that is starting or busy may answer the next time.
        if (!isRepeated) this.refusal ??= await tlsRefusal(this.options);
        if (this.refusal !== undefined) return this.refusal;
        if (performance.now() > end) return answer.reason;
        continue;
      }
      if (answer.type === "transacted" && answer.succeeded) return undefined;
      // The first try may have been done, and its answer lost.
      if (isRepeated && (await this.recordOf(recordKeys.job)) === value) return undefined;
      return `the cluster at ${this.options.address} has a job already: a cluster runs one`;
    }
  }

  /** Asks for a checkpoint as the next pass begins. Resolves to the reason why it could not, or undefined. */
  async wantCheckpoint(id: string): Promise<string | undefined> {
    const value = JSON.stringify({ id });
    const end = performance.now() + submitWithinMs;
    for (;;) {
      const answer = await this.registry.execute({
        type: "transact",
        compare: [],
        writes: [{ type: "put", key: recordKeys.checkpointWanted, value, lease: 0 }],
      });
      if (answer.type === "transacted") return undefined;
      if (this.refusal !== undefined) return this.refusal;
      if (answer.type === "refused") return answer.reason;
      if (performance.now() > end) return answer.type === "unavailable" ? answer.reason : answer.type;
    }
  }

  /** Returns what ends the watching. */
  follow(events: JobEvents): () => void {
    /** Lines of the record as it was seen last: what is done again after a rollback is another line, and what was kept is not. */
    let told: ReadonlySet<string> = new Set();
    let lineage = 1;
    let begunAt = 0;
    const changed = (changes: readonly RegistryChange[]): void => {
      for (const change of changes) {
        const modified = change.type === "put" ? change.record.modified : 0;
        const key = change.type === "put" ? change.record.key : change.key;
        const value = change.type === "put" ? change.record.value : undefined;
        events.changed?.(key, value);
        if (key.startsWith(recordKeys.nodesPrefix)) tellNode(events, key, value);
        if (value === undefined) continue;
        if (key === recordKeys.slots) events.assigned?.();
        if (key === recordKeys.lineage) {
          const begun = parseLineageRecord(value);
          if (typeof begun === "string" || begun.lineage <= lineage) continue;
          lineage = begun.lineage;
          begunAt = modified;
          events.rolledBack?.(begun);
        } else if (key === recordKeys.progress) {
          // Still of the lineage that is over.
          if (modified < begunAt) continue;
          // The record holds the newest lines, by ascending pass.
          const lines = JSON.parse(value) as readonly Progress[];
          const texts = lines.map((line) => JSON.stringify(line));
          lines.forEach((line, i) => told.has(texts[i]) || events.progress(line));
          told = new Set(texts);
        } else if (key === recordKeys.failure) {
          const failure = parseFailureRecord(value);
          events.failed(typeof failure === "string" ? { reason: failure, node: "unknown" } : failure);
        } else if (key === recordKeys.result) {
          // From now on the cluster leaves, and the manager before the scheduler whose model is being fetched.
          endLook();
          events.ended();
        }
      }
    };
    const endLook = this.lookForLoss(events);
    const endWatch = this.registry.watch("", changed);
    const end = (): void => {
      endWatch();
      endLook();
      this.ends.delete(end);
    };
    this.ends.add(end);
    return end;
  }

  /** Waits for the job's outcome at the scheduler; rejects with the reason when there is none. */
  async outcome(): Promise<JobResult> {
    const { scheduler, address } = await this.actingScheduler();
    const Client = grpc.makeClientConstructor(jobsService, "Jobs");
    const { tls, clusterId } = this.options;
    const client = new Client(
      address,
      clientCredentials(tls, scheduler, clusterId),
      channelOptions(this.limits),
    ) as unknown as {
      Outcome(request: object, metadata: grpc.Metadata): grpc.ClientReadableStream<OutcomePart>;
      close(): void;
    };
    try {
      return await readOutcome(client.Outcome({}, clientMetadata(clusterId)));
    } catch (error) {
      throw new Error(`the scheduler at ${address} gave no outcome: ${(error as Error).message}`);
    } finally {
      client.close();
    }
  }

  async close(): Promise<void> {
    for (const end of this.ends) end();
    await this.registry.close();
  }

  private async recordOf(key: string): Promise<string | undefined> {
    const answer = await this.registry.execute({ type: "read", prefix: key });
    const records = answer.type === "records" ? answer.records : [];
    return records.find((record) => record.key === key)?.value;
  }

  private get lostAfterMs(): number {
    return this.options.lostAfterMs ?? defaultLostAfterMs;
  }

  private get limits(): TransportLimits {
    return this.options.limits ?? defaultTransportLimits;
  }

  /** The acting scheduler, once it is registered: a cluster takes a job before all of its nodes are. */
  private actingScheduler(): Promise<{ readonly scheduler: NodeId; readonly address: string }> {
    const addresses = new Map<string, string>();
    let leader = "";
    const withinMs = this.lostAfterMs;
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        settle();
        // Not in the watch's own call: it may not have returned yet.
        setImmediate(() => end());
      };
      const timer = setTimeout(() => {
        const said = `nobody at ${this.options.address} knew of a scheduler within ${withinMs / 1000} s`;
        done(() => reject(new Error(said)));
      }, withinMs);
      const end = this.registry.watch("", (changes) => {
        for (const change of changes) {
          if (change.type !== "put") continue;
          const { key, value } = change.record;
          if (key === recordKeys.term("scheduler")) {
            const term = parseTermRecord(value);
            if (typeof term === "string") return done(() => reject(new Error(term)));
            leader = term.leader;
          } else if (key.startsWith(recordKeys.nodesPrefix)) {
            const node = parseNodeRecord(value);
            if (typeof node === "string") return done(() => reject(new Error(node)));
            addresses.set(key, node.address);
          }
        }
        const address = addresses.get(recordKeys.node(leader));
        if (address !== undefined) done(() => resolve({ scheduler: nodeId(leader), address }));
      });
    });
  }

  private lookForLoss(events: JobEvents): () => void {
    const { lostAfterMs } = this;
    const everyMs = Math.min(lookAfterMs, lostAfterMs / 4);
    let heardAt = performance.now();
    let isEnded = false;
    let timer: NodeJS.Timeout | undefined = undefined;
    const look = async (): Promise<void> => {
      const answer = await this.registry.execute({ type: "read", prefix: recordKeys.failure });
      if (isEnded) return;
      if (answer.type !== "unavailable") heardAt = performance.now();
      else if (performance.now() - heardAt > lostAfterMs) {
        return events.lost(`${answer.reason}; nothing was heard for ${lostAfterMs / 1000} s`);
      }
      timer = setTimeout(() => void look(), everyMs);
    };
    timer = setTimeout(() => void look(), everyMs);
    return () => {
      isEnded = true;
      clearTimeout(timer);
    };
  }
}

function tellNode(events: JobEvents, key: string, value: string | undefined): void {
  const record = value === undefined ? undefined : parseNodeRecord(value);
  const address = typeof record === "object" && record.gone === undefined ? record.address : undefined;
  events.node?.(key.slice(recordKeys.nodesPrefix.length), address);
}
