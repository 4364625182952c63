/**
 * The virtual network. Each node has a full-duplex NIC with a queue in each direction; each ordered pair of nodes and
 * channel is a link with its own random stream. A *stream* link is ordered until it is reset, as gRPC is; a *datagram*
 * link loses, duplicates and reorders: harsher than any real transport, and the core must still hold.
 */
import { allocateFrame, type Channel, type NodeId } from "../../core/index.ts";
import { type Cut, Cuts, noteBroken, type Route } from "./cuts.ts";
import { type Distribution, sample } from "./distribution.ts";
import { LinkChanges } from "./link-changes.ts";
import { Nics } from "./nics.ts";
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

export interface Link {
  readonly route: Route;
  random: Random;
  /** Stream links: nothing arrives before what was sent earlier. */
  lastArrival: number;
  connection: Connection;
  openAt: number;
}

export type LinksBetween = Record<Channel, Link>;

/** A link that was closed is open again at this time, and its sender is told, unless it is closed again before. */
export interface Reopening {
  readonly route: Route;
  readonly at: number;
  readonly connection: Connection;
}

const channels: readonly Channel[] = ["control", "data"];

export class Network {
  /** By sender, and then by receiver. */
  private readonly links = new Map<NodeId, Map<NodeId, LinksBetween>>();
  readonly nics: Nics;
  readonly changes: LinkChanges = new LinkChanges();
  /** Nodes that were there and are not: nobody has a connection to them. */
  private readonly down = new Set<NodeId>();
  private readonly options: NetworkOptions;
  private random: Random;
  private readonly cuts: Cuts;
  /** Counts of what the network did, for reports. */
  readonly counts: { sent: number; lost: number; duplicated: number; reordered: number; reset: number } = {
    sent: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    reset: 0,
  };

  constructor(options: NetworkOptions, random: Random, cuts: Cuts = new Cuts()) {
    this.options = options;
    this.random = random;
    this.cuts = cuts;
    this.nics = new Nics(options.egressBytesPerSecond, options.ingressBytesPerSecond);
  }

  /** What is drawn from now on, for each link. */
  reseed(random: Random): void {
    this.random = random;
    for (const [from, receivers] of this.links) {
      for (const [to, links] of receivers) {
        for (const channel of channels) links[channel].random = random.fork(`${from}>${to}/${channel}`);
      }
    }
  }

  send({ from, to, channel }: Route, frameBytes: number, now: number): Fate {
    return this.sendOn(this.link(from, to, channel), frameBytes, now);
  }

  /** For who has looked the link up. */
  sendOn(link: Link, frameBytes: number, now: number): Fate {
    this.counts.sent++;
    const { route } = link;
    if (now < link.openAt) {
      // Without a connection it never leaves the node.
      this.counts.lost++;
      return { arrivals: [], reopenedAt: undefined, connection: link.connection };
    }
    let leaves = this.nics.transfer(route, frameBytes, now);
    const cut = this.cuts.isAny ? this.cuts.between(route.from, route.to) : undefined;
    if (cut !== undefined && cut.fault.mode !== "hold") {
      this.counts.lost++;
      noteBroken(cut, route);
      return { arrivals: [], reopenedAt: undefined, connection: link.connection };
    }
    if (cut !== undefined) leaves = Math.max(leaves, cut.fault.until);
    const profile = this.profile(route);
    const arrival = leaves + delayOf(profile, link);
    return this.isStream
      ? this.stream(link, profile, arrival, Math.max(now, cut?.fault.until ?? now))
      : this.datagram(link, profile, arrival);
  }

  /**
   * The node is gone: connections to it are closed, with all that is on its way; those from it as well, where it went
   * without a word. Datagrams that it sent arrive.
   */
  close(node: NodeId, isSudden: boolean): void {
    this.down.add(node);
    this.nics.clear(node);
    for (const [from, receivers] of this.links) {
      for (const [to, links] of receivers) {
        for (const channel of channels) {
          if (to === node) this.break(links[channel], Number.POSITIVE_INFINITY);
          else if (from === node && isSudden) this.break(links[channel], 0);
        }
      }
    }
  }

  /** A node of this name is there again. */
  open(node: NodeId, now: number): readonly Reopening[] {
    if (!this.down.delete(node)) return [];
    const reopenings: Reopening[] = [];
    const at = this.isStream ? Math.ceil(now + this.options.link.reconnectMicros) : now;
    for (const [from, receivers] of this.links) {
      const links = receivers.get(node);
      if (links === undefined) continue;
      for (const channel of channels) {
        const link = links[channel];
        link.openAt = at;
        link.lastArrival = at;
        const route = { from, to: node, channel };
        if (this.isStream) reopenings.push({ route, at, connection: link.connection });
      }
    }
    return reopenings;
  }

  /** A cut that resets has begun: what is on its way is lost, and each link counts as one that lost frames. */
  reset(cut: Cut): void {
    for (const [from, receivers] of this.links) {
      for (const [to, links] of receivers) {
        if (this.cuts.between(from, to) !== cut) continue;
        for (const channel of channels) {
          this.break(links[channel], cut.fault.until);
          noteBroken(cut, { from, to, channel });
        }
      }
    }
  }

  /** The cut has ended: streams that lost frames in it break. */
  heal({ broken }: Cut, now: number): readonly Reopening[] {
    const reopenings: Reopening[] = [];
    for (const route of broken.values()) {
      const { from, to, channel } = route;
      if (!this.isStream || this.down.has(to)) continue;
      const still = this.cuts.between(from, to);
      if (still !== undefined) noteBroken(still, route);
      else {
        const at = Math.ceil(now + this.options.link.reconnectMicros);
        const link = this.link(from, to, channel);
        this.break(link, at);
        reopenings.push({ route, at, connection: link.connection });
      }
    }
    return reopenings;
  }

  /** When the request of a frame that is sent now comes once more; undefined: it does not. */
  repeatedAt(from: NodeId, to: NodeId, now: number): number | undefined {
    const { repeat, reorderMicros } = this.options.link;
    if (repeat === 0) return undefined;
    const link = this.link(from, to, "data");
    if (!link.random.happens(repeat)) return undefined;
    const profile = this.profile({ from, to, channel: "data" });
    return Math.ceil(now + delayOf(profile, link) + reorderMicros * link.random.unit());
  }

  private profile({ from, to }: Route): LinkProfile {
    const { link } = this.options;
    return this.changes.isAny ? this.changes.profile(from, to, link) : link;
  }

  private get isStream(): boolean {
    return this.options.link.mode === "stream";
  }

  private break(link: Link, openAt: number): void {
    link.openAt = openAt;
    link.lastArrival = openAt;
    if (!this.isStream) return;
    this.counts.reset++;
    link.connection.isOpen = false;
    link.connection = { isOpen: true };
  }

  private stream(link: Link, profile: LinkProfile, arrival: number, now: number): Fate {
    if (link.random.happens(profile.reset)) {
      this.break(link, Math.ceil(now + profile.reconnectMicros));
      return { arrivals: [], reopenedAt: link.openAt, connection: link.connection };
    }
    link.lastArrival = Math.max(link.lastArrival, Math.ceil(arrival));
    return { arrivals: [link.lastArrival], reopenedAt: undefined, connection: link.connection };
  }

  private datagram(link: Link, profile: LinkProfile, arrival: number): Fate {
    const { loss, duplicate, reorder, reorderMicros } = profile;
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

  private link(from: NodeId, to: NodeId, channel: Channel): Link {
    const links = this.between(from, to);
    // Each name on its own: a property of either name is looked up in a table.
    return channel === "data" ? links.data : links.control;
  }

  /** They are the same for as long as the network. */
  between(from: NodeId, to: NodeId): LinksBetween {
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
    return links;
  }

  private newLink(from: NodeId, to: NodeId, channel: Channel): Link {
    const random = this.random.fork(`${from}>${to}/${channel}`);
    const openAt = this.down.has(to) ? Number.POSITIVE_INFINITY : 0;
    return { route: { from, to, channel }, random, lastArrival: 0, connection: { isOpen: true }, openAt };
  }
}

function delayOf(profile: LinkProfile, link: Link): number {
  return Math.max(1, sample(profile.delay, link.random));
}

/** Bytes of its own, where gRPC would put them: the body of a frame is then 8-byte aligned. */
export function copyFrame(frame: Uint8Array): Uint8Array {
  const copy = allocateFrame(frame.length);
  copy.set(frame);
  return copy;
}
