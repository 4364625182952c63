/** What the node knows of the registry: its records, and what they say about members, leaders, the view and the job. */
import { isNodeId, nodeId } from "../ids.ts";
import type { NodeId } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import { mix32 } from "../keys/mix.ts";
import { parseJobRecord } from "../registry/job-record.ts";
import { parseNodeRecord, parseTermRecord, recordKeys } from "../registry/records.ts";
import type { RegistryChange, RegistryRecord } from "../registry/registry.ts";
import { parseView } from "../ring/ring.ts";
import type { View } from "../ring/view.ts";
import type { Member } from "../shell.ts";
import { understood } from "./understood.ts";

const nodeOf = understood(parseNodeRecord);
const viewOf = understood(parseView);
const jobOf = understood(parseJobRecord);

export interface Leader {
  readonly node: NodeId;
  readonly term: number;
}

export class RecordBook {
  readonly members: Map<NodeId, Member> = new Map();
  readonly records: Map<string, RegistryRecord> = new Map();
  /** The newest change applied. */
  revision: number = 0;
  view: View | undefined = undefined;
  job: JobSpec | undefined = undefined;
  /** The newest incarnation of each node that the cluster goes on without, and why. */
  private readonly gone: Map<NodeId, { readonly incarnation: number; readonly reason: string }> = new Map();
  private readonly leaders: Map<string, Leader> = new Map();

  leader(role: "manager" | "scheduler"): Leader | undefined {
    return this.leaders.get(recordKeys.term(role));
  }

  /** Undefined: it has never been removed, or a later incarnation is a member. */
  goneNode(node: NodeId): { readonly incarnation: number; readonly reason: string } | undefined {
    return this.gone.get(node);
  }

  /** False where nothing changed: the change is older than what is known. */
  isNews(change: RegistryChange): boolean {
    const known = this.records.get(change.type === "put" ? change.record.key : change.key);
    if (change.type === "deleted") return known !== undefined && change.modified > known.modified;
    return known === undefined || change.record.modified > known.modified;
  }

  /** Applies news; the reason where the record is not what its key promises. */
  apply(change: RegistryChange): string | undefined {
    if (change.type === "deleted") {
      this.revision = Math.max(this.revision, change.modified);
      this.records.delete(change.key);
      this.forget(change.key);
      return undefined;
    }
    const { record } = change;
    this.revision = Math.max(this.revision, record.modified);
    this.records.set(record.key, record);
    const reason = this.understand(record);
    return reason === undefined ? undefined : `the registry's record ${record.key}: ${reason}`;
  }

  digest(): number {
    const { view, members } = this;
    return mix32(mix32(this.revision, this.records.size), mix32(view?.number ?? 0, members.size));
  }

  private understand(record: RegistryRecord): string | undefined {
    const { key, value } = record;
    if (key.startsWith(recordKeys.nodesPrefix)) return this.understandMember(record);
    switch (key) {
      case recordKeys.view:
        return this.understandView(record);
      case recordKeys.job: {
        const job = jobOf(record);
        if (typeof job === "string") return job;
        this.job = job;
        return undefined;
      }
      case recordKeys.term("manager"):
      case recordKeys.term("scheduler"):
        return this.understandTerm(key, value);
      default:
        return undefined;
    }
  }

  private understandMember(record: RegistryRecord): string | undefined {
    const name = record.key.slice(recordKeys.nodesPrefix.length);
    if (!isNodeId(name)) return "a node is named role-number, such as server-3";
    const node = nodeId(name);
    const member = nodeOf(record);
    if (typeof member === "string") return member;
    const { incarnation, address, gone } = member;
    if (gone === undefined) {
      this.gone.delete(node);
      this.members.set(node, { node, incarnation, address });
    } else {
      this.members.delete(node);
      this.gone.set(node, { incarnation, reason: gone });
    }
    return undefined;
  }

  /** Only a newer view is adopted. */
  private understandView(record: RegistryRecord): string | undefined {
    const view = viewOf(record);
    if (typeof view === "string") return view;
    if (this.view === undefined || view.number > this.view.number) this.view = view;
    return undefined;
  }

  /** Nothing of an older term is believed after a newer one. */
  private understandTerm(key: string, value: string): string | undefined {
    const record = parseTermRecord(value);
    if (typeof record === "string") return record;
    const { leader, term } = record;
    if (!isNodeId(leader)) return `${leader} is not a node's name`;
    if (term > (this.leaders.get(key)?.term ?? 0)) this.leaders.set(key, { node: nodeId(leader), term });
    return undefined;
  }

  /** View, job and terms outlive their records: they are only ever replaced by newer ones. */
  private forget(key: string): void {
    if (key.startsWith(recordKeys.nodesPrefix)) {
      this.members.delete(key.slice(recordKeys.nodesPrefix.length) as NodeId);
    }
  }
}
