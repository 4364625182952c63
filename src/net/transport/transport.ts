/**
 * The transport of one node: its server, and a stream per channel to each peer that it talks to. Frames may be lost
 * whenever a stream is; within one stream they arrive whole and in order (docs/wire.md).
 */
import * as grpc from "@grpc/grpc-js";
import { type Channel, type NodeId, assert } from "../../core/index.ts";
import { nodeService } from "../proto.ts";
import {
  type Security,
  certificateRefusal,
  clientCredentials,
  listenRefusal,
} from "../security/credentials.ts";
import { type ServerCall, accept, refuse } from "./accept.ts";
import { type Checked, checkIdentity, identityMetadata, twinRefusal } from "./handshake.ts";
import type { TransportLimits } from "./limits.ts";
import { isTransportKind } from "./outbox.ts";
import { PeerChannel, type PeerSurroundings } from "./peer-channel.ts";
import { ReassemblyBudget } from "./reassembly.ts";
import { Refusals } from "./refusals.ts";
import { GrpcServer, type Service, type SessionWindows } from "./server.ts";

export interface TransportOptions {
  readonly node: NodeId;
  readonly clusterId: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** What peers dial instead of `host`, for nodes that listen at every address of their machine. */
  readonly advertisedHost: string | undefined;
  readonly security: Security;
  readonly limits: TransportLimits;
  /** Served beside the node's own streams. */
  readonly services: readonly Service[];
}

export interface TransportEvents {
  received(from: NodeId, channel: Channel, frame: Uint8Array): void;
  /** A fresh stream. After frames were lost nothing that was sent before comes with it. */
  connected(peer: NodeId, channel: Channel, wereFramesLost: boolean): void;
  /** Nobody listens any more where this life of a peer did. Undefined: the node does not ask. */
  readonly refused?: ((peer: NodeId, incarnation: number) => void) | undefined;
  /** Refused connections, lost streams, slow consumers: the transport goes on by itself. */
  troubled(reason: string): void;
}

interface Peer {
  readonly control: PeerChannel;
  readonly data: PeerChannel;
  incarnation: number;
  address: string | undefined;
}

export class Transport {
  private readonly options: TransportOptions;
  private readonly events: TransportEvents;
  private readonly server: GrpcServer;
  private readonly surroundings: PeerSurroundings;
  private readonly refusals: Refusals | undefined;
  private readonly peers: Map<NodeId, Peer> = new Map();
  private incarnation = 0;
  private boundAddress: string | undefined = undefined;
  private isReadingPaused = false;
  private isClosed = false;

  constructor(options: TransportOptions, events: TransportEvents) {
    const refusal = listenRefusal(options.host, options.security);
    if (refusal !== undefined) throw new Error(refusal);
    this.options = options;
    this.events = events;
    const handlers = {
      Control: (call: ServerCall) => this.called("control", call),
      Data: (call: ServerCall) => this.called("data", call),
    } as grpc.UntypedServiceImplementation;
    this.server = new GrpcServer(
      {
        host: options.host,
        port: options.port,
        tls: options.security.tls,
        limits: options.limits,
        refused: (address, reason) => events.troubled(`${address} was cut off: ${reason}`),
      },
      [{ definition: nodeService, handlers }, ...options.services],
    );
    this.surroundings = this.makeSurroundings();
    this.refusals = events.refused === undefined ? undefined : new Refusals(events.refused, options.limits);
  }

  /** Resolves to the address that peers dial, with the real port. */
  async listen(): Promise<string> {
    const port = await this.server.listen();
    this.boundAddress = hostAndPort(this.options.advertisedHost ?? this.options.host, port);
    return this.boundAddress;
  }

  get address(): string {
    assert(this.boundAddress !== undefined, "the transport listens before it is asked for its address");
    return this.boundAddress;
  }

  /** The node is registered under this incarnation. */
  setIncarnation(incarnation: number): void {
    this.incarnation = incarnation;
  }

  /** Where a peer is, from the registry; undefined: it is gone. */
  setPeer(node: NodeId, address: string | undefined, incarnation: number): void {
    if (node === this.options.node) return;
    if (address === undefined) return this.forget(node);
    const peer = this.peer(node);
    if (incarnation < peer.incarnation) return;
    const isRestarted = incarnation > peer.incarnation && peer.incarnation !== 0;
    peer.incarnation = incarnation;
    peer.address = address;
    peer.control.moved(address, isRestarted);
    peer.data.moved(address, isRestarted);
    if (peer.control.isOpen) this.opened(node);
  }

  send(to: NodeId, channel: Channel, frame: Uint8Array): void {
    assert(!isTransportKind(frame), "a frame's kind is below 254, which the transport keeps for itself");
    if (!this.isClosed) this.peer(to)[channel].send(frame);
  }

  isConnected(to: NodeId, channel: Channel): boolean {
    return this.peers.get(to)?.[channel].isOpen ?? false;
  }

  /** Bytes that wait to be sent to this peer. */
  waitingBytes(to: NodeId, channel: Channel): number {
    return this.peers.get(to)?.[channel].waitingBytes ?? 0;
  }

  /** While paused, what peers send stays with them, within their limits. */
  setReadingPaused(isPaused: boolean): void {
    this.isReadingPaused = isPaused;
    for (const { control, data } of this.peers.values()) {
      control.setReadingPaused(isPaused);
      data.setReadingPaused(isPaused);
    }
  }

  setDraining(): void {
    this.server.setDraining();
  }

  windows(): readonly SessionWindows[] {
    return this.server.windows();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.refusals?.close();
    for (const peer of this.peers.values()) {
      peer.control.close();
      peer.data.close();
    }
    await this.server.close();
  }

  private peer(node: NodeId): Peer {
    let peer = this.peers.get(node);
    if (peer === undefined) {
      peer = {
        control: new PeerChannel(node, "control", this.surroundings),
        data: new PeerChannel(node, "data", this.surroundings),
        incarnation: 0,
        address: undefined,
      };
      peer.control.setReadingPaused(this.isReadingPaused);
      peer.data.setReadingPaused(this.isReadingPaused);
      this.peers.set(node, peer);
    }
    return peer;
  }

  /** Its control stream is there. */
  private opened(node: NodeId): void {
    const { address, incarnation } = this.peer(node);
    if (address !== undefined) this.refusals?.opened(node, { address, incarnation });
  }

  private forget(node: NodeId): void {
    this.refusals?.forget(node);
    const peer = this.peers.get(node);
    peer?.control.close();
    peer?.data.close();
    this.peers.delete(node);
  }

  /** A peer has opened a stream. */
  private called(channel: Channel, call: ServerCall): void {
    if (this.isClosed) return refuse(call, grpc.status.UNAVAILABLE, "the node is closing");
    const checked = this.checkCaller(call);
    if (!checked.ok) {
      this.events.troubled(`${call.getPeer()} was refused: ${checked.reason}`);
      return refuse(call, checked.code, checked.reason);
    }
    const peer = this.peer(checked.node);
    if (checked.isKnock) {
      call.on("error", () => {});
      call.resume();
      call.end();
      return peer[channel].knocked();
    }
    peer.incarnation = Math.max(peer.incarnation, checked.incarnation);
    call.sendMetadata(this.surroundings.metadata(false));
    peer[channel].accepted((events) => accept(call, (address) => this.server.cut(address), events));
  }

  private checkCaller(call: ServerCall): Checked {
    const { clusterId, node: self, security } = this.options;
    const checked = checkIdentity(call.metadata, clusterId);
    if (!checked.ok) return checked;
    const { node, incarnation } = checked;
    if (security.tls !== undefined) {
      const certificate = call.getAuthContext()?.sslPeerCertificate;
      const reason = certificateRefusal(certificate, node, clusterId);
      if (reason !== undefined) return { ok: false, code: grpc.status.PERMISSION_DENIED, reason };
    }
    const newest = this.peers.get(node)?.incarnation ?? 0;
    if (incarnation !== 0 && incarnation < newest) {
      const reason = `${node}#${incarnation} is superseded by ${node}#${newest}`;
      return { ok: false, code: grpc.status.FAILED_PRECONDITION, reason };
    }
    if (node === self) return { ok: false, code: grpc.status.ALREADY_EXISTS, reason: twinRefusal(self) };
    if (node < self !== checked.isKnock) {
      const reason = `of two nodes the one with the greater name dials: ${node} does not dial ${self}`;
      return { ok: false, code: grpc.status.INVALID_ARGUMENT, reason };
    }
    return checked;
  }

  private makeSurroundings(): PeerSurroundings {
    const { node: self, clusterId, security, limits } = this.options;
    return {
      self,
      limits,
      budget: new ReassemblyBudget(limits.reassemblyBytesMax),
      credentials: (peer) => clientCredentials(security.tls, peer, clusterId),
      metadata: (isKnock) =>
        identityMetadata({ node: self, incarnation: this.incarnation, clusterId }, isKnock),
      answerRefusal: (peer, metadata) => {
        const checked = checkIdentity(metadata, clusterId);
        if (!checked.ok) return checked.reason;
        return checked.node === peer ? undefined : `${checked.node} answered at the address of ${peer}`;
      },
      connected: (peer, channel, wereFramesLost) => {
        if (channel === "control") this.opened(peer);
        this.events.connected(peer, channel, wereFramesLost);
      },
      lost: (peer, channel) => {
        if (channel === "control") this.refusals?.lost(peer);
      },
      received: (peer, channel, frame) => this.events.received(peer, channel, frame),
      troubled: (peer, channel, reason) => this.events.troubled(`${peer} (${channel}): ${reason}`),
    };
  }
}

function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
