/** What a trace amounts to: how often each fact, and how long pushes, commits, pulls and repairs took. */
import type { PushIdentity } from "../../core/index.ts";
import type { Fact } from "../fact.ts";

export interface TraceStats {
  readonly facts: number;
  readonly seconds: number;
  readonly types: Readonly<Record<string, number>>;
  readonly nodes: Readonly<Record<string, number>>;
  /** From the first fact of a kind to the last, in microseconds. */
  readonly durations: Readonly<Record<DurationName, Durations>>;
}

export type DurationName = "push" | "pull" | "commit" | "task" | "eviction";

/** Microseconds; null where there was none. */
export interface Durations {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export function traceStats(facts: readonly Fact[]): TraceStats {
  const types: Record<string, number> = {};
  const nodes: Record<string, number> = {};
  const spans = new Spans();
  let last = 0;
  for (const { at, node, fact } of facts) {
    types[fact.type] = (types[fact.type] ?? 0) + 1;
    nodes[node] = (nodes[node] ?? 0) + 1;
    last = Math.max(last, at);
    spans.observe({ at, node, fact });
  }
  const first = facts.length === 0 ? 0 : facts[0].at;
  return { facts: facts.length, seconds: (last - first) / 1e6, types, nodes, durations: spans.durations() };
}

class Spans {
  private readonly begun = new Map<string, number>();
  private readonly taken: Record<DurationName, number[]> = {
    push: [],
    pull: [],
    commit: [],
    task: [],
    eviction: [],
  };

  observe({ at, node, fact }: Fact): void {
    switch (fact.type) {
      case "push-invoked":
        return this.begin(`push ${identity(fact.push)}`, at);
      case "push-finished":
        return this.end("push", `push ${identity(fact.push)}`, at);
      case "pull-invoked":
        return this.begin(`pull ${identity(fact)}`, at);
      case "part-pulled":
        return this.end("pull", `pull ${identity(fact)}`, at);
      case "applied":
        return this.begin(`entry ${fact.parameter} ${fact.segment} ${fact.token.index} ${node}`, at);
      case "committed":
        return this.end("commit", `entry ${fact.parameter} ${fact.segment} ${fact.token.index} ${node}`, at);
      case "task-started":
        return this.begin(`task ${fact.slot} ${fact.time} ${node}`, at);
      case "task-finished":
        return this.end("task", `task ${fact.slot} ${fact.time} ${node}`, at);
      case "node-suspected":
        return this.begin(`suspect ${fact.peer} ${node}`, at - fact.silentMs * 1000);
      case "node-evicted":
        return this.end("eviction", `suspect ${fact.peer} ${node}`, at);
      default:
        return;
    }
  }

  durations(): Readonly<Record<DurationName, Durations>> {
    const { push, pull, commit, task, eviction } = this.taken;
    return {
      push: summary(push),
      pull: summary(pull),
      commit: summary(commit),
      task: summary(task),
      eviction: summary(eviction),
    };
  }

  private begin(what: string, at: number): void {
    if (!this.begun.has(what)) this.begun.set(what, at);
  }

  private end(name: DurationName, what: string, at: number): void {
    const begun = this.begun.get(what);
    if (begun === undefined) return;
    this.begun.delete(what);
    this.taken[name].push(at - begun);
  }
}

function summary(taken: readonly number[]): Durations {
  const sorted = [...taken].sort((a, b) => a - b);
  const at = (share: number): number | null =>
    sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

const identity = ({ parameter, slot, time, op }: PushIdentity): string =>
  `${parameter} ${slot} ${time} ${op}`;
