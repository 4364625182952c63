/** Opens a channel's stream to a peer as a gRPC client. Each dial has a connection of its own. */
import * as grpc from "@grpc/grpc-js";
import type { Channel } from "../../core/index.ts";
import { plainReason } from "../plain-reason.ts";
import { asIs, channelPath } from "../proto.ts";
import type { DuplexCall } from "./frame-stream.ts";
import { type TransportLimits, grpcMessageBytesMax } from "./limits.ts";
import { isProxied } from "./proxied.ts";

export interface DialOptions {
  readonly address: string;
  readonly channel: Channel;
  readonly credentials: grpc.ChannelCredentials;
  readonly metadata: grpc.Metadata;
  readonly limits: TransportLimits;
}

export interface DialEvents {
  /** The peer answered with its metadata: the stream is open. */
  answered(metadata: grpc.Metadata): void;
  message(bytes: Buffer): void;
  /** Comes once, last. Undefined: the peer ended it in good order. */
  ended(reason: string | undefined): void;
}

/** Options of every client channel of a node. */
export function channelOptions(limits: TransportLimits): grpc.ChannelOptions {
  return {
    "grpc.max_receive_message_length": grpcMessageBytesMax,
    "grpc.max_send_message_length": grpcMessageBytesMax,
    "grpc-node.flow_control_window": limits.windowBytes,
    "grpc.keepalive_time_ms": limits.keepaliveIntervalMs,
    "grpc.keepalive_timeout_ms": limits.keepaliveTimeoutMs,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
    // Control never shares a connection with data.
    "grpc.use_local_subchannel_pool": 1,
    // Nodes are known by what their certificates name, not by their host, which may be a bare address.
    "grpc.ssl_target_name_override": "node.tauring",
    "grpc.enable_http_proxy": isProxied() ? 1 : 0,
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_retries": 0,
  };
}

export function dial(options: DialOptions, events: DialEvents): DuplexCall {
  const { limits } = options;
  const client = new grpc.Client(options.address, options.credentials, channelOptions(limits));
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(
    channelPath(options.channel),
    asIs,
    asIs,
    options.metadata,
  );
  let isEnded = false;
  const end = (reason: string | undefined): void => {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(timer);
    client.close();
    events.ended(reason);
  };
  const timer = setTimeout(() => {
    call.cancel();
    end(`no answer within dialTimeoutMs ${limits.dialTimeoutMs}`);
  }, limits.dialTimeoutMs);
  call.on("metadata", (metadata) => {
    clearTimeout(timer);
    if (!isEnded) events.answered(metadata);
  });
  call.on("data", (bytes: Buffer) => {
    if (!isEnded) events.message(bytes);
  });
  call.on("error", () => {});
  call.on("status", (status) => {
    end(
      status.code === grpc.status.OK
        ? undefined
        : `${grpc.status[status.code]}: ${plainReason(status.details)}`,
    );
  });
  return {
    write: (message, written) => {
      if (!isEnded) call.write(message, written);
    },
    pause: () => call.pause(),
    resume: () => call.resume(),
    cut: (reason) => {
      call.cancel();
      end(reason);
    },
  };
}
