/** The registry at the other end of a gRPC channel, served by the manager's process. */
import * as grpc from "@grpc/grpc-js";
import {
  type RegistryAnswer,
  type RegistryChange,
  type RegistryRecord,
  recordKeys,
} from "../../core/index.ts";
import { registryService } from "../proto.ts";
import { channelOptions } from "../transport/dial.ts";
import { clientMetadata } from "../transport/handshake.ts";
import type { TransportLimits } from "../transport/limits.ts";
import { KnownRecords } from "./known-records.ts";
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
  /** The registry cannot be reached, or says no; it is asked again. Each reason is told once, until it is heard again. */
  readonly troubled?: (reason: string) => void;
}

/** Shorter than `registryLostAfterMs`, so that a node asks twice before it believes that it is alone. */
export const registryRequestTimeoutMs = 2_000;
/** From a watch that was lost to the next: the first wait, and where its doubling ends. */
const rewatchMinMs = 50;
const rewatchMaxMs = 1_000;
/** Asking again would bring the same. */
const finalCodes: readonly grpc.status[] = [
  grpc.status.FAILED_PRECONDITION,
  grpc.status.PERMISSION_DENIED,
  grpc.status.UNAUTHENTICATED,
];
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
  private toldTrouble: string | undefined = undefined;
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
    if (this.isClosed) return Promise.resolve(unavailable("the registry's client is closed"));
    // Nodes may start before the manager.
    return this.ask(request, true);
  }

  watch(prefix: string, changed: Changed): () => void {
    const watch = new Watch({
      start: () => this.client.Watch({ prefix }, this.metadata(true)),
      silentAfterMs: this.options.requestTimeoutMs,
      silent: () => this.findOutWhy(),
      heard: () => this.answered(),
      changed,
      ended: (code, details) => this.failed(code, details),
    });
    this.watches.add(watch);
    watch.open();
    return () => {
      this.watches.delete(watch);
      watch.close();
    };
  }

  get watcherCount(): number {
    return this.watches.size;
  }

  close(): Promise<void> {
    this.isClosed = true;
    for (const watch of this.watches) watch.close();
    this.watches.clear();
    this.client.close();
    return Promise.resolve();
  }

  private ask(request: Execute, waitForReady: boolean): Promise<RegistryAnswer> {
    return new Promise((resolve) => {
      const options = { deadline: Date.now() + this.options.requestTimeoutMs };
      this.client.Execute(
        toRequestMessage(request),
        this.metadata(waitForReady),
        options,
        (error, answer) => {
          if (error === null) {
            this.answered();
            return resolve(fromAnswerMessage(answer ?? {}));
          }
          this.failed(error.code, error.details);
          resolve(unavailable(this.said(error.details)));
        },
      );
    });
  }

  /** A call that waits for a connection does not say why there is none; one that does not wait does. */
  private findOutWhy(): void {
    if (!this.isClosed) void this.ask({ type: "read", prefix: recordKeys.cluster }, false);
  }

  private answered(): void {
    this.toldTrouble = undefined;
  }

  private failed(code: grpc.status, details: string): void {
    if (this.isClosed) return;
    const reason = this.said(details);
    if (finalCodes.includes(code)) return this.options.refused?.(reason);
    if (reason === this.toldTrouble) return;
    this.toldTrouble = reason;
    this.options.troubled?.(reason);
  }

  private said(details: string): string {
    return `the registry at ${this.options.address}: ${details}`;
  }

  /** Calls that wait for a connection do so up to their deadline, if they have one. */
  private metadata(waitForReady: boolean): grpc.Metadata {
    const metadata = clientMetadata(this.options.clusterId);
    metadata.setOptions({ waitForReady });
    return metadata;
  }
}

interface WatchPorts {
  start(): grpc.ClientReadableStream<BatchMessage>;
  readonly silentAfterMs: number;
  /** Nothing was heard for `silentAfterMs` after a start; it goes on waiting. */
  silent(): void;
  heard(): void;
  readonly changed: Changed;
  /** The stream ended; it is opened again. */
  ended(code: grpc.status, details: string): void;
}

/** One watch, opened again whenever its stream is lost; the watcher sees only the difference. */
class Watch {
  private readonly ports: WatchPorts;
  private readonly known: KnownRecords = new KnownRecords();
  private call: grpc.ClientReadableStream<BatchMessage> | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;
  private waitMs = rewatchMinMs;
  private hasBegun = false;
  private isClosed = false;

  constructor(ports: WatchPorts) {
    this.ports = ports;
  }

  open(): void {
    const { ports } = this;
    let isFirst = true;
    const call = ports.start();
    this.call = call;
    this.timer = setInterval(() => ports.silent(), ports.silentAfterMs);
    call.on("data", (batch: BatchMessage) => {
      if (this.call !== call) return;
      clearInterval(this.timer);
      this.waitMs = rewatchMinMs;
      ports.heard();
      const changes = fromChangeMessages(batch.changes);
      const news = isFirst ? this.known.difference(recordsIn(changes), batch.revision) : changes;
      isFirst = false;
      this.known.remember(news);
      if (news.length > 0 || !this.hasBegun) ports.changed(news, batch.revision);
      this.hasBegun = true;
    });
    // The status says the same, and comes also when the stream ended in good order.
    call.on("error", () => {});
    call.on("status", ({ code, details }) => {
      if (this.call !== call) return;
      this.openLater();
      ports.ended(code, details);
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
    clearInterval(this.timer);
    if (this.isClosed) return;
    this.timer = setTimeout(() => this.open(), this.waitMs);
    this.waitMs = Math.min(this.waitMs * 2, rewatchMaxMs);
  }
}

function unavailable(reason: string): RegistryAnswer {
  return { type: "unavailable", reason };
}

function recordsIn(changes: readonly RegistryChange[]): readonly RegistryRecord[] {
  return changes.flatMap((change) => (change.type === "put" ? [change.record] : []));
}
