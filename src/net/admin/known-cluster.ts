/** What the registry has told a node about the cluster, for whoever asks the node. */
import {
  type NodeId,
  type RegistryChange,
  type SlotAssignment,
  type View,
  isNodeId,
  parseJobRecord,
  parseNodeRecord,
  parseSlotsRecord,
  parseTermRecord,
  parseView,
  recordKeys,
} from "../../core/index.ts";

export interface KnownMember {
  readonly node: NodeId;
  readonly incarnation: number;
  readonly address: string;
  /** Why the cluster goes on without this incarnation; undefined: it is a member. */
  readonly gone: string | undefined;
  /** It may not come back. */
  readonly isDecommissioned: boolean;
}

export interface KnownLeader {
  readonly role: "manager" | "scheduler";
  readonly node: NodeId;
  readonly term: number;
}

/** All of it, as plain data. */
export interface KnownRecords {
  readonly members: readonly KnownMember[];
  readonly view: View | null;
  readonly leaders: readonly KnownLeader[];
  readonly slots: readonly SlotAssignment[];
  readonly job: { readonly name: string; readonly slotCount: number; readonly tau: number | null } | null;
}

const leadingRoles = ["manager", "scheduler"] as const;

export class KnownCluster {
  private readonly leaders: Map<string, KnownLeader> = new Map();
  private slots: readonly SlotAssignment[] = [];
  private job: KnownRecords["job"] = null;
  private readonly waiting: Set<() => void> = new Set();
  private read: KnownRecords | undefined = undefined;
  private readonly known: Map<NodeId, KnownMember> = new Map();
  private newest: View | undefined = undefined;

  learn(changes: readonly RegistryChange[]): void {
    for (const change of changes) {
      const key = change.type === "put" ? change.record.key : change.key;
      const value = change.type === "put" ? change.record.value : undefined;
      if (key.startsWith(recordKeys.nodesPrefix)) this.learnNode(key, value);
      else if (value !== undefined) this.learnOther(key, value);
    }
    this.read = undefined;
    for (const look of this.waiting) look();
  }

  /** Resolves with whether it came to be so in time. */
  until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (answer: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(answer);
      };
      const look = (): void => {
        if (isSo()) end(true);
      };
      const timer = setTimeout(() => end(false), withinMs);
      this.waiting.add(look);
      look();
    });
  }

  /** The same object until something changes. */
  get records(): KnownRecords {
    const { members, slots, job } = this;
    this.read ??= { members, slots, job, view: this.newest ?? null, leaders: [...this.leaders.values()] };
    return this.read;
  }

  /** Those that are gone included, by name. */
  get members(): readonly KnownMember[] {
    return [...this.known.values()].toSorted((a, b) => (a.node < b.node ? -1 : 1));
  }

  get view(): View | undefined {
    return this.newest;
  }

  private learnNode(key: string, value: string | undefined): void {
    const node = key.slice(recordKeys.nodesPrefix.length);
    if (!isNodeId(node)) return;
    const record = value === undefined ? undefined : parseNodeRecord(value);
    if (record === undefined) this.known.delete(node);
    else if (typeof record !== "string")
      this.known.set(node, { node, gone: undefined, isDecommissioned: false, ...record });
  }

  private learnOther(key: string, value: string): void {
    if (key === recordKeys.view) return this.learnView(value);
    for (const role of leadingRoles) if (key === recordKeys.term(role)) this.learnLeader(role, value);
    if (key === recordKeys.slots) {
      const record = parseSlotsRecord(value);
      if (typeof record !== "string") this.slots = record.slots;
    }
    if (key !== recordKeys.job) return;
    const job = parseJobRecord(value);
    if (typeof job === "string") return;
    const { name, slotCount, tau } = job;
    this.job = { name, slotCount, tau };
  }

  private learnLeader(role: KnownLeader["role"], value: string): void {
    const record = parseTermRecord(value);
    if (typeof record === "string" || !isNodeId(record.leader)) return;
    this.leaders.set(role, { role, node: record.leader, term: record.term });
  }

  private learnView(value: string): void {
    const view = parseView(value);
    if (typeof view !== "string" && view.number > (this.newest?.number ?? 0)) this.newest = view;
  }
}
