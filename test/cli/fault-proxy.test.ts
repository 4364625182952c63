/** What a scenario does to wires: bytes of one direction are lost or held while the other goes on. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FaultProxy } from "../../src/cli/real/fault-proxy.ts";
import { nodeId } from "../../src/core/index.ts";

let proxy: FaultProxy;
let server: Server;
let accepted: Socket[];
const sockets: Socket[] = [];

beforeEach(async () => {
  accepted = [];
  server = createServer((socket) => {
    socket.on("error", () => {});
    accepted.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await FaultProxy.open();
  proxy.listens("server-0", address());
});

afterEach(() => {
  proxy.close();
  for (const socket of [...sockets, ...accepted]) socket.destroy();
  server.close();
});

function address(): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As gRPC connects: CONNECT, with the node's name as the user. */
async function dial(from: string): Promise<Socket> {
  const url = new URL(proxy.urlOf(from));
  const socket = connect(Number(url.port), url.hostname);
  sockets.push(socket);
  socket.on("error", () => {});
  const user = Buffer.from(url.username).toString("base64");
  socket.write(`CONNECT ${address()} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${user}\r\n\r\n`);
  await once(socket, "data");
  return socket;
}

async function text(socket: Socket): Promise<string> {
  const [bytes] = (await once(socket, "data")) as [Buffer];
  return bytes.toString();
}

/** A reset is an error first. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

const server0 = nodeId("server-0");
const worker0 = nodeId("worker-0");
const oneWay = { kind: "cut", from: [worker0], to: [server0], isBothWays: false, at: 0, until: 0 } as const;

test("a cut of one way holds what is sent that way, and the other way goes on", async () => {
  const near = await dial("worker-0");
  const [far] = accepted;
  const heal = proxy.cut({ ...oneWay, mode: "hold" });
  near.write("there");
  far.write("back");
  expect(await text(near)).toBe("back");
  expect(far.readableLength + far.bytesRead).toBe(0);
  const held = text(far);
  heal();
  expect(await held).toBe("there");
});

test("what is dropped is gone, and the connection breaks when the cut is over", async () => {
  const near = await dial("worker-0");
  const [far] = accepted;
  const heal = proxy.cut({ ...oneWay, mode: "drop" });
  near.write("lost");
  far.write("back");
  expect(await text(near)).toBe("back");
  const broken = closed(far);
  far.on("data", () => expect.fail("it was to be lost"));
  heal();
  await broken;
});

test("others' wires are whole, and a reset breaks at once those that are meant", async () => {
  const near = await dial("worker-0");
  const other = await dial("worker-1");
  const broken = closed(near);
  const heal = proxy.cut({ ...oneWay, mode: "reset" });
  await broken;
  accepted[1].write("whole");
  expect(await text(other)).toBe("whole");
  const again = dial("worker-0");
  heal();
  (await again).write("anew");
  expect(await text(accepted[2])).toBe("anew");
});

test("a delayed wire keeps the order of what is sent", async () => {
  const near = await dial("worker-0");
  const delays = [30, 0, 10];
  proxy.delay({ from: [worker0], to: [server0], isBothWays: false }, () => delays.shift() ?? 0);
  let got = "";
  accepted[0].on("data", (bytes: Buffer) => (got += bytes.toString()));
  for (const letter of ["a", "b", "c"]) {
    near.write(letter);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  while (got.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(got).toBe("abc");
});
