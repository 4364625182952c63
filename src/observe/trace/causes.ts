/**
 * What a fact follows from. Facts name the push, task, token or view that they are about, so that happens-before (Lamport,
 * CACM 1978) can be read off any trace, simulated or recorded, without clocks that agree.
 */
import type { Observation, PushIdentity, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";

/** Applied, and not yet known to be committed. */
interface Entry {
  readonly token: Token;
  readonly applied: number;
  committed: number | undefined;
}

/** Shown the facts of a trace in order; each is known by its index from then on. */
class CauseTracker {
  private readonly last = new Map<string, number>();
  /** By parameter and segment, those that no commit has reached. */
  private readonly open = new Map<string, Entry[]>();
  /** By push: the entries in which its parts were applied. */
  private readonly entriesOf = new Map<string, Entry[]>();
  private readonly finishedTasks = new Map<number, number[]>();
  /** By token: its copies at the replicas. */
  private readonly stored = new Map<string, number[]>();
  /** By pull: the parts of its answer. */
  private readonly partsPulled = new Map<string, number[]>();
  /** Since the last view was published: whatever gave cause to the next. */
  private changes: number[] = [];
  private index = -1;

  /** Indices of earlier facts, without repeats, in ascending order. */
  observe({ node, fact }: Fact): readonly number[] {
    this.index++;
    const causes = this.causesOf(fact, node).filter((cause) => cause !== undefined);
    this.remember(fact, node);
    return [...new Set(causes)].sort((a, b) => a - b);
  }

  private causesOf(fact: Observation, node: string): readonly (number | undefined)[] {
    const { last } = this;
    const here = last.get(`adopted ${node}`);
    switch (fact.type) {
      case "task-issued":
        return [last.get(`frontier ${node}`), last.get("job")];
      case "task-started":
        return [last.get(`issued ${fact.time}`), last.get(`assigned ${fact.slot}`)];
      case "task-finished":
      case "push-invoked":
      case "pull-invoked": {
        const { slot, time } = fact.type === "push-invoked" ? fact.push : fact;
        return [last.get(`started ${slot} ${time}`)];
      }
      case "frontier-rose":
        return this.finishedBelow(fact.floor);
      case "part-received":
        return [last.get(`invoked ${pushKey(fact.push)}`)];
      case "applied":
        return [...fact.slots.map((slot) => last.get(partKey({ ...fact, slot }, fact.segment))), here];
      case "entry-stored":
        return [last.get(`entry ${tokenKey(fact)}`)];
      case "committed":
        return this.storedUpTo(fact);
      case "push-finished":
        return this.commitsOf(fact.push);
      case "push-refused":
        return [last.get(`invoked ${pushKey(fact.push)}`)];
      case "read-answered":
        return [last.get(`pull ${pushKey(fact)}`), last.get(`entry ${tokenKey(fact)}`), here];
      case "part-pulled":
        return [last.get(`read ${pushKey(fact)} ${fact.segment}`)];
      case "pull-finished":
        return [last.get(`pull ${pushKey(fact)}`), ...(this.partsPulled.get(pushKey(fact)) ?? [])];
      case "job-failed":
        // A program judges what it was last given.
        return [last.get(`answered ${node}`)];
      case "view-published":
        return [...this.changes, last.get(`leader ${node}`)];
      case "view-adopted":
        return [last.get(`published ${fact.view}`)];
      case "segment-sealed":
      case "segment-dropped":
        return [here];
      case "holder-filled":
        return [last.get(`filled ${fact.peer} ${fact.segment}`)];
      case "node-evicted":
        return [last.get(`suspected ${node} ${fact.peer}`)];
      case "node-suspected":
        return [last.get(`stopped ${fact.peer}`)];
      case "slot-assigned":
        return [last.get("job"), last.get(`up ${fact.worker}`)];
      case "job-ended":
        return [last.get(`frontier ${node}`)];
      case "model-saved":
        return [last.get("ended")];
      default:
        return [];
    }
  }

  private remember(fact: Observation, node: string): void {
    const { index, last } = this;
    const set = (key: string): unknown => last.set(key, index);
    switch (fact.type) {
      case "job-submitted":
        return void set("job");
      case "node-started":
        this.changes.push(index);
        return void set(`up ${node}`);
      case "node-stopped":
        return void set(`stopped ${node}`);
      case "task-issued":
        return void set(`issued ${fact.time}`);
      case "slot-assigned":
        return void set(`assigned ${fact.slot}`);
      case "task-started":
        return void set(`started ${fact.slot} ${fact.time}`);
      case "task-finished":
        return append(this.finishedTasks, fact.time, index);
      case "frontier-rose":
        return void set(`frontier ${node}`);
      case "push-invoked":
        return void set(`invoked ${pushKey(fact.push)}`);
      case "part-received":
        if (!fact.isDuplicate) set(partKey(fact.push, fact.segment));
        return;
      case "applied":
        set(`entry ${tokenKey(fact)}`);
        return this.applied(fact);
      case "entry-stored":
        if (fact.isSnapshot) set(`filled ${node} ${fact.segment}`);
        return append(this.stored, tokenKey(fact), index);
      case "pull-invoked":
        return void set(`pull ${pushKey(fact)}`);
      case "part-pulled":
        return append(this.partsPulled, pushKey(fact), index);
      case "pull-finished":
        return void set(`answered ${node}`);
      case "read-answered":
        return void set(`read ${pushKey(fact)} ${fact.segment}`);
      case "view-published":
        this.changes = [];
        return void set(`published ${fact.view.number}`);
      case "view-adopted":
        return void set(`adopted ${node}`);
      case "leader-elected":
        return void set(`leader ${node}`);
      case "node-suspected":
        return void set(`suspected ${node} ${fact.peer}`);
      case "node-evicted":
      case "holder-filled":
        this.changes.push(index);
        return;
      case "job-ended":
        return void set("ended");
      default:
        return;
    }
  }

  private applied(fact: Observation & { readonly type: "applied" }): void {
    const entry: Entry = { token: fact.token, applied: this.index, committed: undefined };
    append(this.open, segmentKey(fact), entry);
    for (const slot of fact.slots) append(this.entriesOf, pushKey({ ...fact, slot }), entry);
  }

  /** The entry and its copies; the open entries up to it are committed by this fact. */
  private storedUpTo(fact: Observation & { readonly type: "committed" }): readonly (number | undefined)[] {
    const key = segmentKey(fact);
    const stillOpen: Entry[] = [];
    for (const entry of this.open.get(key) ?? []) {
      if (entry.token.index <= fact.token.index) entry.committed = this.index;
      else stillOpen.push(entry);
    }
    this.open.set(key, stillOpen);
    return [this.last.get(`entry ${tokenKey(fact)}`), ...(this.stored.get(tokenKey(fact)) ?? [])];
  }

  private commitsOf(push: PushIdentity): readonly (number | undefined)[] {
    const entries = this.entriesOf.get(pushKey(push)) ?? [];
    const invoked = this.last.get(`invoked ${pushKey(push)}`);
    return [invoked, ...entries.map(({ committed, applied }) => committed ?? applied)];
  }

  private finishedBelow(floor: number): readonly number[] {
    const found: number[] = [];
    for (const [time, indices] of this.finishedTasks) {
      if (time >= floor) continue;
      found.push(...indices);
      this.finishedTasks.delete(time);
    }
    return found;
  }
}

export interface CausedFact {
  readonly fact: Fact;
  /** Indices of the facts that it follows from. */
  readonly causes: readonly number[];
}

export function withCauses(facts: readonly Fact[]): readonly CausedFact[] {
  const tracker = new CauseTracker();
  return facts.map((fact) => ({ fact, causes: tracker.observe(fact) }));
}

/** The fact and all that happened before it and had to do with it, in order; at most so many, the latest ones. */
export function causalSlice(facts: readonly CausedFact[], from: number, factsMax: number): readonly number[] {
  const slice = new Set<number>([from]);
  // Newest first, so that what is left out where there are too many is what is furthest back.
  const ahead = new Set<number>(facts[from].causes);
  while (ahead.size > 0 && slice.size < factsMax) {
    let next = -1;
    for (const index of ahead) if (index > next) next = index;
    ahead.delete(next);
    slice.add(next);
    for (const cause of facts[next].causes) if (!slice.has(cause)) ahead.add(cause);
  }
  return [...slice].sort((a, b) => a - b);
}

function append<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

const pushKey = ({ parameter, slot, time, op }: PushIdentity): string => `${parameter} ${slot} ${time} ${op}`;
const partKey = (push: PushIdentity, segment: number): string => `part ${pushKey(push)} ${segment}`;
const segmentKey = ({
  parameter,
  segment,
}: {
  readonly parameter: number;
  readonly segment: number;
}): string => `${parameter} ${segment}`;
const tokenKey = (entry: {
  readonly parameter: number;
  readonly segment: number;
  readonly token: Token;
}): string => `${segmentKey(entry)} ${entry.token.lineage} ${entry.token.view} ${entry.token.index}`;
