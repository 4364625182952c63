/**
 * The virtual network. Each node has a full-duplex NIC with a queue in each direction; each ordered pair of nodes and
 * channel is a link with its own random stream. A *stream* link is ordered until it is reset, as gRPC is; a *datagram*
 * link loses, duplicates and reorders: harsher than any real transport, and the core must still hold.
 */
import type { Channel, NodeId } from "../../core/index.ts";
import { type Distribution, sample } from "./distribution.ts";
import type { Random } from "./random.ts";

export interface LinkProfile {
  readonly mode: "stream" | "datagram";
  readonly delay: Distribution;
  /** Probabilities per frame; on datagram links only. */
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  /** Probability per data frame that the request in it comes once more, as if it were asked again. */
  readonly repeat: number;
  /** A reordered, duplicated or repeated frame comes up to this much later. */
  readonly reorderMicros: number;
  /** Probability per frame that the connection breaks: what is in flight is lost. On stream links only. */
  readonly reset: number;
  /** From a break until the new connection. */
  readonly reconnectMicros: number;
}

export interface NetworkOptions {
  readonly link: LinkProfile;
  /** NIC bandwidth in each direction; Infinity: no queue. */
  readonly egressBytesPerSecond: number;
  readonly ingressBytesPerSecond: number;
}

/** What becomes of a frame: when each copy arrives (none: lost), and whether the link broke. */
export interface Fate {
  readonly arrivals: readonly number[];
  /** The connection broke: everything in flight on it is lost, and it is open again at this time. */
  readonly reopenedAt: number | undefined;
  /** That the frame travels on: what arrives after it was closed is dropped. */
  readonly connection: Connection;
}

/** Of one link; another follows it when it breaks. */
export interface Connection {
  isOpen: boolean;
}

interface Link {
  readonly random: Random;
  /** Stream links: nothing arrives before what was sent earlier. */
  lastArrival: number;
  connection: Connection;
  openAt: number;
}

type LinksBetween = Record<Channel, Link>;

/** From whom, to whom, and how a frame travels. */
export interface Route {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly channel: Channel;
}

export class Network {
  /** By sender, and then by receiver. */
  private readonly links = new Map<NodeId, Map<NodeId, LinksBetween>>();
  private readonly egressFreeAt = new Map<NodeId, number>();
  private readonly ingressFreeAt = new Map<NodeId, number>();
  private readonly options: NetworkOptions;
  private readonly random: Random;
  /** Counts of what the network did, for reports. */
  readonly counts: { sent: number; lost: number; duplicated: number; reordered: number; reset: number } = {
    sent: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    reset: 0,
  };

  constructor(options: NetworkOptions, random: Random) {
    this.options = options;
    this.random = random;
  }

  send(route: Route, frameBytes: number, now: number): Fate {
    this.counts.sent++;
    const link = this.link(route.from, route.to, route.channel);
    if (now < link.openAt) {
      // Without a connection it never leaves the node.
      this.counts.lost++;
      return { arrivals: [], reopenedAt: undefined, connection: link.connection };
    }
    const arrival = this.transfer(route, frameBytes, now) + this.delay(link);
    return this.options.link.mode === "stream"
      ? this.stream(link, arrival, now)
      : this.datagram(link, arrival);
  }

  /** When the request of a frame that is sent now comes once more; undefined: it does not. */
  repeatedAt(from: NodeId, to: NodeId, now: number): number | undefined {
    const { repeat, reorderMicros } = this.options.link;
    if (repeat === 0) return undefined;
    const link = this.link(from, to, "data");
    if (!link.random.happens(repeat)) return undefined;
    return Math.ceil(now + this.delay(link) + reorderMicros * link.random.unit());
  }

  private stream(link: Link, arrival: number, now: number): Fate {
    if (link.random.happens(this.options.link.reset)) {
      this.counts.reset++;
      link.connection.isOpen = false;
      link.connection = { isOpen: true };
      link.openAt = Math.ceil(now + this.options.link.reconnectMicros);
      link.lastArrival = link.openAt;
      return { arrivals: [], reopenedAt: link.openAt, connection: link.connection };
    }
    link.lastArrival = Math.max(link.lastArrival, Math.ceil(arrival));
    return { arrivals: [link.lastArrival], reopenedAt: undefined, connection: link.connection };
  }

  private datagram(link: Link, arrival: number): Fate {
    const { loss, duplicate, reorder, reorderMicros } = this.options.link;
    const arrivals: number[] = [];
    if (link.random.happens(loss)) this.counts.lost++;
    else if (link.random.happens(reorder)) {
      this.counts.reordered++;
      arrivals.push(Math.ceil(arrival + reorderMicros * link.random.unit()));
    } else arrivals.push(Math.ceil(arrival));
    if (link.random.happens(duplicate)) {
      this.counts.duplicated++;
      arrivals.push(Math.ceil(arrival + reorderMicros * link.random.unit()));
    }
    return { arrivals, reopenedAt: undefined, connection: link.connection };
  }

  private delay(link: Link): number {
    return Math.max(1, sample(this.options.link.delay, link.random));
  }

  /** When the last byte is in: control frames have a queue of their own, so that no heartbeat waits behind data. */
  private transfer({ from, to, channel }: Route, frameBytes: number, now: number): number {
    const { egressBytesPerSecond, ingressBytesPerSecond } = this.options;
    if (channel === "control") return now + (frameBytes / egressBytesPerSecond) * 1e6;
    if (egressBytesPerSecond === Infinity && ingressBytesPerSecond === Infinity) return now;
    const sent = Math.max(now, this.egressFreeAt.get(from) ?? 0) + (frameBytes / egressBytesPerSecond) * 1e6;
    this.egressFreeAt.set(from, sent);
    const received =
      Math.max(sent, this.ingressFreeAt.get(to) ?? 0) + (frameBytes / ingressBytesPerSecond) * 1e6;
    this.ingressFreeAt.set(to, received);
    return received;
  }

  private link(from: NodeId, to: NodeId, channel: Channel): Link {
    let receivers = this.links.get(from);
    if (receivers === undefined) {
      receivers = new Map();
      this.links.set(from, receivers);
    }
    let links = receivers.get(to);
    if (links === undefined) {
      links = { control: this.newLink(from, to, "control"), data: this.newLink(from, to, "data") };
      receivers.set(to, links);
    }
    // Each name on its own: a property of either name is looked up in a table.
    return channel === "data" ? links.data : links.control;
  }

  private newLink(from: NodeId, to: NodeId, channel: Channel): Link {
    const random = this.random.fork(`${from}>${to}/${channel}`);
    return { random, lastArrival: 0, connection: { isOpen: true }, openAt: 0 };
  }
}
