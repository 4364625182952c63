/** What the registry has told a node about the cluster, for whoever asks the node. */
import {
  type NodeId,
  type RegistryChange,
  type View,
  isNodeId,
  parseNodeRecord,
  parseView,
  recordKeys,
} from "../../core/index.ts";

export interface KnownMember {
  readonly node: NodeId;
  readonly incarnation: number;
  readonly address: string;
  /** Why the cluster goes on without this incarnation; undefined: it is a member. */
  readonly gone: string | undefined;
}

export class KnownCluster {
  private readonly known: Map<NodeId, KnownMember> = new Map();
  private newest: View | undefined = undefined;

  learn(changes: readonly RegistryChange[]): void {
    for (const change of changes) {
      const key = change.type === "put" ? change.record.key : change.key;
      const value = change.type === "put" ? change.record.value : undefined;
      if (key.startsWith(recordKeys.nodesPrefix)) this.learnNode(key, value);
      else if (key === recordKeys.view && value !== undefined) this.learnView(value);
    }
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
    else if (typeof record !== "string") this.known.set(node, { node, gone: undefined, ...record });
  }

  private learnView(value: string): void {
    const view = parseView(value);
    if (typeof view !== "string" && view.number > (this.newest?.number ?? 0)) this.newest = view;
  }
}
