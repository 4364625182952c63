/** Where a node of the plan lives: one life after another, at the same computer and by the same clock. */
import {
  type Event,
  type Micros,
  micros,
  type Node,
  type NodeId,
  type NodeOptions,
  ProgramHost,
} from "../../core/index.ts";
import type { Computer } from "./computer.ts";
import type { DiskTrouble } from "./fault.ts";
import type { Connection, LinksBetween } from "./network.ts";
import type { NodeClock } from "./node-clock.ts";
import { type TimerPlace, Timers } from "./timers.ts";

/** From `started` until the node stops, is evicted or crashes. What is on its way to one life never reaches the next. */
export interface Life {
  readonly home: Home;
  readonly node: Node;
  readonly host: ProgramHost;
  readonly timers: Timers;
  state: "running" | "paused" | "over";
  /** What came while it was paused, in order. */
  readonly missed: LifeItem[];
  /** It was asked to leave: that it stops is no failure. */
  isLeaving: boolean;
  /** It crashed, and the disk has nothing of what it was still writing. */
  losesWrites: boolean;
}

export interface TimerItem {
  readonly type: "timer";
  readonly life: Life;
  readonly timer: string;
  /** By the node's own clock. */
  readonly due: Micros;
  readonly place: TimerPlace;
}

/** What happens to one life. */
export type LifeItem =
  | {
      readonly type: "event";
      readonly life: Life;
      readonly event: Event;
      readonly kind: number;
      readonly bytes: Uint8Array | undefined;
      /** That a frame travels on. */
      readonly connection: Connection | undefined;
    }
  | { readonly type: "repeat"; readonly life: Life; readonly frame: Uint8Array }
  | TimerItem;

/** What waits in the queue. */
export type Item =
  | LifeItem
  /** What does not happen to one life: faults, and what comes to the registry. */
  | { readonly type: "act"; readonly act: () => void };

export interface Reach {
  readonly home: Home;
  readonly links: LinksBetween;
}

export class Home {
  readonly index: number;
  readonly options: NodeOptions;
  readonly computer: Computer;
  /** Undefined: the true one. */
  clock: NodeClock | undefined = undefined;
  /** The newest; undefined: it has not started yet. */
  life: Life | undefined = undefined;
  livesCount = 0;
  /** The machine is taken away: there is no next life. */
  isGone = false;
  /** What its next life speaks; undefined: what its options say. */
  version: number | undefined = undefined;
  /** Whom it has sent something, and on which links. */
  readonly reached = new Map<NodeId, Reach>();
  /** What the disk does to it now; undefined: what it should. */
  disk: DiskTrouble | undefined = undefined;

  constructor(index: number, options: NodeOptions, computer: Computer) {
    this.index = index;
    this.options = options;
    this.computer = computer;
  }

  get id(): NodeId {
    return this.options.id;
  }

  /** Of its next life. */
  get nextOptions(): NodeOptions {
    const { options, version } = this;
    return version === undefined ? options : { ...options, protocolVersion: version };
  }

  begin(node: Node): Life {
    this.livesCount++;
    this.computer.clear();
    const life: Life = {
      home: this,
      node,
      host: new ProgramHost(),
      timers: new Timers(),
      state: "running",
      missed: [],
      isLeaving: false,
      losesWrites: false,
    };
    this.life = life;
    return life;
  }

  /** What the node's clock shows at a true time. */
  time(now: number): Micros {
    return micros(this.clock === undefined ? now : this.clock.at(now));
  }

  /** The true time at which the node's clock shows this. */
  trueTime(own: Micros): number {
    return this.clock === undefined ? own : this.clock.trueTime(own);
  }
}

/** It has ended its last life, or has none. */
export function isDown({ life }: Home): boolean {
  return life === undefined || life.state === "over";
}
