/**
 * The byte-level gate before gRPC: a connection gets in after its whole HTTP/2 preface (with TLS: its whole
 * ClientHello) has arrived in time. Silent and dribbling peers, HTTP/1 and port scans are cut here; grpc-js would
 * keep them forever.
 */
import net from "node:net";
import type { TransportLimits } from "./limits.ts";

export interface GateEvents {
  /** The socket with all its bytes unread. */
  admitted(socket: net.Socket): void;
  refused(address: string, reason: string): void;
}

const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
const tlsRecordHeadBytes = 5;
const tlsHandshake = 0x16;
const tlsRecordBytesMax = 16 * 1024;

export class Gate {
  private readonly server: net.Server;
  private readonly sockets: Map<string, net.Socket> = new Map();
  private readonly countByAddress: Map<string, number> = new Map();
  private readonly isTls: boolean;
  private readonly limits: TransportLimits;
  private readonly events: GateEvents;
  private closed: Promise<void> | undefined = undefined;

  constructor(isTls: boolean, limits: TransportLimits, events: GateEvents) {
    this.isTls = isTls;
    this.limits = limits;
    this.events = events;
    this.server = net.createServer({ noDelay: true, pauseOnConnect: false }, (socket) =>
      this.connected(socket),
    );
  }

  /** Resolves to the real port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", (error) => reject(new Error(listenReason(host, port, error))));
      this.server.listen(port, host, () => {
        this.server.removeAllListeners("error");
        this.server.on("error", (error) => this.events.refused(host, error.message));
        resolve((this.server.address() as net.AddressInfo).port);
      });
    });
  }

  /** Ends the connection of this peer, `address:port`, whatever it has in its buffers. */
  cut(peer: string): void {
    this.sockets.get(peer)?.destroy();
  }

  /** Lets nobody else in. */
  stopListening(): void {
    this.closed ??= new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    this.stopListening();
    for (const socket of this.sockets.values()) socket.destroy();
    await this.closed;
  }

  private connected(socket: net.Socket): void {
    const address = socket.remoteAddress ?? "unknown";
    // As `getPeer` of a gRPC call writes it.
    const peer = `${address}:${socket.remotePort}`;
    socket.on("error", () => socket.destroy());
    const count = this.countByAddress.get(address) ?? 0;
    const refusal = this.refusal(count);
    if (refusal !== undefined) {
      socket.destroy();
      this.events.refused(peer, refusal);
      return;
    }
    this.sockets.set(peer, socket);
    this.countByAddress.set(address, count + 1);
    socket.once("close", () => {
      this.sockets.delete(peer);
      const left = (this.countByAddress.get(address) ?? 1) - 1;
      if (left === 0) this.countByAddress.delete(address);
      else this.countByAddress.set(address, left);
    });
    this.awaitPreface(socket, peer);
  }

  private refusal(count: number): string | undefined {
    const { connectionsMax, connectionsPerAddressMax } = this.limits;
    if (this.sockets.size >= connectionsMax) return `connectionsMax ${connectionsMax} is reached`;
    if (count >= connectionsPerAddressMax) {
      return `connectionsPerAddressMax ${connectionsPerAddressMax} is reached`;
    }
    return undefined;
  }

  private awaitPreface(socket: net.Socket, peer: string): void {
    let seen = Buffer.alloc(0);
    const finish = (refusal: string | undefined): void => {
      clearTimeout(timer);
      socket.removeListener("data", read);
      socket.removeListener("close", gone);
      if (refusal !== undefined) {
        socket.destroy();
        this.events.refused(peer, refusal);
        return;
      }
      socket.pause();
      socket.unshift(seen);
      this.events.admitted(socket);
    };
    const read = (bytes: Buffer): void => {
      seen = Buffer.concat([seen, bytes]);
      const verdict = this.isTls ? clientHello(seen) : http2Preface(seen);
      if (verdict === "incomplete") return;
      finish(verdict === "complete" ? undefined : verdict);
    };
    // Who says nothing and goes has knocked, as managers do, to hear whether anybody is in.
    const gone = (): void =>
      seen.length === 0 ? clearTimeout(timer) : finish("it hung up before its preface");
    const timer = setTimeout(() => {
      finish(`its preface did not arrive within prefaceTimeoutMs ${this.limits.prefaceTimeoutMs}`);
    }, this.limits.prefaceTimeoutMs);
    socket.on("data", read);
    socket.once("close", gone);
  }
}

/** "incomplete", "complete", or the reason to refuse. */
function http2Preface(seen: Buffer): string {
  const size = Math.min(seen.length, preface.length);
  if (preface.compare(seen, 0, size, 0, size) !== 0) return "it does not speak HTTP/2";
  return seen.length < preface.length ? "incomplete" : "complete";
}

function clientHello(seen: Buffer): string {
  if (seen.length > 0 && seen[0] !== tlsHandshake) return "it does not speak TLS";
  if (seen.length < tlsRecordHeadBytes) return "incomplete";
  const size = seen.readUInt16BE(3);
  if (seen[1] !== 3 || size === 0 || size > tlsRecordBytesMax) return "its first TLS record is malformed";
  return seen.length < tlsRecordHeadBytes + size ? "incomplete" : "complete";
}

function listenReason(host: string, port: number, error: NodeJS.ErrnoException): string {
  const hint =
    error.code === "EADDRINUSE"
      ? "another process has this port; choose another one, or 0 for any free one"
      : error.code === "EADDRNOTAVAIL"
        ? "this machine has no such address"
        : error.code === "EACCES"
          ? "ports below 1024 need privileges"
          : error.message;
  return `cannot listen at ${host}:${port}: ${hint}`;
}
