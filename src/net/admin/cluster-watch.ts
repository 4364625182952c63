/**
 * Follows a whole cluster: finds its nodes through any one of them, watches each, and lays their parts side by side.
 * A node that cannot be reached keeps the part that it had, and how old that is.
 */
import type { NodeId } from "../../core/index.ts";
import { type ClusterView, type NodePart, newPart, ViewState } from "../../observe/index.ts";
import type { AdminAccess, AdminRefusal } from "./admin-client.ts";
import type { KnownRecords } from "./known-cluster.ts";
import { type HeardState, NodeWatch, type ProcessPlace } from "./node-watch.ts";
import { recordParts } from "./record-parts.ts";
import { findCluster } from "./survey.ts";

export interface ClusterWatchOptions {
  /** Any nodes of the cluster. */
  readonly addresses: readonly string[];
  readonly access: AdminAccess;
  readonly intervalMs: number;
}

export interface NodeContact {
  readonly node: NodeId;
  readonly address: string;
  /** Since the node was heard; null: it never was. */
  readonly ageMs: number | null;
  /** Why it cannot be reached now; null: it can. */
  readonly lost: string | null;
  /** States that this watcher was too slow for. */
  readonly dropped: number;
  /** Undefined: the node was never heard. */
  readonly place: ProcessPlace | undefined;
}

interface Watched {
  readonly watch: NodeWatch;
  heardAt: number | undefined;
  nowMicros: number;
  lost: string | null;
  dropped: number;
  place: ProcessPlace | undefined;
}

const seekMs = { first: 200, last: 5_000 } as const;

export class ClusterWatch {
  private readonly options: ClusterWatchOptions;
  private readonly watched: Map<NodeId, Watched> = new Map();
  private readonly listeners: Set<() => void> = new Set();
  private readonly parts: Map<NodeId, NodePart> = new Map();
  private records: KnownRecords | undefined = undefined;
  private recordsAt = 0;
  private refusal: AdminRefusal | undefined = undefined;
  private state: ViewState = new ViewState();
  private timer: NodeJS.Timeout | undefined = undefined;
  private waitMs: number = seekMs.first;
  private isClosed = false;

  constructor(options: ClusterWatchOptions) {
    this.options = options;
    void this.seek();
  }

  /** Calls back after each change; returns how to end it. */
  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  /** Why no node of the cluster has answered so far; undefined: one has. */
  get unreached(): AdminRefusal | undefined {
    return this.refusal;
  }

  /** Every node that the cluster knows of has been heard, or could not be reached. */
  get isSettled(): boolean {
    const all = [...this.watched.values()];
    return all.length > 0 && all.every(({ heardAt, lost }) => heardAt !== undefined || lost !== null);
  }

  get known(): KnownRecords | undefined {
    return this.records;
  }

  contacts(): readonly NodeContact[] {
    const now = performance.now();
    return [...this.watched].map(([node, { watch, heardAt, lost, dropped, place }]) => {
      const ageMs = heardAt === undefined ? null : Math.round(now - heardAt);
      return { node, address: watch.address, ageMs, lost, dropped, place };
    });
  }

  /** Now, by the clock of the nodes: of those that were heard, the one that is ahead. */
  get atMicros(): number {
    const now = performance.now();
    let at = this.state.atMicros;
    for (const { heardAt, nowMicros } of this.watched.values()) {
      if (heardAt !== undefined) at = Math.max(at, nowMicros + Math.round((now - heardAt) * 1000));
    }
    return at;
  }

  view(): ClusterView {
    return this.state.snapshot(this.atMicros);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    for (const { watch } of this.watched.values()) watch.close();
    this.listeners.clear();
  }

  private async seek(): Promise<void> {
    const { addresses, access } = this.options;
    const known = [...this.watched.values()].map(({ watch }) => watch.address);
    const answer = await findCluster([...addresses, ...known], access);
    if (this.isClosed) return;
    if (answer.ok) {
      this.refusal = undefined;
      this.waitMs = seekMs.first;
      for (const { node, address, isGone } of answer.found.members) if (!isGone) this.follow(node, address);
      return this.changed();
    }
    this.refusal = answer;
    this.changed();
    this.timer = setTimeout(() => void this.seek(), this.waitMs);
    this.timer.unref();
    this.waitMs = Math.min(2 * this.waitMs, seekMs.last);
  }

  private follow(node: NodeId, address: string): void {
    const present = this.watched.get(node);
    if (present?.watch.address === address) return;
    present?.watch.close();
    const { access, intervalMs } = this.options;
    const watch = new NodeWatch(
      { node, address, access, intervalMs },
      { state: (heard) => this.heard(node, heard), lost: (reason) => this.lost(node, reason) },
    );
    const { heardAt, nowMicros } = present ?? { heardAt: undefined, nowMicros: 0 };
    this.watched.set(node, { watch, heardAt, nowMicros, lost: null, dropped: 0, place: undefined });
  }

  private heard(node: NodeId, { part, records, nowMicros, dropped, place }: HeardState): void {
    const watched = this.watched.get(node);
    if (watched === undefined) return;
    Object.assign(watched, { heardAt: performance.now(), nowMicros, lost: null, dropped, place });
    if (records !== undefined) this.learn(records);
    if (part !== undefined) {
      this.parts.set(node, part);
      this.state.put(part);
      this.completeParts();
    }
    this.changed();
  }

  private lost(node: NodeId, reason: string): void {
    const watched = this.watched.get(node);
    if (watched !== undefined) watched.lost = reason;
    this.changed();
    const isAlone = [...this.watched.values()].every(({ lost }) => lost !== null);
    // Whom it knew may have left one by one: somebody may be at the addresses that it was given.
    if (isAlone && this.timer === undefined) {
      this.timer = setTimeout(() => {
        this.timer = undefined;
        void this.seek();
      }, seekMs.last);
      this.timer.unref();
    }
  }

  /** From whichever node is ahead of what is known. */
  private learn(records: KnownRecords): void {
    if (this.records !== undefined && isOlder(records, this.records)) return;
    this.records = records;
    this.recordsAt = this.atMicros;
    for (const { node, address, gone } of records.members) {
      if (gone === undefined) this.follow(node, address);
      else {
        this.watched.get(node)?.watch.close();
        this.watched.delete(node);
      }
    }
    this.completeParts();
  }

  /** What nobody is there to tell, such as a view whose manager is gone, the registry knows. */
  private completeParts(): void {
    if (this.records === undefined) return;
    const partOf = (node: NodeId): NodePart => this.parts.get(node) ?? newPart(node);
    for (const part of recordParts(this.records, this.recordsAt, partOf)) this.state.put(part);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Incarnations and views only grow. */
function isOlder(records: KnownRecords, known: KnownRecords): boolean {
  const age = ({ members, view, leaders }: KnownRecords): number =>
    members.reduce((sum, { incarnation, gone }) => sum + 2 * incarnation + (gone === undefined ? 0 : 1), 0) +
    (view?.number ?? 0) +
    leaders.reduce((sum, { term }) => sum + term, 0);
  return age(records) < age(known);
}
