/** What a cluster's records say of it: who does what, and whether it has all that it should. */
import {
  type NodeId,
  parseNodeRecord,
  parseSlotsRecord,
  parseView,
  recordKeys,
  roleOf,
  type View,
} from "#tauring/core/index.js";

export interface Expected {
  readonly servers: number;
  readonly workers: number;
  readonly replicas: number;
  readonly managers: number;
  readonly schedulers: number;
}

export class ClusterRecords {
  private readonly expected: Expected;
  private readonly incarnations: Map<string, number> = new Map();
  private view: View | undefined = undefined;
  private slots: readonly { readonly worker: NodeId; readonly incarnation: number }[] = [];
  private waiting: (() => void)[] = [];

  constructor(expected: Expected) {
    this.expected = expected;
  }

  changed(key: string, value: string | undefined): void {
    if (key.startsWith(recordKeys.nodesPrefix)) {
      const record = value === undefined ? undefined : parseNodeRecord(value);
      const name = key.slice(recordKeys.nodesPrefix.length);
      if (typeof record === "object" && record.gone === undefined)
        this.incarnations.set(name, record.incarnation);
      else this.incarnations.delete(name);
    }
    if (value === undefined) return;
    if (key === recordKeys.view) this.viewIs(parseView(value) as View);
    if (key === recordKeys.slots) {
      const record = parseSlotsRecord(value);
      if (typeof record === "object") this.slots = record.slots;
    }
  }

  private viewIs(view: View): void {
    this.view = view;
    if (view.segments.every(({ filling }) => filling.length === 0)) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Resolves when a view says who is to be filled with what others hold. */
  handOver(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Undefined while it is no member. */
  incarnationOf(node: NodeId): number | undefined {
    return this.incarnations.get(node);
  }

  /** Workers that have slots. */
  get busyWorkers(): readonly NodeId[] {
    return [...new Set(this.slots.map(({ worker }) => worker))].sort();
  }

  /** What is missing; undefined: each segment has all its replicas, every node is a member, and each slot is held by one. */
  get missing(): string | undefined {
    const { servers, workers, replicas, managers, schedulers } = this.expected;
    const members = [...this.incarnations.keys()];
    const count = (role: string): number => members.filter((name) => roleOf(name as NodeId) === role).length;
    if (count("server") < servers) return `${servers - count("server")} servers`;
    if (count("worker") < workers) return `${workers - count("worker")} workers`;
    if (count("scheduler") < schedulers) return `${schedulers - count("scheduler")} schedulers`;
    if (count("manager") < managers) return `${managers - count("manager")} managers`;
    const { view } = this;
    if (view === undefined) return "the view";
    const holderCount = Math.min(replicas, servers - 1) + 1;
    const short = view.segments.filter(
      ({ holders, filling }) => filling.length > 0 || holders.length < holderCount,
    );
    if (short.length > 0) return `${short.length} of ${view.segments.length} segments are not whole`;
    const stale = Object.entries(view.incarnations).find(([name, i]) => this.incarnations.get(name) !== i);
    if (stale !== undefined) return `the view still has ${stale[0]}#${stale[1]}`;
    const lost = this.slots.find(({ worker, incarnation }) => this.incarnations.get(worker) !== incarnation);
    return lost === undefined && this.slots.length > 0 ? undefined : "a worker for each slot";
  }
}
