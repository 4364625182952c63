/** What a node tells of its connections: news, not the same line for each attempt. */
import { createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { nodeId } from "../../../src/core/index.ts";
import { plainReason } from "../../../src/net/plain-reason.ts";
import { GrpcWorld } from "../support/grpc-world.ts";

const world = new GrpcWorld({ redialMinMs: 5, redialMaxMs: 10 });
let door: Server | undefined;
afterEach(async () => {
  await world.close();
  door?.close();
});

/** Who comes is counted, and turned away. */
async function closedDoor(): Promise<{ readonly address: string; readonly knocks: () => number }> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.on("error", () => {});
    socket.destroy();
  });
  door = server;
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const place = server.address();
  if (place === null || typeof place === "string") throw new Error("Invariant: it listens on a port");
  return { address: `127.0.0.1:${place.port}`, knocks: () => count };
}

test("whoever is dialled again and again in vain is told of once for each reason", async () => {
  const worker = await world.endpoint("worker-0");
  const { address, knocks } = await closedDoor();
  world.transport("worker-0").setPeer(nodeId("server-0"), address, 1);
  worker.send("server-0", "data", new Uint8Array(8));
  await world.until(() => knocks() >= 8, "it is dialled eight times");
  const told = world.troubles.filter((line) => line.includes("no connection to"));
  expect(told.length).toBeGreaterThan(0);
  expect([...new Set(told)]).toEqual(told);
});

test.each([
  [
    "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ",
    "connect ECONNREFUSED 127.0.0.1:1",
  ],
  [
    "No connection established. Last error: Failed to connect (2026-11-23T11:21:36.817Z). Resolution note: ",
    "Failed to connect",
  ],
  ["no such job", "no such job"],
])("%j says in plain words: %j", (details, plain) => {
  expect(plainReason(details)).toBe(plain);
});
