/**
 * The wires between the processes of a scenario: every connection of a node comes through here, by HTTP CONNECT, and says
 * whose it is. What a scenario does to links is done to these bytes.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Endpoint, Fault } from "../../sim/index.ts";
import { type Stop, Wire } from "./wire.ts";

export type Cut = Extract<Fault, { readonly kind: "cut" }>;

export interface Route {
  readonly from: readonly Endpoint[];
  readonly to: readonly Endpoint[];
  readonly isBothWays: boolean;
}

/** Whose an address is that no node was said to have: the registry's, or that of a node which is not known here. */
type Unnamed = "registry" | "stranger";

interface Delay {
  readonly route: Route;
  readonly delayMs: () => number;
}

export class FaultProxy {
  private readonly server: Server = createServer();
  private readonly nodeAt: Map<string, string> = new Map();
  private readonly wires: Set<Wire> = new Set();
  private readonly sockets: Map<Socket, readonly [string, string]> = new Map();
  private readonly cuts: Set<Cut> = new Set();
  private readonly delays: Set<Delay> = new Set();
  /** Connections that are opened while their way is cut. */
  private readonly opening: Set<() => void> = new Set();

  private readonly unnamed: Unnamed;

  private constructor(unnamed: Unnamed) {
    this.unnamed = unnamed;
  }

  static async open(unnamed: Unnamed = "registry"): Promise<FaultProxy> {
    const proxy = new FaultProxy(unnamed);
    proxy.server.on("connect", (request: IncomingMessage, socket: Socket) => proxy.asked(request, socket));
    await new Promise<void>((resolve, reject) => {
      proxy.server.once("error", reject);
      proxy.server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  urlOf(node: string): string {
    return proxyUrl(node, this.port);
  }

  listens(node: string, address: string): void {
    this.nodeAt.set(address, node);
    this.update();
  }

  /** Returns what heals it. */
  cut(cut: Cut): () => void {
    this.cuts.add(cut);
    if (cut.mode === "reset")
      for (const [socket, [a, b]] of this.sockets)
        if (isOn(cut, this.nameOf(a), this.nameOf(b))) socket.resetAndDestroy();
    this.update();
    return () => {
      this.cuts.delete(cut);
      this.update();
    };
  }

  /** Returns what takes it back. */
  delay(route: Route, delayMs: () => number): () => void {
    const delay = { route, delayMs };
    this.delays.add(delay);
    this.update();
    return () => {
      this.delays.delete(delay);
      this.update();
    };
  }

  close(): void {
    for (const socket of this.sockets.keys()) socket.destroy();
    this.server.close();
    this.server.closeAllConnections();
  }

  private asked(request: IncomingMessage, socket: Socket): void {
    const from = userOf(request);
    const address = request.url ?? "";
    // By its address: who listens there may be said later than it is asked for.
    this.keep(socket, from, address);
    const open = (): void => {
      if (socket.destroyed) return void this.opening.delete(open);
      const stop = this.stopOn(from, address) ?? this.stopOn(address, from);
      if (stop !== undefined) return void this.opening.add(open);
      this.opening.delete(open);
      this.connect(socket, address, from);
    };
    open();
  }

  private connect(near: Socket, address: string, from: string): void {
    const colon = address.lastIndexOf(":");
    const far = connect({
      host: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
      noDelay: true,
    });
    this.keep(far, from, address);
    near.setNoDelay(true);
    far.once("connect", () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      const wires = [
        new Wire({ from, to: address }, near, far),
        new Wire({ from: address, to: from }, far, near),
      ];
      for (const wire of wires) {
        this.wires.add(wire);
        this.updateOne(wire);
      }
      far.once("close", () => {
        for (const wire of wires) this.wires.delete(wire);
      });
    });
    // Refused: whoever is there no more.
    far.once("error", () => near.destroy());
  }

  private keep(socket: Socket, from: string, to: string): void {
    this.sockets.set(socket, [from, to]);
    socket.on("error", () => {});
    socket.once("close", () => this.sockets.delete(socket));
  }

  private update(): void {
    for (const wire of this.wires) this.updateOne(wire);
    for (const open of this.opening) open();
  }

  private updateOne(wire: Wire): void {
    const [from, to] = [this.nameOf(wire.from), this.nameOf(wire.to)];
    const delay = [...this.delays].findLast(({ route }) => leads(route, from, to));
    wire.delayBy(delay?.delayMs ?? (() => 0));
    wire.stopBy(this.stopOn(from, to));
  }

  /** Of a node or an address. */
  private nameOf(end: string): string {
    return this.nodeAt.get(end) ?? (end.includes(":") ? this.unnamed : end);
  }

  /** Losing is stronger than holding. */
  private stopOn(from: string, to: string): Stop | undefined {
    const [a, b] = [this.nameOf(from), this.nameOf(to)];
    const found = [...this.cuts].filter((cut) => leads(cut, a, b));
    if (found.length === 0) return undefined;
    return found.some(({ mode }) => mode !== "hold") ? "drop" : "hold";
  }
}

/** By which a process connects, and says whose it is. */
export function proxyUrl(node: string, port: number): string {
  return `http://${node}@127.0.0.1:${port}`;
}

function leads({ from, to, isBothWays }: Route, a: string, b: string): boolean {
  const has = (ends: readonly string[], end: string): boolean => ends.includes(end);
  return (has(from, a) && has(to, b)) || (isBothWays && has(from, b) && has(to, a));
}

function isOn(route: Route, a: string, b: string): boolean {
  return leads(route, a, b) || leads(route, b, a);
}

function userOf(request: IncomingMessage): string {
  const [, credentials = ""] = (request.headers["proxy-authorization"] ?? "").split(" ");
  return Buffer.from(credentials, "base64").toString("utf8").split(":")[0];
}
