/** Cuts by hand of the wires of a cluster that was started here: real sockets through the real proxy. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ProcessHands } from "../../../src/cli/hands/process-hands.ts";
import type { ProcessesAtHand } from "../../../src/cli/hands/processes.ts";
import { type CutByHand, WireHands } from "../../../src/cli/hands/wire-hands.ts";
import { FaultProxy } from "../../../src/cli/real/fault-proxy.ts";
import { nodeId } from "../../../src/core/index.ts";
import type { Around } from "../../../src/net/index.ts";
import type { Done } from "../../../src/observe/index.ts";
import { parseScenario } from "../../../src/sim/index.ts";
import { clusterOf } from "../../tui/fixture.ts";

const jobPath = join(import.meta.dirname, "../../../jobs/a9a.yaml");
const servers = ["server-0", "server-1"] as const;
const base = clusterOf({ servers: 2, workers: 2 });

const processes: ProcessesAtHand = {
  restartRefusal: undefined,
  taken: base.nodes.map(({ node }) => nodeId(node)),
  refusal: () => undefined,
  signal: () => {},
  begin: () => Promise.resolve(undefined),
  close: () => {},
};

let folder: string;
let proxy: FaultProxy;
let hands: ProcessHands;
let listening: Map<string, Server>;
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tauring-wires-"));
  proxy = await FaultProxy.open("stranger");
  listening = new Map();
  for (const node of servers) {
    // Each says what it hears, after its name.
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => socket.write(`${node}:${bytes.toString()}`));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    listening.set(node, server);
    proxy.listens(node, addressOf(node));
  }
  hands = handsWith(proxy);
});

afterEach(() => {
  hands.close();
  proxy.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of listening.values()) server.close();
  rmSync(folder, { recursive: true, force: true });
});

function handsWith(wires: FaultProxy | undefined): ProcessHands {
  const access = { tls: undefined, clusterId: "local", timeoutMs: 1000 };
  const job = { path: jobPath, options: {} };
  const given = wires === undefined ? {} : { wires };
  return new ProcessHands({
    processes,
    addresses: ["127.0.0.1:1"],
    access,
    drainTimeoutMs: 1000,
    job,
    ...given,
  });
}

function addressOf(node: string): string {
  const server = listening.get(node);
  if (server === undefined) throw new Error(`nobody listens as ${node}`);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function call(from: string, address: string): Socket {
  const url = new URL(proxy.urlOf(from));
  const socket = connect(Number(url.port), url.hostname);
  sockets.push(socket);
  socket.on("error", () => {});
  const user = Buffer.from(url.username).toString("base64");
  socket.write(`CONNECT ${address} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${user}\r\n\r\n`);
  return socket;
}

async function dial(from: string, to: string): Promise<Socket> {
  const socket = call(from, addressOf(to));
  await once(socket, "data");
  return socket;
}

async function answer(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = (await once(socket, "data")) as [Buffer];
  return bytes.toString();
}

/** So many seconds after the job began. */
function after(seconds: number): Around {
  const { newest } = base.convergence;
  const began = newest === null ? 0 : newest.at - newest.elapsedMicros;
  return { view: { ...base, atMicros: began + seconds * 1e6 }, contacts: [] };
}

function cut(from: readonly string[], to: readonly string[], forMicros: number | null = null): CutByHand {
  return { kind: "cut", from, to, forMicros };
}

function reasonOf(done: Done): string {
  return done.ok ? "" : done.reason;
}

test("a cut stops the wires that are meant until :heal, and both are events", async () => {
  expect(hands.breakages).toEqual(expect.arrayContaining(["cut", "heal"]));
  const meant = await dial("worker-0", "server-0");
  const other = await dial("worker-0", "server-1");
  const heard: string[] = [];
  meant.on("data", (bytes: Buffer) => heard.push(bytes.toString()));
  expect(hands.break(cut(["server-0"], ["worker-0"]), after(3))).toEqual({
    ok: true,
    text: "server-0 cut off from worker-0, until :heal",
  });
  meant.write("lost");
  expect(await answer(other, "whole")).toBe("server-1:whole");
  const anew = dial("worker-0", "server-0");
  const broken = new Promise<void>((resolve) => meant.once("close", () => resolve()));
  expect(hands.break({ kind: "heal" }, after(5))).toEqual({ ok: true, text: "the cut is healed" });
  await broken;
  expect(heard).toEqual([]);
  expect(await answer(await anew, "again")).toBe("server-0:again");
  expect(hands.told().map(({ node, kind, severity, text }) => [node, kind, severity, text])).toEqual([
    ["world", "link-cut", "fault", "cut off: server-0 from worker-0"],
    ["world", "link-healed", "good", "whole again: server-0 to worker-0"],
  ]);
  expect(hands.told().map(({ at }) => at)).toEqual([after(3).view.atMicros, after(5).view.atMicros]);
  expect(reasonOf(hands.break({ kind: "heal" }, after(6)))).toMatch(/no cut was made by hand/);
});

test("a cut for a time ends by itself", async () => {
  hands.break(cut(["server-0"], ["worker-0"], 20_000), after(3));
  // Is opened once the cut is over.
  const socket = await dial("worker-0", "server-0");
  expect(await answer(socket, "late")).toBe("server-0:late");
  expect(hands.told().map(({ kind }) => kind)).toEqual(["link-cut", "link-healed"]);
});

test("they are saved as the same faults, as long as they lasted", () => {
  hands.break(cut(["server-0"], ["worker-0"]), after(3));
  hands.break(cut(["server-1"], ["worker-1"], 1_000_000), after(3.5));
  hands.break({ kind: "heal" }, after(5));
  hands.break(cut(["worker-1"], ["manager-0", "server-0"], 2_000_000), after(7));
  const path = join(folder, "mine.yaml");
  const saved = hands.save(path, undefined, after(10));
  expect(saved.ok && saved.text).toMatch(
    /sim run \S+ repeats it; tauring launch --scenario \S+ --registry etcd/,
  );
  const text = readFileSync(path, "utf8");
  expect(text).toContain(
    "{ kind: cut, from: [ server-0 ], to: [ worker-0 ], at: 3000000us, for: 2000000us }",
  );
  expect(text).toContain(
    "{ kind: cut, from: [ server-1 ], to: [ worker-1 ], at: 3500000us, for: 1000000us }",
  );
  const read = parseScenario(text, path);
  // The manager's wires are those of the registry here.
  expect(read.ok && read.value.faults[2]).toMatchObject({
    kind: "cut",
    from: ["worker-1"],
    to: ["manager-0", "server-0", "registry"],
    how: "both",
    mode: "drop",
  });
});

test("what cannot be cut is refused by name", () => {
  expect(reasonOf(hands.break(cut(["server-9"], ["worker-0"]), after(1)))).toMatch(
    /server-9 was not started/,
  );
  expect(reasonOf(hands.break(cut(["server-0"], ["server-0"]), after(1)))).toMatch(/no wire to itself/);
  expect(reasonOf(hands.break(cut(["manager-0"], ["server-0", "worker-0"]), after(1)))).toMatch(
    /all wires of manager-0 .* any other node would do/,
  );
  const any = new WireHands({ wires: { cut: () => () => {} }, nowMicros: () => 0, isOurs: () => true });
  expect(any.refusal(cut(["server-0", "worker-0"], ["manager-1"]))).toMatch(/all wires of manager-1 /);
  expect(hands.told()).toEqual([]);
  expect(reasonOf(hands.save(join(folder, "none.yaml"), undefined, after(2)))).toMatch(/nothing was done/);
});

test("the wires of a cluster that somebody else started are not these", () => {
  const others = handsWith(undefined);
  expect(others.breakages).not.toContain("cut");
  for (const breakage of [cut(["server-0"], ["worker-0"]), { kind: "heal" } as const])
    expect(reasonOf(others.break(breakage, after(1)))).toMatch(
      new RegExp(`^${breakage.kind}: somebody else started .* tauring demo --world grpc`),
    );
  others.close();
});

test("a connection is cut by the name of whoever listens there, told before or after it was opened", async () => {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => socket.write(bytes));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  listening.set("server-2", server);
  const socket = await dial("worker-0", "server-2");
  const heal = proxy.cut({
    kind: "cut",
    from: [nodeId("worker-0")],
    to: [nodeId("server-2")],
    isBothWays: true,
    mode: "hold",
    at: 0,
    until: 0,
  });
  expect(await answer(socket, "a stranger's")).toBe("a stranger's");
  proxy.listens("server-2", addressOf("server-2"));
  let heard = "";
  socket.on("data", (bytes: Buffer) => (heard += bytes.toString()));
  socket.write("held");
  expect(await answer(await dial("worker-1", "server-0"), "x")).toBe("server-0:x");
  expect(heard).toBe("");
  heal();
  await once(socket, "data");
  expect(heard).toBe("held");
});

test("a process that has ended closes its connections at once", async () => {
  const socket = await dial("worker-0", "server-0");
  await answer(socket, "x");
  const [far] = sockets.filter((one) => one.localPort === Number(addressOf("server-0").split(":")[1]));
  const gone = new Promise<void>((resolve) => far.once("close", () => resolve()));
  socket.end();
  await gone;
});
