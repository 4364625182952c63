/**
 * Four ways from one process to another, from the bare socket to the project's transport, behind one face: a message
 * goes out whole, and the far end says eight bytes for each that has arrived.
 */
import http2 from "node:http2";
import net from "node:net";
import * as grpc from "@grpc/grpc-js";
import { allocateFrame, nodeId, writeHead } from "#tauring/core/index.js";
import { asIs } from "#tauring/net/proto.js";
import { channelOptions } from "#tauring/net/transport/dial.js";
import { defaultTransportLimits, grpcMessageBytesMax } from "#tauring/net/transport/limits.js";
import { GrpcServer } from "#tauring/net/transport/server.js";
import { Transport } from "#tauring/net/transport/transport.js";

export const linkKinds = ["tcp", "http2", "grpc", "tauring"] as const;
export type LinkKind = (typeof linkKinds)[number];

/** The near end of a connection. */
export interface Link {
  /** A message of so many bytes, to be sent as often as one likes. */
  message(bytes: number): Uint8Array;
  send(message: Uint8Array): void;
  /** Called for each message that has arrived over there. */
  arrived: () => void;
  close(): void;
}

/** A far end that listens. */
export interface FarEnd {
  readonly address: string;
}

const replyBytes = 8;
const lengthBytes = 4;
const windowBytes = 16 * 1024 * 1024;
const path = "/bench.Stream/Push";

export function listen(kind: LinkKind): Promise<FarEnd> {
  if (kind === "tcp") return listenTcp();
  if (kind === "http2") return listenHttp2();
  return kind === "grpc" ? listenGrpc() : listenTauring();
}

export function connect(kind: LinkKind, { address }: FarEnd): Promise<Link> {
  if (kind === "tcp") return connectTcp(address);
  if (kind === "http2") return connectHttp2(address);
  return kind === "grpc" ? connectGrpc(address) : connectTauring(address);
}

/** Counts whole messages, each behind its length in four bytes, in a stream of bytes. */
function messageCounter(): (chunk: Buffer) => number {
  const head = Buffer.alloc(lengthBytes);
  let headFilled = 0;
  let left = 0;
  return (chunk) => {
    let count = 0;
    for (let at = 0; at < chunk.length; ) {
      if (headFilled < lengthBytes) {
        head[headFilled++] = chunk[at++];
        if (headFilled === lengthBytes) left = head.readUInt32LE();
        continue;
      }
      const taken = Math.min(left, chunk.length - at);
      left -= taken;
      at += taken;
      if (left > 0) continue;
      count++;
      headFilled = 0;
    }
    return count;
  };
}

interface ByteStream {
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  write(bytes: Uint8Array): unknown;
}

function answerBytes(stream: ByteStream): void {
  const count = messageCounter();
  stream.on("data", (chunk) => {
    const arrived = count(chunk);
    if (arrived > 0) stream.write(Buffer.alloc(replyBytes * arrived));
  });
}

/** Messages of one tick leave together: the stream is corked until then. */
function byteLink(stream: ByteStream & { cork(): void; uncork(): void }, close: () => void): Link {
  let replied = 0;
  let isCorked = false;
  const link: Link = {
    message: (bytes) => {
      const message = Buffer.alloc(lengthBytes + bytes, 7);
      message.writeUInt32LE(bytes);
      return message;
    },
    send: (message) => {
      if (!isCorked) {
        isCorked = true;
        stream.cork();
        process.nextTick(() => {
          isCorked = false;
          stream.uncork();
        });
      }
      stream.write(message);
    },
    arrived: () => {},
    close,
  };
  stream.on("data", (chunk) => {
    for (replied += chunk.length; replied >= replyBytes; replied -= replyBytes) link.arrived();
  });
  return link;
}

function listenTcp(): Promise<FarEnd> {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => {});
    answerBytes(socket);
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve({ address: addressOf(server) })),
  );
}

function addressOf(server: { address(): ReturnType<net.Server["address"]> }): string {
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

function connectTcp(address: string): Promise<Link> {
  const socket = net.connect({ host: "127.0.0.1", port: portOf(address), noDelay: true });
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("connect", () => resolve(byteLink(socket, () => socket.destroy())));
  });
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

function listenHttp2(): Promise<FarEnd> {
  const server = http2.createServer({ settings: { initialWindowSize: windowBytes }, maxSessionMemory: 1000 });
  server.on("session", (session) => {
    session.setLocalWindowSize(windowBytes);
    session.on("error", () => {});
  });
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.respond({ ":status": 200 });
    answerBytes(stream);
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve({ address: addressOf(server) })),
  );
}

async function connectHttp2(address: string): Promise<Link> {
  const settings = { initialWindowSize: windowBytes };
  const session = http2.connect(`http://${address}`, { settings, maxSessionMemory: 1000 });
  const stream = session.request({ ":method": "POST", ":path": path }, { endStream: false });
  await new Promise((resolve) => stream.once("response", resolve));
  session.setLocalWindowSize(windowBytes);
  return byteLink(stream, () => session.destroy());
}

/** grpc-js as it comes, but for one long stream, raised windows on both sides, and no serializer. */
async function listenGrpc(): Promise<FarEnd> {
  const types = {
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  const definition = { push: { path, requestStream: true, responseStream: true, ...types } };
  const push = (call: grpc.ServerDuplexStream<Buffer, Buffer>): void => {
    call.on("error", () => {});
    call.on("data", () => call.write(Buffer.alloc(replyBytes)));
    call.sendMetadata(new grpc.Metadata());
  };
  const server = new GrpcServer(
    { host: "127.0.0.1", port: 0, tls: undefined, limits: defaultTransportLimits, refused: () => {} },
    [{ definition, handlers: { push } as grpc.UntypedServiceImplementation }],
  );
  return { address: `127.0.0.1:${await server.listen()}` };
}

async function connectGrpc(address: string): Promise<Link> {
  const credentials = grpc.credentials.createInsecure();
  const client = new grpc.Client(address, credentials, channelOptions(defaultTransportLimits));
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs, new grpc.Metadata());
  call.on("error", () => {});
  await new Promise((resolve) => call.once("metadata", resolve));
  const link: Link = {
    message: (bytes) => Buffer.alloc(Math.min(bytes, grpcMessageBytesMax), 7),
    send: (message) => call.write(message as Buffer),
    arrived: () => {},
    close: () => {
      call.cancel();
      client.close();
    },
  };
  call.on("data", () => link.arrived());
  return link;
}

const near = nodeId("worker-0");
const far = nodeId("server-0");

function transportOf(name: typeof near, received: (frame: Uint8Array) => void): Transport {
  return new Transport(
    {
      node: name,
      clusterId: "bench",
      host: "127.0.0.1",
      port: 0,
      advertisedHost: undefined,
      security: { tls: undefined, isInsecureAllowed: false },
      limits: defaultTransportLimits,
      services: [],
    },
    {
      received: (_from, _channel, frame) => received(frame),
      connected: () => {},
      troubled: () => {},
    },
  );
}

function frameOf(bytes: number): Uint8Array {
  const frame = allocateFrame(bytes);
  writeHead(frame, 0, 0);
  return frame;
}

async function listenTauring(): Promise<FarEnd> {
  const transport = transportOf(far, () => transport.send(near, "data", frameOf(2 * replyBytes)));
  transport.setIncarnation(1);
  return { address: await transport.listen() };
}

async function connectTauring(address: string): Promise<Link> {
  const link: Link = {
    message: frameOf,
    send: (frame) => transport.send(far, "data", frame),
    arrived: () => {},
    close: () => void transport.close(),
  };
  const transport = transportOf(near, () => link.arrived());
  transport.setIncarnation(1);
  await transport.listen();
  transport.setPeer(far, address, 1);
  return link;
}
