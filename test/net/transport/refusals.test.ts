/** A closed door is told of once, and only of a peer that was reached before: everything else is for silence to say. */
import { createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type NodeId, nodeId } from "../../../src/core/index.ts";
import { Refusals } from "../../../src/net/transport/refusals.ts";

const peer = nodeId("worker-0");
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Somebody who listens, and how often he was knocked at. */
class Door {
  knocks = 0;
  private readonly server: Server = createServer((socket) => {
    this.knocks++;
    socket.on("error", () => {});
    socket.end();
  });

  static async open(port = 0): Promise<Door> {
    const door = new Door();
    await new Promise<void>((resolve) => door.server.listen(port, "127.0.0.1", resolve));
    ends.push(() => door.server.close());
    return door;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as { readonly port: number }).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

interface Told {
  readonly refused: (readonly [NodeId, number])[];
  readonly refusals: Refusals;
}

function listenForRefusals(): Told {
  const refused: (readonly [NodeId, number])[] = [];
  const refusals = new Refusals((...which) => void refused.push(which));
  ends.push(() => refusals.close());
  return { refused, refusals };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("whose stream broke, and who does not listen any more, has refused", async () => {
  const door = await Door.open();
  const { refused, refusals } = listenForRefusals();
  refusals.opened(peer, { address: door.address, incarnation: 3 });
  await until(() => door.knocks === 1);
  // What was asked is answered before the door is closed.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await door.close();
  refusals.lost(peer);
  await until(() => refused.length > 0);
  expect(refused).toEqual([[peer, 3]]);
});

test("whose stream broke and who listens still is asked some more times, and has not refused", async () => {
  const door = await Door.open();
  const { refused, refusals } = listenForRefusals();
  refusals.opened(peer, { address: door.address, incarnation: 1 });
  await until(() => door.knocks === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  refusals.lost(peer);
  await until(() => door.knocks === 5);
  expect(refused).toEqual([]);
});

test("one that was never reached, as behind a wall that refuses for it, is never said to refuse", async () => {
  const door = await Door.open();
  const { address } = door;
  await door.close();
  const { refused, refusals } = listenForRefusals();
  refusals.opened(peer, { address, incarnation: 1 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  refusals.lost(peer);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(refused).toEqual([]);
});

test("one that has another stream meanwhile, or is forgotten, is not asked any more", async () => {
  const door = await Door.open();
  const { address } = door;
  const { refused, refusals } = listenForRefusals();
  for (const end of [() => refusals.opened(peer, { address, incarnation: 1 }), () => refusals.forget(peer)]) {
    refusals.opened(peer, { address, incarnation: 1 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    refusals.lost(peer);
    end();
  }
  await door.close();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(refused).toEqual([]);
});
