/** Nothing that arrives at a node's port crashes it, hangs it, or makes it take more memory than its limits. */
import net from "node:net";
import * as grpc from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allocateFrame, nodeId, writeHead } from "../../../src/core/index.ts";
import type { Endpoint } from "../../contract/transport.ts";
import { GrpcWorld } from "../support/grpc-world.ts";
import { type RawStream, cutAfterMs, goodMetadata, openRaw } from "../support/raw-peer.ts";

const mebibyte = 1024 * 1024;
let world: GrpcWorld;
let endpoint: Endpoint;
let received: Uint8Array[];
let port: number;
let streams: RawStream[];

beforeEach(async () => {
  world = new GrpcWorld({
    // Those that behave must not be late where the machine is.
    prefaceTimeoutMs: 1_000,
    firstCallTimeoutMs: 2_000,
    connectionsMax: 12,
    connectionsPerAddressMax: 10,
    frameBytesMax: 8 * mebibyte,
    reassemblyBytesMax: 12 * mebibyte,
  });
  endpoint = await world.endpoint("server-0");
  received = [];
  streams = [];
  endpoint.onFrame = (_channel, frame) => received.push(frame);
  port = Number(world.transport("server-0").address.split(":")[1]);
});
afterEach(async () => {
  for (const stream of streams) stream.close();
  await world.close();
});

function open(
  metadata: Readonly<Record<string, string>>,
  channel: "control" | "data" = "control",
): RawStream {
  const stream = openRaw(port, metadata, channel);
  streams.push(stream);
  return stream;
}

/** The node still serves others. */
async function expectAlive(): Promise<void> {
  const stream = open({ ...goodMetadata, "tauring-node": "worker-9" });
  await stream.opened;
  const before = received.length;
  stream.call.write(frameOf(1, 32));
  await world.until(() => received.length === before + 1, "a good peer is heard");
}

function frameOf(kind: number, size: number): Buffer {
  const frame = allocateFrame(size);
  writeHead(frame, kind, 0);
  return Buffer.from(frame.buffer, frame.byteOffset, frame.length);
}

function chunk(total: number, offset: number, size: number): Buffer {
  const message = frameOf(255, 19 + size);
  message.writeUInt32LE(total, 11);
  message.writeUInt32LE(offset, 15);
  return message;
}

describe("bytes before gRPC", () => {
  const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  const rows: readonly (readonly [string, Buffer])[] = [
    ["a silent connection", Buffer.alloc(0)],
    ["half a preface", preface.subarray(0, 12)],
    ["one byte of a preface", preface.subarray(0, 1)],
  ];
  test.each(rows)("%s is cut when its time is over", async (_what, bytes) => {
    const ms = await cutAfterMs(port, bytes);
    expect(ms).toBeGreaterThan(900);
    expect(world.troubles.join()).toContain("prefaceTimeoutMs 1000");
    await expectAlive();
  });

  const strangers: readonly (readonly [string, Buffer])[] = [
    ["HTTP/1", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ["TLS where none is spoken", Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 252])],
    ["a preface with one wrong byte", Buffer.concat([preface.subarray(0, 20), Buffer.from("XXXX")])],
    ["zeros", Buffer.alloc(100)],
  ];
  test.each(strangers)("%s is cut at once, as no HTTP/2", async (_what, bytes) => {
    await cutAfterMs(port, bytes);
    expect(world.troubles.join()).toContain("it does not speak HTTP/2");
    expect(world.troubles.join()).not.toContain("prefaceTimeoutMs");
    await expectAlive();
  });

  test("who knocks and goes is no trouble; who goes in the middle of a preface is", async () => {
    for (const bytes of [Buffer.alloc(0), preface.subarray(0, 5)]) {
      const socket = net.connect(port, "127.0.0.1");
      await new Promise<void>((done) => {
        socket.once("close", () => done());
        socket.once("connect", () => socket.end(bytes));
        socket.resume();
      });
    }
    await world.until(() => world.troubles.length > 0, "one of them is told");
    await expectAlive();
    expect(world.troubles.filter((text) => text.includes("hung up before its preface"))).toHaveLength(1);
  });

  test("a connection that says its preface and calls nothing is cut", async () => {
    const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    expect(await cutAfterMs(port, Buffer.concat([preface, settings]))).toBeGreaterThan(1_900);
    await expectAlive();
  });

  test("garbage behind a good preface ends that connection alone", async () => {
    await cutAfterMs(port, Buffer.concat([preface, Buffer.alloc(200, 0xff)]));
    await expectAlive();
  });

  test("connections beyond the limit of an address are refused by name", async () => {
    const sockets = Array.from({ length: 10 }, () => net.connect(port, "127.0.0.1").on("error", () => {}));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    await cutAfterMs(port, preface);
    expect(world.troubles.join()).toContain("connectionsPerAddressMax 10 is reached");
    for (const socket of sockets) socket.destroy();
    await world.until(() => true, "time passes");
    await Promise.all(
      sockets.map((s) => (s.closed ? undefined : new Promise((resolve) => s.once("close", resolve)))),
    );
    await expectAlive();
  });
});

describe("the handshake refuses, and says why", () => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, grpc.status, RegExp])[] = [
    [
      "another cluster",
      { ...goodMetadata, "tauring-cluster": "other" },
      9,
      /belongs to cluster "other", this node to "test"/,
    ],
    [
      "an unknown protocol version",
      { ...goodMetadata, "tauring-protocol": "2" },
      9,
      /speaks protocol version 2, this node speaks 1/,
    ],
    ["no protocol version", { "tauring-cluster": "test" }, 9, /speaks no protocol version/],
    ["no cluster", { "tauring-protocol": "1", "tauring-node": "worker-7" }, 3, /no tauring-cluster/],
    ["a name that is none", { ...goodMetadata, "tauring-node": "root" }, 3, /not a node's name/],
    [
      "an incarnation that is none",
      { ...goodMetadata, "tauring-incarnation": "-1" },
      3,
      /tauring-incarnation/,
    ],
    ["the node's own name", { ...goodMetadata, "tauring-node": "server-0" }, 6, /server-0 runs here already/],
    [
      "a node that has to be dialled",
      { ...goodMetadata, "tauring-node": "manager-0" },
      3,
      /greater name dials/,
    ],
  ];
  test.each(rows)("%s", async (_what, metadata, code, reason) => {
    const status = await open(metadata).status;
    expect(status.code).toBe(code);
    expect(status.details).toMatch(reason);
    await expectAlive();
  });

  test("an incarnation that is superseded", async () => {
    world.transport("server-0").setPeer(nodeId("worker-7"), "127.0.0.1:1", 5);
    const status = await open({ ...goodMetadata, "tauring-incarnation": "4" }).status;
    expect(status.details).toContain("worker-7#4 is superseded by worker-7#5");
  });
});

describe("a stream that breaks the rules ends with the reason, and the node goes on", () => {
  const rows: readonly (readonly [string, readonly Buffer[], RegExp])[] = [
    ["no frame", [Buffer.from([1, 2, 3])], /not with the tag/],
    ["an empty message", [Buffer.alloc(0)], /not with the tag/],
    ["a length that lies", [Buffer.from([0x0a, 200, 1, 0, 0, 0, 0, 0])], /says 200 bytes, and has 5/],
    ["a length without end", [Buffer.from([0x0a, 255, 255, 255, 255, 255, 255, 255])], /varint/],
    ["a body without a head", [Buffer.from([0x0a, 2, 1, 1])], /fewer than its head/],
    ["a frame that is announced too large", [chunk(9 * mebibyte, 0, 100)], /above frameBytesMax 8388608/],
    ["a frame that is announced at 4 GB", [chunk(0xffffffff, 0, 100)], /above frameBytesMax/],
    ["a chunk from the middle", [chunk(1000, 500, 100)], /first chunk of a frame is at 500/],
    [
      "a gap between chunks",
      [chunk(1000, 0, 100), chunk(1000, 200, 100)],
      /at 200 of 1000, where 100 of 1000 was due/,
    ],
    ["a total that changes", [chunk(1000, 0, 100), chunk(1001, 100, 100)], /at 100 of 1001/],
    ["a chunk past the end", [chunk(1000, 0, 100), chunk(1000, 100, 901)], /passes the end of 1000/],
    ["a frame between chunks", [chunk(1000, 0, 100), frameOf(1, 32)], /between the chunks/],
    ["a chunk of nothing", [frameOf(255, 19)], /no content/],
    ["an entry that is cut off", [frameOf(254, 14)], /prefix is cut off/],
    [
      "an entry that lies",
      [Buffer.concat([frameOf(254, 36).subarray(0, 11), Buffer.from([0, 0, 0, 1, 0]), Buffer.alloc(20)])],
      /says 256 bytes, and 20 are left/,
    ],
  ];
  test.each(rows)("%s", async (_what, messages, reason) => {
    const stream = open(goodMetadata);
    await stream.opened;
    for (const message of messages) stream.call.write(message);
    const status = await stream.status;
    expect(status.code).toBe(grpc.status.ABORTED);
    expect(status.details).toMatch(reason);
    expect(received).toEqual([]);
    await expectAlive();
  });

  test("announced frames of many streams share one budget, which is given back", async () => {
    const left = open(goodMetadata, "data");
    const right = open({ ...goodMetadata, "tauring-node": "worker-8" }, "data");
    await Promise.all([left.opened, right.opened]);
    left.call.write(chunk(7 * mebibyte, 0, 100));
    left.call.write(chunk(7 * mebibyte, 100, 100));
    right.call.write(chunk(7 * mebibyte, 0, 100));
    // Whichever was heard second: they are two connections.
    const second = await Promise.race([
      left.status.then(() => "worker-7"),
      right.status.then(() => "worker-8"),
    ]);
    const [refused, taken, first] =
      second === "worker-8" ? [right, left, "worker-7"] : [left, right, "worker-8"];
    expect((await refused.status).details).toContain("reassemblyBytesMax has no room");
    taken.close();
    const told = (text: string): boolean => text.includes(first);
    await world.until(() => world.troubles.some(told), "the stream is gone");
    const again = open({ ...goodMetadata, "tauring-node": second }, "data");
    await again.opened;
    again.call.write(Buffer.concat([chunk(7 * mebibyte, 0, 100)]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expectAlive();
    expect(world.troubles.filter((text) => text.includes("no room"))).toHaveLength(1);
  });

  test("a message above the gRPC limit is refused by its declared length", async () => {
    const stream = open(goodMetadata);
    await stream.opened;
    stream.call.write(frameOf(1, 17 * mebibyte));
    expect((await stream.status).code).not.toBe(grpc.status.OK);
    await expectAlive();
  });
});

test("messages of writers that use the shortest varint are taken, and aligned", async () => {
  const stream = open(goodMetadata);
  await stream.opened;
  const body = Buffer.from([1, 9, 0, 0, 0, ...Array.from({ length: 24 }, (_, i) => i)]);
  stream.call.write(Buffer.concat([Buffer.from([0x0a, body.length]), body]));
  await world.until(() => received.length === 1, "the frame arrives");
  expect(received[0].length).toBe(6 + body.length);
  expect(Buffer.compare(received[0].subarray(6), body)).toBe(0);
  expect(received[0].byteOffset % 8).toBe(5);
});

test("a node answers the handshake with its own name", async () => {
  const stream = open(goodMetadata);
  const metadata = await stream.opened;
  expect(metadata.get("tauring-node")).toEqual(["server-0"]);
  expect(metadata.get("tauring-cluster")).toEqual(["test"]);
  expect(metadata.get("tauring-incarnation")).toEqual(["1"]);
});

test("receive windows are 4 MB on both ends, for connections and for streams", async () => {
  await world.endpoint("worker-0");
  world.transport("worker-0").send(nodeId("server-0"), "data", frameOf(1, 32));
  await world.until(() => received.length === 1, "the frame arrives");
  const windows = world.transport("server-0").windows();
  expect(windows).toHaveLength(1);
  const [window] = windows;
  expect(window.localStreamBytes).toBe(4 * mebibyte);
  expect(window.localConnectionBytes).toBe(4 * mebibyte);
  expect(window.remoteStreamBytes).toBe(4 * mebibyte);
  // What the peer has received counts against its window until it says so.
  expect(window.remoteConnectionBytes).toBeGreaterThan(4 * mebibyte - 64 * 1024);
});
