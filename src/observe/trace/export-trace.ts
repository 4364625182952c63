/** A trace for the tools that people have: Chrome's trace viewer (also Perfetto), and ShiViz. */
import type { PushIdentity } from "../../core/index.ts";
import { describeFact } from "../describe-fact.ts";
import type { CausedFact } from "./causes.ts";

/**
 * The JSON Array Format of Chrome's trace viewer: a row for each node; tasks and pushes as spans, other facts as instants,
 * and an arrow from each fact to those at other nodes that follow from it.
 */
export function* chromeTrace(facts: readonly CausedFact[]): Generator<string> {
  const rows = new Map<string, number>();
  let separator = "[\n";
  const line = (event: object): string => {
    const text = `${separator}${JSON.stringify(event)}`;
    separator = ",\n";
    return text;
  };
  for (const [index, { fact, causes }] of facts.entries()) {
    const { at, node } = fact;
    let tid = rows.get(node);
    if (tid === undefined) {
      tid = rows.size + 1;
      rows.set(node, tid);
      yield line({ ph: "M", pid: 1, tid, name: "thread_name", args: { name: node } });
    }
    const where = { pid: 1, tid, ts: at };
    yield line({ ...where, ...eventOf(fact.fact), args: { fact: index, what: describeFact(fact.fact) } });
    for (const cause of causes) {
      const source = facts[cause].fact;
      if (source.node === node) continue;
      const flow = { cat: "cause", name: "cause", id: `${cause}-${index}` };
      yield line({ ph: "s", pid: 1, tid: rows.get(source.node), ts: source.at, ...flow });
      yield line({ ph: "f", bp: "e", ...where, ...flow });
    }
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

function eventOf(fact: CausedFact["fact"]["fact"]): object {
  switch (fact.type) {
    case "task-started":
      return { ph: "b", cat: "task", name: fact.name, id: `task ${fact.slot} ${fact.time}` };
    case "task-finished":
      return { ph: "e", cat: "task", name: "task", id: `task ${fact.slot} ${fact.time}` };
    case "push-invoked":
      return { ph: "b", cat: "push", name: "push", id: `push ${identity(fact.push)}` };
    case "push-finished":
      return { ph: "e", cat: "push", name: "push", id: `push ${identity(fact.push)}` };
    default:
      return { ph: "i", s: "t", cat: fact.type, name: fact.type };
  }
}

/** The expression by which ShiViz reads what `shivizLog` writes. */
export const shivizParser = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)";

/** Each fact with the vector clock (Fidge, Mattern) of what it follows from; a node's facts follow each other. */
export function* shivizLog(facts: readonly CausedFact[]): Generator<string> {
  const clocks: ReadonlyMap<string, number>[] = [];
  const newest = new Map<string, ReadonlyMap<string, number>>();
  for (const { fact, causes } of facts) {
    const clock = new Map(newest.get(fact.node));
    for (const cause of causes) {
      for (const [node, time] of clocks[cause]) clock.set(node, Math.max(time, clock.get(node) ?? 0));
    }
    clock.set(fact.node, (clock.get(fact.node) ?? 0) + 1);
    clocks.push(clock);
    newest.set(fact.node, clock);
    yield `${fact.node} ${JSON.stringify(Object.fromEntries(clock))}\n${describeFact(fact.fact)}\n`;
  }
}

const identity = ({ parameter, slot, time, op }: PushIdentity): string =>
  `${parameter} ${slot} ${time} ${op}`;
