/** Watches one node over `Admin.Watch`; a stream that is lost is opened again, later each time. */
import * as grpc from "@grpc/grpc-js";
import type { NodeId } from "../../core/index.ts";
import type { EventView, NodePart } from "../../observe/index.ts";
import { adminService } from "../proto.ts";
import { clientCredentials } from "../security/credentials.ts";
import { channelOptions } from "../transport/dial.ts";
import { clientMetadata } from "../transport/handshake.ts";
import { defaultTransportLimits } from "../transport/limits.ts";
import { plainReason } from "../plain-reason.ts";
import type { AdminAccess } from "./admin-client.ts";
import type { NodeState } from "./admin-messages.ts";
import type { KnownRecords } from "./known-cluster.ts";

export interface NodeWatchOptions {
  readonly node: NodeId;
  readonly address: string;
  readonly access: AdminAccess;
  readonly intervalMs: number;
}

export interface NodeWatchEvents {
  /** `part` is all of it; `records` is undefined where they are as before. */
  state(heard: HeardState): void;
  /** It cannot be reached; it is tried again. */
  lost(reason: string): void;
}

export interface HeardState {
  readonly part: NodePart | undefined;
  readonly records: KnownRecords | undefined;
  /** The node's clock as it sent this. */
  readonly nowMicros: number;
  readonly dropped: number;
  readonly place: ProcessPlace;
}

/** Where a node runs. */
export interface ProcessPlace {
  readonly processId: number;
  readonly host: string;
}

interface RawClient {
  Watch(
    request: { readonly intervalMs: number },
    metadata: grpc.Metadata,
  ): grpc.ClientReadableStream<NodeState>;
  close(): void;
}

const backoffMs = { first: 100, last: 5_000 } as const;
/** Of the node, the newest: as many as a screen lists. */
const eventsMax = 200;

export class NodeWatch {
  private readonly options: NodeWatchOptions;
  private readonly events: NodeWatchEvents;
  private readonly client: RawClient;
  private call: grpc.ClientReadableStream<NodeState> | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;
  private silence: NodeJS.Timeout | undefined = undefined;
  private waitMs: number = backoffMs.first;
  private part: NodePart | undefined = undefined;
  private kept: EventView[] = [];
  private progress: NodePart["progress"] = [];
  private isClosed = false;

  constructor(options: NodeWatchOptions, events: NodeWatchEvents) {
    const { node, address, access } = options;
    const Client = grpc.makeClientConstructor(adminService, "Admin");
    this.options = options;
    this.events = events;
    this.client = new Client(
      address,
      clientCredentials(access.tls, node, access.clusterId),
      channelOptions(defaultTransportLimits),
    ) as unknown as RawClient;
    this.open();
  }

  get address(): string {
    return this.options.address;
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.call?.cancel();
    this.client.close();
  }

  private open(): void {
    if (this.isClosed) return;
    const { access, intervalMs } = this.options;
    const call = this.client.Watch({ intervalMs }, clientMetadata(access.clusterId));
    this.call = call;
    // A new stream begins with everything.
    this.kept = [];
    this.listen(call, intervalMs);
    call.on("data", (state: NodeState) => {
      if (call !== this.call) return;
      this.waitMs = backoffMs.first;
      this.listen(call, intervalMs);
      this.heard(state);
    });
    call.on("error", (error: grpc.ServiceError) => this.lost(call, plainReason(error.details)));
    call.on("end", () => this.lost(call, "the node ended the stream"));
  }

  /** A node that is there says so every second. */
  private listen(call: grpc.ClientReadableStream<NodeState>, intervalMs: number): void {
    clearTimeout(this.silence);
    const { timeoutMs } = this.options.access;
    this.silence = setTimeout(
      () => this.lost(call, `it has said nothing for ${timeoutMs} ms`),
      timeoutMs + intervalMs,
    );
    this.silence.unref();
  }

  private lost(call: grpc.ClientReadableStream<NodeState>, reason: string): void {
    if (this.isClosed || call !== this.call) return;
    this.call = undefined;
    clearTimeout(this.silence);
    call.cancel();
    this.events.lost(reason);
    this.timer = setTimeout(() => this.open(), this.waitMs);
    this.timer.unref();
    this.waitMs = Math.min(2 * this.waitMs, backoffMs.last);
  }

  private heard(state: NodeState): void {
    if (state.events !== "") {
      this.kept = [...this.kept, ...(JSON.parse(state.events) as EventView[])].slice(-eventsMax);
    }
    if (state.progress !== "") this.progress = JSON.parse(state.progress) as NodePart["progress"];
    if (state.part !== "") {
      const part = JSON.parse(state.part) as NodePart;
      this.part = { ...part, events: this.kept, progress: this.progress };
    }
    const records = state.known === "" ? undefined : (JSON.parse(state.known) as KnownRecords);
    const { nowMicros, dropped, processId, host } = state;
    this.events.state({ part: this.part, records, nowMicros, dropped, place: { processId, host } });
  }
}
