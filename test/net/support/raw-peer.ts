/** Peers that do not behave: raw sockets and raw gRPC calls against a node's server. */
import net from "node:net";
import * as grpc from "@grpc/grpc-js";
import { asIs, channelPath } from "../../../src/net/proto.ts";

/** Sends these bytes, then waits: resolves to how long the node let the connection live. */
export function cutAfterMs(port: number, bytes: Buffer): Promise<number> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      if (bytes.length > 0) socket.write(bytes);
    });
    socket.on("error", () => {});
    socket.on("data", () => {});
    socket.on("close", () => resolve(performance.now() - begin));
  });
}

export interface RawStream {
  readonly call: grpc.ClientDuplexStream<Buffer, Buffer>;
  readonly status: Promise<grpc.StatusObject>;
  readonly messages: Buffer[];
  readonly opened: Promise<grpc.Metadata>;
  close(): void;
}

/** A stream of the Node service with whatever metadata. */
export function openRaw(
  port: number,
  metadata: Readonly<Record<string, string>>,
  channel: "control" | "data" = "control",
): RawStream {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.max_receive_message_length": -1,
  });
  const headers = new grpc.Metadata();
  for (const [key, value] of Object.entries(metadata)) headers.set(key, value);
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(channelPath(channel), asIs, asIs, headers);
  const messages: Buffer[] = [];
  call.on("data", (bytes: Buffer) => messages.push(bytes));
  call.on("error", () => {});
  return {
    call,
    messages,
    opened: new Promise((resolve) => call.once("metadata", resolve)),
    status: new Promise((resolve) => call.once("status", resolve)),
    close: () => {
      call.cancel();
      client.close();
    },
  };
}

export const goodMetadata: Readonly<Record<string, string>> = {
  "tauring-protocol": "1",
  "tauring-cluster": "test",
  "tauring-node": "worker-7",
  "tauring-incarnation": "1",
};
