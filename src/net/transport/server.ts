/** One gRPC server per node, behind the gate, with raised windows, health checking and (without TLS) reflection. */
import http2 from "node:http2";
import * as grpc from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { type TlsFiles, serverCredentials } from "../security/credentials.ts";
import { Gate } from "./gate.ts";
import { type TransportLimits, grpcMessageBytesMax } from "./limits.ts";
import { addReflection } from "./reflection.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  readonly limits: TransportLimits;
  /** A connection was refused; for logs and counters. */
  readonly refused: (address: string, reason: string) => void;
}

export interface Service {
  readonly definition: grpc.ServiceDefinition;
  readonly handlers: grpc.UntypedServiceImplementation;
}

/** HTTP/2 receive windows of one connection, ours and the other end's as it announced them. */
export interface SessionWindows {
  readonly localConnectionBytes: number;
  readonly localStreamBytes: number;
  readonly remoteConnectionBytes: number;
  readonly remoteStreamBytes: number;
}

/** Calls under way may end; whoever goes has said what it had to say, and lingers before. */
const closeGraceMs = 500;

export class GrpcServer {
  private readonly options: ServerOptions;
  private readonly server: grpc.Server;
  private readonly health: HealthImplementation;
  private readonly gate: Gate;
  private readonly sessions: Set<http2.ServerHttp2Session> = new Set();

  constructor(options: ServerOptions, services: readonly Service[]) {
    const { limits, tls } = options;
    this.options = options;
    this.server = new grpc.Server({
      "grpc.max_receive_message_length": grpcMessageBytesMax,
      "grpc.max_send_message_length": grpcMessageBytesMax,
      "grpc.max_concurrent_streams": limits.streamsPerConnectionMax,
      "grpc.keepalive_time_ms": limits.keepaliveIntervalMs,
      "grpc.keepalive_timeout_ms": limits.keepaliveTimeoutMs,
      "grpc.max_connection_idle_ms": 5 * 60_000,
    });
    for (const service of services) this.server.addService(service.definition, service.handlers);
    this.health = new HealthImplementation({ "": "SERVING", "tauring.v1.Node": "SERVING" });
    this.health.addToServer(this.server);
    if (tls === undefined) addReflection(this.server);
    const injector = this.makeInjector(serverCredentials(tls));
    this.gate = new Gate(tls !== undefined, limits, {
      admitted: (socket) => injector.injectConnection(socket),
      refused: options.refused,
    });
  }

  /** Resolves to the real port. */
  listen(): Promise<number> {
    return this.gate.listen(this.options.host, this.options.port);
  }

  /** Health checks say NOT_SERVING from now on. */
  setDraining(): void {
    this.health.setStatus("", "NOT_SERVING");
    this.health.setStatus("tauring.v1.Node", "NOT_SERVING");
  }

  /** Ends the connection that a call came by, whatever waits in its buffers. */
  cut(peer: string): void {
    this.gate.cut(peer);
  }

  windows(): readonly SessionWindows[] {
    return [...this.sessions].map((session) => ({
      localConnectionBytes: session.state.effectiveLocalWindowSize ?? 0,
      localStreamBytes: session.localSettings.initialWindowSize ?? 0,
      remoteConnectionBytes: session.state.remoteWindowSize ?? 0,
      remoteStreamBytes: session.remoteSettings.initialWindowSize ?? 0,
    }));
  }

  /** What is already on its way to a client still arrives, within a grace period. */
  async close(): Promise<void> {
    this.gate.stopListening();
    let timer: NodeJS.Timeout | undefined = undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.server.tryShutdown(() => resolve())),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeGraceMs);
      }),
    ]);
    clearTimeout(timer);
    for (const session of this.sessions) session.destroy();
    await this.gate.close();
    this.server.forceShutdown();
  }

  /**
   * grpc-js has no option for a server's receive windows, and 64 KB would be a sixth of the speed: while it makes its
   * HTTP/2 server, which it does at once, the constructors add them.
   */
  private makeInjector(credentials: grpc.ServerCredentials): grpc.ConnectionInjector {
    const { createServer, createSecureServer } = http2;
    const { limits } = this.options;
    const raised = (options: http2.ServerOptions): http2.ServerOptions => ({
      ...options,
      settings: { ...options.settings, initialWindowSize: limits.windowBytes },
    });
    try {
      http2.createServer = ((options: http2.ServerOptions) =>
        this.watch(createServer(raised(options)))) as typeof http2.createServer;
      http2.createSecureServer = ((options: http2.SecureServerOptions) =>
        this.watch(
          createSecureServer({
            ...options,
            ...raised(options),
            minVersion: "TLSv1.2",
            handshakeTimeout: limits.prefaceTimeoutMs,
          }),
        )) as typeof http2.createSecureServer;
      return this.server.createConnectionInjector(credentials);
    } finally {
      http2.createServer = createServer;
      http2.createSecureServer = createSecureServer;
    }
  }

  private watch<T extends http2.Http2Server | http2.Http2SecureServer>(server: T): T {
    server.on("sessionError", () => {});
    server.on("session", (session: http2.ServerHttp2Session) => {
      this.sessions.add(session);
      session.on("error", () => {});
      session.once("close", () => this.sessions.delete(session));
      session.setLocalWindowSize(this.options.limits.windowBytes);
      const timer = setTimeout(() => session.destroy(), this.options.limits.firstCallTimeoutMs);
      session.once("stream", () => clearTimeout(timer));
      session.once("close", () => clearTimeout(timer));
    });
    return server;
  }
}
