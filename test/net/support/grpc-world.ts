/** Real endpoints on loopback for the transport's contract suite. */
import { type NodeId, nodeId } from "../../../src/core/index.ts";
import { type TransportLimits, defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { Transport } from "../../../src/net/transport/transport.ts";
import type { Security } from "../../../src/net/security/credentials.ts";
import type { ProcessEndpoint, ProcessWorld } from "../../contract/transport.ts";

export const insecure: Security = { tls: undefined, isInsecureAllowed: false };

interface Life {
  readonly transport: Transport;
  readonly address: string;
  readonly incarnation: number;
}

export class GrpcWorld implements ProcessWorld {
  readonly troubles: string[] = [];
  private readonly limits: TransportLimits;
  private readonly lives: Map<NodeId, Life> = new Map();

  constructor(limits: Partial<TransportLimits> = {}) {
    this.limits = { ...defaultTransportLimits, ...limits };
  }

  async endpoint(name: string, clusterId = "test"): Promise<ProcessEndpoint> {
    const node = nodeId(name);
    const endpoint: { -readonly [K in keyof ProcessEndpoint]: ProcessEndpoint[K] } = {
      send: (to, channel, frame) => transport.send(nodeId(to), channel, frame),
      onFrame: () => {},
      onConnected: () => {},
      setReadingPaused: (isPaused) => transport.setReadingPaused(isPaused),
      waitingBytes: (to, channel) => transport.waitingBytes(nodeId(to), channel),
      close: () => transport.close(),
    };
    const transport = new Transport(
      {
        node,
        clusterId,
        host: "127.0.0.1",
        port: 0,
        advertisedHost: undefined,
        security: insecure,
        limits: this.limits,
        services: [],
      },
      {
        received: (_from, channel, frame) => endpoint.onFrame(channel, frame),
        connected: (peer, channel) => endpoint.onConnected(peer, channel),
        troubled: (reason) => this.troubles.push(`${name}: ${reason}`),
      },
    );
    await this.introduce(node, transport);
    return endpoint;
  }

  transport(name: string): Transport {
    return (this.lives.get(nodeId(name)) as Life).transport;
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    for (let i = 0; i < 4000; i++) {
      if (condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`never: ${what}\n${this.troubles.slice(-20).join("\n")}`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.lives.values()].map((life) => life.transport.close()));
  }

  /** What the registry does in a cluster. */
  private async introduce(node: NodeId, transport: Transport): Promise<void> {
    const address = await transport.listen();
    const incarnation = (this.lives.get(node)?.incarnation ?? 0) + 1;
    transport.setIncarnation(incarnation);
    this.lives.set(node, { transport, address, incarnation });
    for (const [other, life] of this.lives) {
      life.transport.setPeer(node, address, incarnation);
      transport.setPeer(other, life.address, life.incarnation);
    }
  }
}
