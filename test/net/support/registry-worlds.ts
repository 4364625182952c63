/** Registries for the contract suite and for tests of what is behind them. */
import * as grpc from "@grpc/grpc-js";
import { EmbeddedRegistry } from "../../../src/net/registry/embedded-registry.ts";
import { RegistryClient, type RegistryClientOptions } from "../../../src/net/registry/registry-client.ts";
import { serveRegistry } from "../../../src/net/registry/registry-service.ts";
import type { RegistryPort } from "../../../src/net/registry/registry-port.ts";
import { defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { registryService } from "../../../src/net/proto.ts";
import { GrpcServer, type Service } from "../../../src/net/transport/server.ts";
import type { RegistryWorld } from "../../contract/registry.ts";
import { monotonicNow, until } from "./clock.ts";
import { TcpRelay } from "./tcp-relay.ts";

export function openRegistry(
  path: string | undefined,
  repaired: (what: string) => void = () => {},
): Promise<EmbeddedRegistry> {
  return EmbeddedRegistry.open({ path, now: monotonicNow, broke: () => {}, repaired });
}

export function embeddedWorld(registry: RegistryPort): RegistryWorld {
  return { client: () => registry, until, pass, leaseMs: 2_000, close: () => registry.close() };
}

export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export class ServedRegistry {
  readonly server: GrpcServer;
  readonly port: number;

  private constructor(server: GrpcServer, port: number) {
    this.server = server;
    this.port = port;
  }

  static start(registry: RegistryPort, port = 0): Promise<ServedRegistry> {
    return ServedRegistry.serve(serveRegistry(registry, { clusterId: "test", isTls: false }), port);
  }

  /** One that refuses every call. */
  static refusing(refusal: {
    readonly code: grpc.status;
    readonly details: string;
  }): Promise<ServedRegistry> {
    const handlers = {
      Execute: (_call: unknown, callback: grpc.sendUnaryData<unknown>) => callback(refusal),
      Watch: (call: grpc.ServerWritableStream<unknown, unknown>) => void call.emit("error", refusal),
    } as grpc.UntypedServiceImplementation;
    return ServedRegistry.serve({ definition: registryService, handlers }, 0);
  }

  private static async serve(service: Service, port: number): Promise<ServedRegistry> {
    const server = new GrpcServer(
      { host: "127.0.0.1", port, tls: undefined, limits: defaultTransportLimits, refused: () => {} },
      [service],
    );
    return new ServedRegistry(server, await server.listen());
  }

  client(
    clusterId: string | undefined = "test",
    events: Partial<RegistryClientOptions> = {},
  ): RegistryClient {
    return new RegistryClient({
      address: `127.0.0.1:${this.port}`,
      credentials: grpc.credentials.createInsecure(),
      clusterId,
      limits: defaultTransportLimits,
      requestTimeoutMs: 2000,
      ...events,
    });
  }
}

/** Over gRPC, through a relay that can fail. */
export async function servedWorld(): Promise<RegistryWorld> {
  const registry = await openRegistry(undefined);
  const served = await ServedRegistry.start(registry);
  const relay = await TcpRelay.to(served.port);
  const clients: RegistryClient[] = [];
  return {
    client: () => {
      const client = served.client("test", { address: `127.0.0.1:${relay.port}` });
      clients.push(client);
      return client;
    },
    until,
    pass,
    leaseMs: 2_000,
    connection: relay,
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await relay.close();
      await served.server.close();
      await registry.close();
    },
  };
}
