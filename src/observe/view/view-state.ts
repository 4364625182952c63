/**
 * The reducer behind every screen: facts in, a `ClusterView` out. It keeps a part for each node; parts of a live cluster
 * are put together by `put`. `fork` costs a list of parts: both states go on by themselves, and a part is copied when
 * one of them changes it first.
 */
import type { Observation } from "../../core/index.ts";
import type { ClusterView } from "./cluster-view.ts";
import { copyPart, newPart, type NodePart } from "./node-part.ts";
import { project } from "./project.ts";
import { reduceFact } from "./reduce-fact.ts";

export class ViewState {
  private readonly parts: Map<string, NodePart>;
  /** Those that no other state has. */
  private readonly own: Map<string, NodePart> = new Map();
  private now: number;
  private shown: ClusterView | undefined;

  constructor(parts: ReadonlyMap<string, NodePart> = new Map(), now: number = 0) {
    this.parts = new Map(parts);
    this.now = now;
  }

  /** Time of the newest fact. */
  get atMicros(): number {
    return this.now;
  }

  reduce(at: number, node: string, fact: Observation): void {
    if (at > this.now) this.now = at;
    reduceFact(this.own.get(node) ?? this.ownPart(node), at, fact);
  }

  /** In place of what was known of the node. */
  put(part: NodePart): void {
    if (part.at > this.now) this.now = part.at;
    this.own.delete(part.node);
    this.parts.set(part.node, part);
  }

  /** What a node's own facts give: others may keep it, as it is never changed from now on. */
  part(node: string): NodePart | undefined {
    this.own.delete(node);
    return this.parts.get(node);
  }

  fork(): ViewState {
    this.own.clear();
    return new ViewState(this.parts, this.now);
  }

  /** What did not change since the last snapshot is the same object again. */
  snapshot(atMicros: number = this.now): ClusterView {
    this.own.clear();
    this.shown = project([...this.parts.values()], atMicros, this.shown);
    return this.shown;
  }

  private ownPart(node: string): NodePart {
    const known = this.parts.get(node);
    const part = known === undefined ? newPart(node) : copyPart(known);
    this.parts.set(node, part);
    this.own.set(node, part);
    return part;
  }
}
