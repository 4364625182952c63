/** The facts of several nodes' files as one stream. */
import { type Fact, worldName } from "../fact.ts";
import type { Trace } from "./trace-file.ts";

/** Why a node stopped that never said so: what it said last may be missing in its file. */
export const killedReason = "killed: its trace ends here";

/**
 * By time, and in the order of the files within equal times; each life of a node may have a file of its own. The trace of
 * a node that was killed ends, and the others go on: after its last words it is said to have stopped.
 */
export function mergeTraces(traces: readonly Trace[]): readonly Fact[] {
  const whole = traces.length === 1 ? traces[0].facts : traces.flatMap(({ facts }) => withEnds(facts));
  return whole
    .map((fact, order) => ({ fact, order }))
    .sort((a, b) => a.fact.at - b.fact.at || a.order - b.order)
    .map(({ fact }) => fact);
}

function withEnds(facts: readonly Fact[]): readonly Fact[] {
  const ended: Fact[] = [];
  /** What each node said last, of those that have not stopped. */
  const lastWords = new Map<string, Fact>();
  const hasStarted = new Set<string>();
  for (const fact of facts) {
    const { node } = fact;
    if (fact.fact.type === "node-started") {
      const before = lastWords.get(node);
      if (before !== undefined && hasStarted.has(node)) ended.push(endAfter(before));
      hasStarted.add(node);
    }
    if (fact.fact.type === "node-stopped") {
      lastWords.delete(node);
      hasStarted.delete(node);
    } else lastWords.set(node, fact);
    ended.push(fact);
  }
  lastWords.delete(worldName);
  for (const last of lastWords.values()) ended.push(endAfter(last));
  return ended;
}

function endAfter({ at, node }: Fact): Fact {
  return { at, node, fact: { type: "node-stopped", reason: killedReason } };
}
