/** The registry at the other end of a gRPC channel, served by the manager's process. */
import * as grpc from "@grpc/grpc-js";
import type { RegistryAnswer, RegistryChange } from "../../core/index.ts";
import { registryService } from "../proto.ts";
import { channelOptions } from "../transport/dial.ts";
import { clientMetadata } from "../transport/handshake.ts";
import type { TransportLimits } from "../transport/limits.ts";
import {
  type AnswerMessage,
  type BatchMessage,
  type RequestMessage,
  fromAnswerMessage,
  fromChangeMessages,
  toRequestMessage,
} from "./registry-messages.ts";
import type { Changed, Execute, RegistryPort } from "./registry-port.ts";

export interface RegistryClientOptions {
  /** `host:port` of the manager. */
  readonly address: string;
  readonly credentials: grpc.ChannelCredentials;
  /** Undefined: whichever answers there. */
  readonly clusterId: string | undefined;
  readonly limits: TransportLimits;
  /** A request that is not answered by then is answered `unavailable`. */
  readonly requestTimeoutMs: number;
  /** The registry will never answer this caller: it is another cluster's, or speaks another version. */
  readonly refused?: (reason: string) => void;
}

export const registryRequestTimeoutMs = 2_000;
const rewatchMinMs = 50;
const rewatchMaxMs = 1_000;
/** Answers come from the cluster's own registry, which limits what it holds. */
const answerBytesMax = 256 * 1024 * 1024;

interface RawClient {
  Execute(
    request: RequestMessage,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: (error: grpc.ServiceError | null, answer?: AnswerMessage) => void,
  ): void;
  Watch(
    request: { readonly prefix: string },
    metadata: grpc.Metadata,
  ): grpc.ClientReadableStream<BatchMessage>;
  close(): void;
}

export class RegistryClient implements RegistryPort {
  private readonly options: RegistryClientOptions;
  private readonly client: RawClient;
  private readonly watches: Set<Watch> = new Set();
  private isClosed = false;

  constructor(options: RegistryClientOptions) {
    this.options = options;
    const Client = grpc.makeClientConstructor(registryService, "Registry");
    this.client = new Client(options.address, options.credentials, {
      ...channelOptions(options.limits),
      "grpc.max_receive_message_length": answerBytesMax,
    }) as unknown as RawClient;
  }

  execute(request: Execute): Promise<RegistryAnswer> {
    const { requestTimeoutMs } = this.options;
    if (this.isClosed) return Promise.resolve(unavailable("the registry's client is closed"));
    return new Promise((resolve) => {
      const options = { deadline: Date.now() + requestTimeoutMs };
      this.client.Execute(toRequestMessage(request), this.metadata(), options, (error, answer) => {
        if (error === null) return resolve(fromAnswerMessage(answer ?? {}));
        if (error.code === grpc.status.FAILED_PRECONDITION) this.wasRefused(error.details);
        resolve(unavailable(this.said(error.details)));
      });
    });
  }

  watch(prefix: string, changed: Changed): () => void {
    const start = (): ReturnType<RawClient["Watch"]> => this.client.Watch({ prefix }, this.metadata());
    const watch = new Watch(start, changed, (details) => this.wasRefused(details));
    this.watches.add(watch);
    watch.open();
    return () => {
      this.watches.delete(watch);
      watch.close();
    };
  }

  close(): Promise<void> {
    this.isClosed = true;
    for (const watch of this.watches) watch.close();
    this.watches.clear();
    this.client.close();
    return Promise.resolve();
  }

  private wasRefused(details: string): void {
    this.options.refused?.(this.said(details));
  }

  private said(details: string): string {
    return `the registry at ${this.options.address}: ${details}`;
  }

  /** Calls wait for a connection up to their deadline: nodes may start before the manager. */
  private metadata(): grpc.Metadata {
    const metadata = clientMetadata(this.options.clusterId);
    metadata.setOptions({ waitForReady: true });
    return metadata;
  }
}

/** One watch, opened again whenever its stream is lost; the watcher sees only the difference. */
class Watch {
  private readonly start: () => grpc.ClientReadableStream<BatchMessage>;
  private readonly changed: Changed;
  private readonly refused: (details: string) => void;
  /** Revision of each record as the watcher knows it. */
  private readonly known: Map<string, number> = new Map();
  private call: grpc.ClientReadableStream<BatchMessage> | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;
  private waitMs = rewatchMinMs;
  private hasBegun = false;
  private isClosed = false;

  constructor(
    start: () => grpc.ClientReadableStream<BatchMessage>,
    changed: Changed,
    refused: (details: string) => void,
  ) {
    this.start = start;
    this.changed = changed;
    this.refused = refused;
  }

  open(): void {
    let isFirst = true;
    const call = this.start();
    this.call = call;
    call.on("data", (batch: BatchMessage) => {
      if (this.call !== call) return;
      this.waitMs = rewatchMinMs;
      const changes = fromChangeMessages(batch.changes);
      const news = isFirst ? this.difference(changes) : changes;
      isFirst = false;
      for (const change of news) this.remember(change);
      if (news.length > 0 || !this.hasBegun) this.changed(news, batch.revision);
      this.hasBegun = true;
    });
    call.on("error", () => {});
    call.on("status", ({ code, details }) => {
      if (this.call !== call) return;
      if (code === grpc.status.FAILED_PRECONDITION) this.refused(details);
      this.openLater();
    });
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    const call = this.call;
    this.call = undefined;
    call?.cancel();
  }

  private openLater(): void {
    this.call = undefined;
    if (this.isClosed) return;
    this.timer = setTimeout(() => this.open(), this.waitMs);
    this.waitMs = Math.min(this.waitMs * 2, rewatchMaxMs);
  }

  /** What happened between what is known and what is there now. */
  private difference(present: readonly RegistryChange[]): readonly RegistryChange[] {
    const keys = new Set<string>();
    const changes: RegistryChange[] = [];
    for (const change of present) {
      if (change.type !== "put") continue;
      keys.add(change.record.key);
      if (this.known.get(change.record.key) !== change.record.modified) changes.push(change);
    }
    for (const [key, modified] of this.known) {
      if (!keys.has(key)) changes.push({ type: "deleted", key, modified });
    }
    return changes;
  }

  private remember(change: RegistryChange): void {
    if (change.type === "put") this.known.set(change.record.key, change.record.modified);
    else this.known.delete(change.key);
  }
}

function unavailable(reason: string): RegistryAnswer {
  return { type: "unavailable", reason };
}
