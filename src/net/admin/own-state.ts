/** What a node has seen, for those who watch it: its facts boiled down, and what the registry says. */
import { hostname } from "node:os";
import type { Micros, NodeId, Observation } from "../../core/index.ts";
import { type EventView, type NodePart, newPart, ViewState } from "../../observe/index.ts";
import type { NodeState } from "./admin-messages.ts";
import type { KnownCluster, KnownRecords } from "./known-cluster.ts";

/** What one watcher has been sent. */
export interface Sent {
  part: NodePart | undefined;
  records: KnownRecords | undefined;
  lastEvent: EventView | undefined;
  lastProgress: NodePart["progress"][number] | undefined;
}

export function nothingSent(): Sent {
  return { part: undefined, records: undefined, lastEvent: undefined, lastProgress: undefined };
}

export class OwnState {
  private readonly node: NodeId;
  private readonly known: KnownCluster;
  private readonly facts: ViewState = new ViewState();
  private isChanged = true;
  private newest: NodePart;
  /** The newest part as JSON, for all who watch. */
  private text: string | undefined = undefined;

  constructor(node: NodeId, known: KnownCluster) {
    this.node = node;
    this.known = known;
    this.newest = newPart(node);
  }

  observe(fact: Observation, at: Micros): void {
    this.facts.reduce(at, this.node, fact);
    this.isChanged = true;
  }

  /** There is something that this watcher has not been sent. */
  isNews(sent: Sent): boolean {
    return this.part() !== sent.part || this.known.records !== sent.records;
  }

  /** The newest state as far as it is news; from now on it counts as sent. */
  take(sent: Sent, now: Micros, dropped: number): NodeState {
    const part = this.part();
    const { records } = this.known;
    const events = eventsAfter(part.events, sent.lastEvent);
    const lastProgress = part.progress.at(-1);
    const state: NodeState = {
      node: this.node,
      nowMicros: now,
      part: part === sent.part ? "" : this.partText(part),
      events: events.length === 0 ? "" : JSON.stringify(events),
      progress: lastProgress === sent.lastProgress ? "" : JSON.stringify(part.progress),
      known: records === sent.records ? "" : JSON.stringify(records),
      dropped,
      processId: process.pid,
      host: hostname(),
    };
    Object.assign(sent, { part, records, lastEvent: part.events.at(-1), lastProgress });
    return state;
  }

  private part(): NodePart {
    if (!this.isChanged) return this.newest;
    this.isChanged = false;
    this.newest = this.facts.part(this.node) ?? this.newest;
    this.text = undefined;
    return this.newest;
  }

  private partText(part: NodePart): string {
    this.text ??= JSON.stringify({ ...part, events: [], progress: [] });
    return this.text;
  }
}

/** All that are kept, where the one that was sent last is not among them. */
function eventsAfter(events: readonly EventView[], last: EventView | undefined): readonly EventView[] {
  return last === undefined ? events : events.slice(events.lastIndexOf(last) + 1);
}
