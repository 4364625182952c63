/**
 * The simulated wire behind the contract's endpoints. Each life of an endpoint is a node of its own to the network, so
 * that what was sent to one life cannot reach the next. The first frame between two lives opens the connection.
 */
import { type Channel, type NodeId, nodeId } from "../../../src/core/index.ts";
import { EventQueue } from "../../../src/sim/index.ts";
import { copyFrame, Network } from "../../../src/sim/world/network.ts";
import { Random } from "../../../src/sim/world/random.ts";
import type { Endpoint, TransportWorld } from "../../contract/transport.ts";

interface Life extends Endpoint {
  readonly name: string;
  /** Its name to the network. */
  readonly node: NodeId;
  isAlive: boolean;
}

/** Between two names, on one channel. */
interface Line {
  /** Whom it connects; undefined: there is no connection, and `waiting` is sent when there is one. */
  lives: readonly [Life, Life] | undefined;
  isOpening: boolean;
  waiting: { readonly from: Life; readonly to: string; readonly frame: Uint8Array }[];
}

const reconnectMicros = 20_000;
const tenGigabits = 1.25e9;

export class WireWorld implements TransportWorld {
  private readonly queue: EventQueue<() => void> = new EventQueue();
  private readonly network: Network = new Network(
    {
      link: {
        mode: "stream",
        delay: { kind: "lognormal", p50: 100, p99: 2000 },
        loss: 0,
        duplicate: 0,
        reorder: 0,
        repeat: 0,
        reorderMicros: 0,
        reset: 0,
        reconnectMicros,
      },
      egressBytesPerSecond: tenGigabits,
      ingressBytesPerSecond: tenGigabits,
    },
    new Random("transport contract"),
  );
  private readonly lives: Map<string, Life> = new Map();
  private readonly lines: Map<string, Line> = new Map();
  private lifeCount = 0;
  private now = 0;

  endpoint(name: string): Promise<Endpoint> {
    const life: Life = {
      name,
      node: nodeId(`worker-${this.lifeCount++}`),
      isAlive: true,
      send: (to, channel, frame) => this.send(life, to, channel, frame),
      onFrame: () => {},
      onConnected: () => {},
      close: () => {
        life.isAlive = false;
        return Promise.resolve();
      },
    };
    this.lives.set(name, life);
    return Promise.resolve(life);
  }

  until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      if (this.queue.size === 0 && !condition()) throw new Error(`nothing is left to happen, before ${what}`);
      this.now = this.queue.nextTime;
      this.queue.pop()?.();
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private send(from: Life, to: string, channel: Channel, frame: Uint8Array): void {
    const line = this.line(from.name, to, channel);
    const { lives } = line;
    if (lives?.includes(from) === true) {
      const target = lives[0] === from ? lives[1] : lives[0];
      this.carry(from, target, channel, frame);
      if (!target.isAlive) this.open(line, from, to, channel);
      return;
    }
    // What waits for the first connection leaves with it; after one broke, it is lost.
    if (lives === undefined) line.waiting.push({ from, to, frame });
    this.open(line, from, to, channel);
  }

  private carry(from: Life, to: Life, channel: Channel, frame: Uint8Array): void {
    const fate = this.network.send({ from: from.node, to: to.node, channel }, frame.length, this.now);
    for (const at of fate.arrivals) {
      const bytes = copyFrame(frame);
      this.queue.push(at, () => {
        if (to.isAlive && fate.connection.isOpen) to.onFrame(channel, bytes);
      });
    }
  }

  /** Tries until both ends are there. */
  private open(line: Line, from: Life, to: string, channel: Channel): void {
    if (line.isOpening) return;
    line.isOpening = true;
    this.queue.push(this.now + reconnectMicros, () => {
      line.isOpening = false;
      const target = this.lives.get(to);
      if (!from.isAlive) return;
      if (target?.isAlive !== true) return this.open(line, from, to, channel);
      line.lives = [from, target];
      from.onConnected(to, channel);
      target.onConnected(from.name, channel);
      for (const waiting of line.waiting.splice(0)) {
        this.carry(waiting.from, waiting.to === to ? target : from, channel, waiting.frame);
      }
    });
  }

  private line(a: string, b: string, channel: Channel): Line {
    const name = `${[a, b].sort().join("-")}/${channel}`;
    let line = this.lines.get(name);
    if (line === undefined) {
      line = { lives: undefined, isOpening: false, waiting: [] };
      this.lines.set(name, line);
    }
    return line;
  }
}
