/**
 * Who plays which part right now, as the facts tell it: a fault may mean "the scheduler that leads" or "the tail of the
 * first segment", and finds out whom when it happens.
 */
import {
  isNodeId,
  type NodeId,
  type Observation,
  type Role,
  roleOf,
  type View,
  type ViewSegment,
} from "../../core/index.ts";
import type { Target } from "./fault.ts";

export interface CastWord {
  readonly means: string;
  /** What stands in its parentheses. */
  readonly argument: "segment" | "slot" | "node" | undefined;
  /** Undefined: it may be any. */
  readonly role: Role | undefined;
}

const word = (role: Role | undefined, means: string, argument?: CastWord["argument"]): CastWord => ({
  means,
  argument,
  role,
});

export const castWords: Readonly<Record<string, CastWord>> = {
  leader: word("manager", "the manager that leads"),
  manager: word("manager", "the same"),
  scheduler: word("scheduler", "the scheduler that leads"),
  primary: word("server", "the master of a segment", "segment"),
  tail: word("server", "the last full holder of a segment's chain", "segment"),
  middle: word("server", "the second full holder of a segment's chain of three or more", "segment"),
  filling: word("server", "a server that is being filled with a segment", "segment"),
  pred: word("server", "the server before another on the ring", "node"),
  succ: word("server", "the server after another on the ring", "node"),
  joining: word(undefined, "the server that is being filled, or else the last node that was launched"),
  holder: word("worker", "the worker that holds a slot", "slot"),
  slowest: word("worker", "the worker of the slot that has finished least"),
  fastest: word("worker", "the worker of the slot that has finished most"),
  self: word(undefined, "the node that said what was waited for"),
  peer: word(undefined, "the node that is named in what was waited for"),
};

/** `@pred(@joining)`: its word and what stands in its parentheses; undefined: it is no such text. */
export function castParts(
  target: Target,
): { readonly word: string; readonly argument: string | undefined } | undefined {
  const match = /^@([a-z]+)(?:\((.+)\))?$/.exec(target);
  return match === null ? undefined : { word: match[1], argument: match[2] };
}

/** What was waited for, where something was. */
export interface Said {
  readonly node: string | undefined;
  readonly fact: Observation;
}

export class Cast {
  private readonly leaders = new Map<string, { readonly node: NodeId; readonly term: number }>();
  private view: View | undefined;
  private readonly filled = new Set<string>();
  private launched: NodeId | undefined;
  private readonly workerOf = new Map<number, NodeId>();
  private readonly finished = new Map<number, number>();

  observe(fact: Observation, node: NodeId | undefined): void {
    switch (fact.type) {
      case "leader-elected":
        if (node === undefined || fact.term < (this.leaders.get(fact.role)?.term ?? 0)) return;
        this.leaders.set(fact.role, { node, term: fact.term });
        return;
      case "view-published":
        if (fact.view.number <= (this.view?.number ?? 0)) return;
        this.view = fact.view;
        this.filled.clear();
        return;
      case "holder-filled":
        this.filled.add(`${fact.segment}/${fact.peer}`);
        return;
      case "node-launched":
        this.launched = fact.peer;
        return;
      case "slot-assigned":
        this.workerOf.set(fact.slot, fact.worker);
        return;
      case "task-finished":
        this.finished.set(fact.slot, 1 + (this.finished.get(fact.slot) ?? 0));
        return;
      default:
        return;
    }
  }

  /** Undefined where nobody plays the part. */
  who(target: Target, said: Said | undefined): NodeId | undefined {
    if (isNodeId(target)) return target;
    const { word, argument } = castParts(target) ?? { word: "", argument: undefined };
    switch (word) {
      case "leader":
      case "manager":
        return this.leaders.get("manager")?.node;
      case "scheduler":
        return this.leaders.get("scheduler")?.node;
      case "primary":
        return this.segment(argument, said)?.holders[0];
      case "tail":
        return this.segment(argument, said)?.holders.at(-1);
      case "middle": {
        const holders = this.segment(argument, said)?.holders ?? [];
        return holders.length >= 3 ? holders[1] : undefined;
      }
      case "filling":
        return this.segment(argument, said)?.filling[0];
      case "pred":
      case "succ":
        return this.beside(
          argument === undefined ? undefined : this.who(argument, said),
          word === "pred" ? -1 : 1,
        );
      case "joining":
        return this.joining();
      case "holder":
        return this.workerOf.get(Number(argument));
      case "slowest":
      case "fastest":
        return this.byProgress(word === "slowest" ? 1 : -1);
      case "self":
        return said?.node !== undefined && isNodeId(said.node) ? said.node : undefined;
      case "peer":
        return said !== undefined && "peer" in said.fact ? said.fact.peer : undefined;
      default:
        return undefined;
    }
  }

  /** By its place on the ring; without one that of the fact, or else the first. */
  private segment(argument: string | undefined, said: Said | undefined): ViewSegment | undefined {
    const segments = this.view?.segments ?? [];
    if (argument !== undefined) return segments[Number(argument)];
    const begin = said !== undefined && "segment" in said.fact ? said.fact.segment : undefined;
    return segments.find((segment) => segment.begin === begin) ?? segments[0];
  }

  /** Masters follow one another on the ring. */
  private beside(node: NodeId | undefined, step: 1 | -1): NodeId | undefined {
    const masters = (this.view?.segments ?? []).flatMap(({ holders }) => holders.slice(0, 1));
    const at = node === undefined ? -1 : masters.indexOf(node);
    const others = masters.filter((master) => master !== node);
    if (others.length === 0) return undefined;
    if (at < 0) return step > 0 ? others[0] : others.at(-1);
    for (let i = 1; i <= masters.length; i++) {
      const master = masters[(at + step * i + masters.length * i) % masters.length];
      if (master !== node) return master;
    }
    return undefined;
  }

  private joining(): NodeId | undefined {
    for (const { begin, filling } of this.view?.segments ?? []) {
      const open = filling.find((server) => !this.filled.has(`${begin}/${server}`));
      if (open !== undefined) return open;
    }
    return this.launched;
  }

  private byProgress(sign: 1 | -1): NodeId | undefined {
    let best: NodeId | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [slot, worker] of this.workerOf) {
      const finished = sign * (this.finished.get(slot) ?? 0);
      if (roleOf(worker) !== "worker" || finished >= least) continue;
      least = finished;
      best = worker;
    }
    return best;
  }
}
