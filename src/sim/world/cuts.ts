/** The links that are cut at present. A route is looked up only while there are any. */
import type { Channel, NodeId } from "../../core/index.ts";
import type { Endpoint, Fault } from "./fault.ts";

/** From whom, to whom, and how a frame travels. */
export interface Route {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly channel: Channel;
}

export interface Cut {
  readonly fault: Fault & { readonly kind: "cut" };
  /** Links that lost frames, by name: they break when they are whole again, as no stream loses bytes and goes on. */
  readonly broken: Map<string, Route>;
}

export class Cuts {
  private readonly active: Cut[] = [];

  get isAny(): boolean {
    return this.active.length > 0;
  }

  begin(fault: Fault & { readonly kind: "cut" }): Cut {
    const cut = { fault, broken: new Map() };
    this.active.push(cut);
    return cut;
  }

  end(cut: Cut): void {
    this.active.splice(this.active.indexOf(cut), 1);
  }

  /** What keeps one from reaching the other: of several cuts one that loses, or else the one that lasts longest. */
  between(from: Endpoint, to: Endpoint): Cut | undefined {
    let found: Cut | undefined;
    for (const cut of this.active) {
      const { fault } = cut;
      const isOn = covers(fault, from, to) || (fault.isBothWays && covers(fault, to, from));
      if (!isOn) continue;
      if (fault.mode !== "hold") return cut;
      if (found === undefined || fault.until > found.fault.until) found = cut;
    }
    return found;
  }
}

export function noteBroken(cut: Cut, route: Route): void {
  cut.broken.set(`${route.from}>${route.to}/${route.channel}`, route);
}

function covers({ from, to }: Fault & { readonly kind: "cut" }, source: Endpoint, target: Endpoint): boolean {
  return from.includes(source) && to.includes(target);
}
