/** What happens to nodes and links, as plain data with nothing left to draw. Times are virtual microseconds. */
import type { NodeId, Observation } from "../../core/index.ts";
import type { Distribution } from "./distribution.ts";

/** A node, or the registry, as one end of a link. */
export type Endpoint<Who extends string = NodeId> = Who | "registry";

/** `Who` is a node's name, or a word for whoever it is when it happens (`Target`). */
export type Fault<Who extends string = NodeId> =
  /** Gone between two events, with all that it held; `restartAt` undefined: for good. */
  | {
      readonly kind: "crash";
      readonly node: Who;
      readonly at: number;
      readonly restartAt: number | undefined;
      /** The disk has nothing of what it was still writing; otherwise it has it all the same. */
      readonly losesWrites: boolean;
      /** It comes back in a release that speaks this version; undefined: the same. */
      readonly version: number | undefined;
    }
  /** As by SIGSTOP and SIGCONT. */
  | {
      readonly kind: "pause";
      readonly node: Who;
      readonly at: number;
      readonly until: number;
      /** How what fell due meanwhile happens: as it came, or with all timers before or after the rest. */
      readonly wakes: Wakes;
    }
  | {
      readonly kind: "cut";
      readonly from: readonly Endpoint<Who>[];
      readonly to: readonly Endpoint<Who>[];
      readonly isBothWays: boolean;
      /** What is sent meanwhile is lost, or comes when the link is whole again; `reset`: what is on its way is lost too. */
      readonly mode: "drop" | "hold" | "reset";
      readonly at: number;
      readonly until: number;
    }
  /** Frames between them have another lot for a while. */
  | {
      readonly kind: "link";
      readonly from: readonly Endpoint<Who>[];
      readonly to: readonly Endpoint<Who>[];
      readonly isBothWays: boolean;
      readonly change: LinkChange;
      readonly at: number;
      readonly until: number;
    }
  /** The node's own bandwidth for a while; undefined: as it is. */
  | {
      readonly kind: "nic";
      readonly node: Who;
      readonly egressBytesPerSecond: number | undefined;
      readonly ingressBytesPerSecond: number | undefined;
      readonly at: number;
      readonly until: number;
    }
  /** Starts only then. */
  | {
      readonly kind: "join";
      readonly node: Who;
      readonly at: number;
      /** What it speaks; undefined: as everybody. */
      readonly version: number | undefined;
    }
  /** Asked to leave, and gone at `killAt` whether it has left or not; undefined: nobody kills it. */
  | { readonly kind: "preempt"; readonly node: Who; readonly at: number; readonly killAt: number | undefined }
  /** Said to be gone for good: nobody may come back under its name. */
  | { readonly kind: "decommission"; readonly node: Who; readonly at: number }
  | {
      readonly kind: "slow";
      readonly node: Who;
      readonly at: number;
      readonly until: number;
      /** Its work takes so many times as long. */
      readonly factor: number;
    }
  /** The node's own clock jumps forward, and from then on gains this share of the time that passes. */
  | {
      readonly kind: "clock";
      readonly node: Who;
      readonly at: number;
      readonly stepMicros: number;
      /** -1: it stands still. */
      readonly drift: number;
    }
  /** The disk under the checkpoints does this to what the node asks of it. */
  | {
      readonly kind: "disk";
      readonly node: Who;
      readonly at: number;
      readonly until: number;
      readonly trouble: DiskTrouble;
    }
  /** Where it uses more, it is killed, as by the kernel of a machine without memory. */
  | {
      readonly kind: "memory";
      readonly node: Who;
      readonly at: number;
      readonly until: number;
      readonly bytesMax: number;
      readonly restartMicros: number | undefined;
    }
  /** Whatever still lasts is over, and what still waits for a fact and stands before it in the list does not happen. */
  | { readonly kind: "heal-all"; readonly at: number; readonly index: number }
  /** The same, and all other nodes are gone for good: these must go on. */
  | {
      readonly kind: "core";
      readonly nodes: readonly Who[];
      readonly at: number;
      readonly index: number;
      readonly withinMicros: number;
    }
  /** Whoever submitted the job goes away, and asks for nothing more. */
  | { readonly kind: "abandon"; readonly at: number }
  /** Somebody submits the job once more. */
  | { readonly kind: "submit"; readonly at: number };

/** `micros` is what each access takes longer. */
export interface DiskTrouble {
  readonly what: "slow" | "full" | "failing" | "torn" | "lost" | "flipped";
  readonly micros: number;
}

export type Wakes = "in-order" | "timers-first" | "timers-last";

/** What is undefined stays as the scenario's network has it. */
export interface LinkChange {
  readonly delay: Distribution | undefined;
  readonly loss: number | undefined;
  readonly duplicate: number | undefined;
  readonly reorder: number | undefined;
  readonly reset: number | undefined;
}

/** A node's name, or `@scheduler`, `@tail(0)`, …: whoever that is when it happens (src/sim/world/cast.ts). */
export type Target = string;

/** What is waited for: the `nth` fact that matches. */
export interface Trigger {
  readonly fact: string;
  /** Who says it; undefined: anybody. */
  readonly node: Target | undefined;
  /** Fields by name, those of a field's own as `push.slot`. */
  readonly where: Readonly<Record<string, number | string | boolean | null>>;
  readonly nth: number;
  readonly afterMicros: number;
  /** Facts before then, and from then on, are not meant. */
  readonly fromMicros?: number | undefined;
  readonly untilMicros?: number | undefined;
}

/** A fault whose time or whose nodes are known only when it happens. */
export interface AwaitedFault {
  /** Its place in the scenario's list, to be named by. */
  readonly index: number;
  /** A time, or what is waited for. */
  readonly when: number | Trigger;
  /** As if `when` were 0. */
  readonly fault: Fault<Target>;
}

/** What a fault did, where it did something: a node that has stopped by itself does not crash any more. */
export type FaultEvent =
  | { readonly type: "node-crashed"; readonly node: NodeId }
  /** Again, after a crash or an eviction, or for the first time where it joined. */
  | { readonly type: "node-launched"; readonly node: NodeId; readonly life: number }
  | { readonly type: "node-paused"; readonly node: NodeId }
  | { readonly type: "node-resumed"; readonly node: NodeId }
  | { readonly type: "node-asked-to-leave"; readonly node: NodeId; readonly killAt: number | undefined }
  /** The acting manager has marked it. */
  | { readonly type: "node-decommissioned"; readonly node: NodeId }
  | { readonly type: "node-slowed"; readonly node: NodeId; readonly factor: number }
  | { readonly type: "clock-changed"; readonly node: NodeId }
  | { readonly type: "bandwidth-changed"; readonly node: NodeId }
  | { readonly type: "disk-troubled"; readonly node: NodeId; readonly what: DiskTrouble["what"] }
  | { readonly type: "disk-well"; readonly node: NodeId }
  | { readonly type: "memory-capped"; readonly node: NodeId; readonly bytesMax: number }
  | { readonly type: "memory-uncapped"; readonly node: NodeId }
  | {
      readonly type: "node-out-of-memory";
      readonly node: NodeId;
      readonly usedBytes: number;
      readonly bytesMax: number;
    }
  | { readonly type: "all-healed" }
  | { readonly type: "core-chosen"; readonly nodes: readonly NodeId[]; readonly withinMs: number }
  | { readonly type: "client-gone" }
  | { readonly type: "job-submitted-again" }
  | {
      readonly type: "link-cut" | "link-healed" | "link-changed" | "link-restored";
      readonly from: readonly Endpoint[];
      readonly to: readonly Endpoint[];
    };

/** The event as a fact, which the world says and no node. */
export function worldFact(event: FaultEvent): Observation {
  if (!("node" in event)) return event;
  const { node: peer, ...rest } = event;
  return { ...rest, peer } as Observation;
}

/** When it does nothing more by itself. */
export function endOf(fault: Fault<string>): number {
  switch (fault.kind) {
    case "crash":
      return fault.restartAt ?? fault.at;
    case "preempt":
      return fault.killAt ?? fault.at;
    case "join":
    case "decommission":
    case "clock":
    case "heal-all":
    case "core":
    case "abandon":
    case "submit":
      return fault.at;
    default:
      return fault.until;
  }
}
