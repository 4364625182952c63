/** Puts the frames that nodes send on their links: each copy that is to arrive becomes an item of the queue. */
import type { Effect, Event, NodeId } from "../../core/index.ts";
import { arrivalOf } from "./arrival.ts";
import { kinds } from "./event-kinds.ts";
import type { Home, Item, Life, Reach } from "./home.ts";
import { copyFrame, type Network } from "./network.ts";
import type { SimulationParts } from "./simulation-plan.ts";

export interface SenderEnds {
  readonly network: Network;
  /** Whether requests may come twice. */
  readonly isRepeating: boolean;
  readonly frameSent: SimulationParts["frameSent"];
  home(node: NodeId): Home | undefined;
  enqueue(at: number, item: Item): void;
  deliver(at: number, life: Life, event: Event, kind: number): void;
}

export class Sender {
  private readonly ends: SenderEnds;

  constructor(ends: SenderEnds) {
    this.ends = ends;
  }

  send(source: Life, { to, channel, frame }: Effect & { readonly type: "send" }, now: number): void {
    const { ends } = this;
    const reach = source.home.reached.get(to) ?? this.reach(source.home, to);
    const target = reach?.home.life;
    if (reach === undefined || target === undefined) return;
    const link = channel === "data" ? reach.links.data : reach.links.control;
    ends.frameSent?.(link.route, frame, now);
    const { arrivals, connection, reopenedAt } = ends.network.sendOn(link, frame.length, now);
    for (let i = 0; i < arrivals.length; i++)
      ends.enqueue(arrivals[i], arrivalOf(target, channel, frame, connection));
    if (ends.isRepeating && channel === "data") this.repeat(source.home.id, target, frame, now);
    if (reopenedAt !== undefined)
      ends.deliver(reopenedAt, source, { type: "connected", peer: to, channel }, kinds.connected);
  }

  /** Undefined: there is nobody of that name, or not yet. */
  private reach(from: Home, to: NodeId): Reach | undefined {
    const home = this.ends.home(to);
    if (home?.life === undefined) return undefined;
    const reach: Reach = { home, links: this.ends.network.between(from.id, to) };
    from.reached.set(to, reach);
    return reach;
  }

  private repeat(from: NodeId, target: Life, frame: Uint8Array, now: number): void {
    const at = this.ends.network.repeatedAt(from, target.home.id, now);
    if (at !== undefined) this.ends.enqueue(at, { type: "repeat", life: target, frame: copyFrame(frame) });
  }
}
