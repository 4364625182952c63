/**
 * What core relies on in a transport, as a suite that every transport passes: the simulated wire and gRPC alike; and
 * what a transport between processes owes besides. A transport plugs in with a `TransportWorld`; nothing here knows
 * which one it is.
 */
import { afterEach, describe, expect, test } from "vitest";
import { type Channel, allocateFrame, headBytes, writeHead } from "../../src/core/index.ts";

export interface TransportWorld {
  /** An endpoint that has started and that all others can reach. The same name again: its next life. */
  endpoint(name: string): Promise<Endpoint>;
  /** Lets time pass until the condition holds; throws with `what` when it never does. */
  until(condition: () => boolean, what: string): Promise<void>;
  close(): Promise<void>;
}

export interface Endpoint {
  send(to: string, channel: Channel, frame: Uint8Array): void;
  onFrame: (channel: Channel, frame: Uint8Array) => void;
  onConnected: (peer: string, channel: Channel) => void;
  /** Vanishes without a word. */
  close(): Promise<void>;
}

/** A transport between processes: `queueBytesMax` is the most that an endpoint keeps for one channel of one peer. */
export interface ProcessWorld extends TransportWorld {
  endpoint(name: string, clusterId?: string): Promise<ProcessEndpoint>;
}

export interface ProcessEndpoint extends Endpoint {
  /** Stops taking what this peer sends, or goes on. */
  setReadingPaused(isPaused: boolean): void;
  waitingBytes(to: string, channel: Channel): number;
}

const mebibyte = 1024 * 1024;

export function transportContract(title: string, makeWorld: () => Promise<TransportWorld>): void {
  describe(`${title} keeps the transport's contract`, () => {
    let world: TransportWorld;
    afterEach(() => world.close());

    async function pair(): Promise<readonly [Recorder<Endpoint>, Recorder<Endpoint>]> {
      world = await makeWorld();
      return [await recorder(world, "server-0"), await recorder(world, "worker-0")];
    }

    test("frames of one connection arrive whole and in order, on either channel, in both directions", async () => {
      const [left, right] = await pair();
      for (const channel of ["control", "data"] as const) {
        await left.meet(right, channel);
        for (let i = 0; i < 2000; i++) {
          left.endpoint.send("worker-0", channel, frame(i, 20 + (i % 300)));
          right.endpoint.send("server-0", channel, frame(i, 20 + (i % 700)));
        }
        await world.until(
          () => right.count(channel) === 2000 && left.count(channel) === 2000,
          `2000 frames each way on ${channel}`,
        );
        expect(right.numbers(channel)).toEqual(ascending(2000));
        expect(left.numbers(channel)).toEqual(ascending(2000));
      }
    });

    test("frames of every size arrive as they were, with their arrays aligned", async () => {
      const [left, right] = await pair();
      await left.meet(right, "data");
      const sizes = [11, 12, 18, 19, 20, 8192, 8193, 65536, 262143, 262144, 262145, 262163, 524288, 1000003];
      const sent = sizes.map((size, i) => frame(i, size));
      for (const each of sent) left.endpoint.send("worker-0", "data", each);
      await world.until(() => right.count("data") === sent.length, "every frame arrives");
      right.frames("data").forEach((received, i) => {
        expect(Buffer.compare(received, sent[i]), `frame of ${sizes[i]} bytes`).toBe(0);
        expect(received.byteOffset % 8, `alignment of ${sizes[i]} bytes`).toBe(5);
      });
    });

    test("a frame of 64 MB arrives, and control frames do not wait behind it", async () => {
      const [left, right] = await pair();
      await left.meet(right, "data");
      await left.meet(right, "control");
      const large = frame(7, 64 * mebibyte);
      left.endpoint.send("worker-0", "data", large);
      left.endpoint.send("worker-0", "control", frame(1, 100));
      await world.until(() => right.count("control") === 1, "the control frame arrives");
      expect(right.count("data")).toBe(0);
      await world.until(() => right.count("data") === 1, "the large frame arrives");
      expect(Buffer.compare(right.frames("data")[0], large)).toBe(0);
    });

    test("whoever speaks first, the connection comes to be, and both ends hear of it", async () => {
      const [left, right] = await pair();
      await left.meet(right, "control");
      await right.meet(left, "data");
      expect(left.connections).toEqual(["worker-0 control", "worker-0 data"]);
      expect(right.connections).toEqual(["server-0 control", "server-0 data"]);
    });

    test("what is sent before there is a connection leaves with the first one, in order", async () => {
      const [left, right] = await pair();
      for (let i = 1; i <= 20; i++) left.endpoint.send("worker-0", "data", frame(i, 300_000));
      await world.until(() => right.count("data") === 20, "all frames arrive");
      expect(right.numbers("data")).toEqual(ascending(21).slice(1));
    });

    test("a peer that vanished and came back is connected again, and old frames do not come with it", async () => {
      const [left, right] = await pair();
      await left.meet(right, "control");
      await right.endpoint.close();
      for (let i = 0; i < 20; i++) {
        left.endpoint.send("worker-0", "control", frame(99, 50));
        await aMoment(world);
      }
      const again = await recorder(world, "worker-0");
      await world.until(() => left.connections.length === 2, "the connection is opened again");
      left.endpoint.send("worker-0", "control", frame(1, 50));
      left.endpoint.send("worker-0", "control", frame(2, 50));
      await world.until(() => again.count("control") === 2, "frames after `connected` arrive");
      expect(again.numbers("control")).toEqual([1, 2]);
    });
  });
}

export function processContract(
  title: string,
  makeWorld: (queueBytesMax: number) => Promise<ProcessWorld>,
): void {
  describe(`${title} keeps the contract of a transport between processes`, () => {
    let world: ProcessWorld;
    afterEach(() => world.close());

    test("a node of another cluster is refused, whichever side dials", async () => {
      world = await makeWorld(128 * mebibyte);
      const server = new Recorder("server-0", await world.endpoint("server-0"), world);
      const friend = new Recorder("worker-0", await world.endpoint("worker-0"), world);
      const stranger = new Recorder("worker-1", await world.endpoint("worker-1", "another"), world);
      stranger.endpoint.send("server-0", "control", frame(1, 50));
      server.endpoint.send("worker-1", "control", frame(1, 50));
      await server.meet(friend, "control");
      expect(stranger.connections).toEqual([]);
      expect(stranger.count("control")).toBe(0);
      expect(server.connections).toEqual(["worker-0 control"]);
    });

    test("a reader that does not read costs a bounded queue, and is connected again when it reads", async () => {
      const queueBytesMax = 24 * mebibyte;
      world = await makeWorld(queueBytesMax);
      const left = new Recorder("server-0", await world.endpoint("server-0"), world);
      const right = new Recorder("worker-0", await world.endpoint("worker-0"), world);
      await left.meet(right, "data");
      let mostBytes = 0;
      const content = frame(3, mebibyte);
      /** Offers four times the queue, but waits up to `momentsMax` for room before each frame. */
      const offer = async (momentsMax: number): Promise<void> => {
        for (let i = 0; i * content.length < 4 * queueBytesMax; i++) {
          let moments = 0;
          const waiting = (): number => left.endpoint.waitingBytes("worker-0", "data");
          await world.until(() => waiting() < queueBytesMax / 2 || moments++ > momentsMax, "room, or not");
          left.endpoint.send("worker-0", "data", content);
          mostBytes = Math.max(mostBytes, waiting());
        }
      };
      await offer(Infinity);
      expect(left.connections).toHaveLength(1);
      right.endpoint.setReadingPaused(true);
      await offer(3);
      expect(mostBytes).toBeGreaterThan(queueBytesMax / 2);
      expect(mostBytes).toBeLessThanOrEqual(queueBytesMax);
      right.endpoint.setReadingPaused(false);
      await world.until(() => right.connections.length >= 2, "the slow reader is connected again");
      const before = right.count("data");
      await world.until(() => {
        left.endpoint.send("worker-0", "data", frame(4, 50));
        return right.count("data") > before && right.numbers("data").at(-1) === 4;
      }, "frames arrive again");
    });
  });
}

async function recorder(world: TransportWorld, name: string): Promise<Recorder<Endpoint>> {
  return new Recorder(name, await world.endpoint(name), world);
}

/** An endpoint and what it has seen. */
class Recorder<Kind extends Endpoint> {
  readonly connections: string[] = [];
  readonly name: string;
  readonly endpoint: Kind;
  private readonly world: TransportWorld;
  private readonly received: Record<Channel, Uint8Array[]> = { control: [], data: [] };

  constructor(name: string, endpoint: Kind, world: TransportWorld) {
    this.name = name;
    this.endpoint = endpoint;
    this.world = world;
    endpoint.onFrame = (channel, bytes) => this.received[channel].push(bytes);
    endpoint.onConnected = (peer, channel) => this.connections.push(`${peer} ${channel}`);
  }

  /** Speaks until both ends are connected; what was said for it is forgotten. */
  async meet(other: Recorder<Endpoint>, channel: Channel): Promise<void> {
    this.endpoint.send(other.name, channel, frame(0, 50));
    await this.world.until(
      () =>
        this.connections.includes(`${other.name} ${channel}`) &&
        other.connections.includes(`${this.name} ${channel}`),
      `${this.name} and ${other.name} are connected on ${channel}`,
    );
    const marker = frame(0xffff, 50);
    this.endpoint.send(other.name, channel, marker);
    other.endpoint.send(this.name, channel, marker);
    await this.world.until(
      () => this.numbers(channel).includes(0xffff) && other.numbers(channel).includes(0xffff),
      `${this.name} and ${other.name} hear each other on ${channel}`,
    );
    this.received[channel].length = 0;
    other.received[channel].length = 0;
  }

  frames(channel: Channel): readonly Uint8Array[] {
    return this.received[channel];
  }

  count(channel: Channel): number {
    return this.received[channel].length;
  }

  numbers(channel: Channel): readonly number[] {
    return this.received[channel].map(frameNumber);
  }
}

/** A valid frame of `size` bytes that carries a number, 16 bits of it where there is room. */
function frame(number: number, size: number): Uint8Array {
  const bytes = allocateFrame(size);
  for (let i = headBytes; i < size; i++) bytes[i] = (i * 31 + number) & 255;
  if (size >= headBytes + 2) {
    bytes[headBytes] = number & 255;
    bytes[headBytes + 1] = (number >>> 8) & 255;
  }
  writeHead(bytes, 1, 0);
  return bytes;
}

function frameNumber(bytes: Uint8Array): number {
  return bytes[headBytes] | (bytes[headBytes + 1] << 8);
}

/** Lets what is on its way arrive. */
async function aMoment(world: TransportWorld): Promise<void> {
  let asked = 0;
  await world.until(() => asked++ > 0, "time passes");
}

function ascending(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
