/** How long a cluster went without what a node held that died or fell silent, as the facts of its trace tell. */
import { type NodeId, roleOf, type Slot, type View } from "../core/index.ts";
import { allCheckers, CheckRun, type Fact } from "../observe/index.ts";

/** What was done to a node, on the machine's monotonic clock. */
export interface Disturbance {
  readonly node: NodeId;
  readonly by: "SIGKILL" | "SIGSTOP";
  readonly at: number;
}

export interface Recovery extends Disturbance {
  /** The newest task that had been started by then. */
  readonly phase: string;
  /** What the cluster was in the middle of. */
  readonly during: During;
  /** Until a manager wrote that the cluster goes on without it, or it was back as a newcomer: whichever came first. */
  readonly noticedMs: number | undefined;
  /** Who does its part since: masters of its segments, holders of its slots, or the one that leads. */
  readonly successors: readonly NodeId[];
  /** Segments that it was master of, or slots that it held. */
  readonly partCount: number;
  /** Until the first push, and the first part of a pull, on what it had held was finished by whoever took over. */
  readonly firstPushMs: number | undefined;
  readonly firstPullMs: number | undefined;
}

/** The longest that nobody finished a push, in what was disturbed or in the time until the next disturbance. */
export function longestGapMs(facts: readonly Fact[], from: number, to: number): number {
  let last = from;
  let longest = 0;
  for (const { at, fact } of facts) {
    if (fact.type !== "push-finished" || at < from || at > to) continue;
    longest = Math.max(longest, at - last);
    last = at;
  }
  return Math.max(longest, to - last) / 1000;
}

/** `facts` by time. */
export function recoveryFrom(facts: readonly Fact[], disturbance: Disturbance): Recovery {
  const { node, at } = disturbance;
  const before = facts.filter((fact) => fact.at <= at);
  const after = facts.filter((fact) => fact.at > at);
  const part = partOf(before, after, node);
  const noticed = after.find(
    ({ node: by, fact }) =>
      (fact.type === "node-evicted" && fact.peer === node) || (fact.type === "node-started" && by === node),
  );
  const since = (fact: Fact | undefined): number | undefined =>
    fact === undefined ? undefined : (fact.at - at) / 1000;
  const started = before.findLast(({ fact }) => fact.type === "task-started")?.fact;
  return {
    ...disturbance,
    phase: started?.type === "task-started" ? started.name : "start",
    during: duringAt(facts, at),
    noticedMs: since(noticed),
    successors: part.successors,
    partCount: part.count,
    firstPushMs: since(part.firstPush),
    firstPullMs: since(part.firstPull),
  };
}

type Stage = "push" | "aggregation" | "replication";
/** `between`: no push was open. */
export type During = "hand-over" | Stage | "between";

/**
 * A server that is being filled, or a segment whose master does not serve yet, is a hand-over. Else the furthest that any
 * open push has come: on its way, waiting at a master for those of other slots, or applied and on its way along the chain.
 */
export function duringAt(facts: readonly Fact[], end: number): During {
  let view: View | undefined;
  const filled = new Set<string>();
  const serving = new Map<number, string>();
  const open = new Map<string, Stage>();
  for (const { at, node, fact } of facts) {
    if (at > end) break;
    if (fact.type === "view-published" && fact.view.number > (view?.number ?? 0)) {
      view = fact.view;
      filled.clear();
    } else if (fact.type === "holder-filled") filled.add(`${fact.segment}/${fact.peer}`);
    else if (fact.type === "segment-sealed") serving.set(fact.segment, node);
    else moveOn(open, fact);
  }
  const segments = view?.segments ?? [];
  const isFilling = segments.some(({ begin, filling }) =>
    filling.some((node) => !filled.has(`${begin}/${node}`)),
  );
  if (isFilling || segments.some(({ begin, holders }) => serving.get(begin) !== holders[0]))
    return "hand-over";
  const stages = [...open.values()];
  return (
    (["replication", "aggregation", "push"] as const).find((stage) => stages.includes(stage)) ?? "between"
  );
}

function moveOn(open: Map<string, Stage>, fact: Fact["fact"]): void {
  if (fact.type === "push-invoked") open.set(keyOf(fact.push), "push");
  else if (fact.type === "push-finished") open.delete(keyOf(fact.push));
  else if (fact.type === "part-received" && open.get(keyOf(fact.push)) === "push")
    open.set(keyOf(fact.push), "aggregation");
  else if (fact.type === "applied") {
    for (const slot of fact.slots) {
      const key = keyOf({ parameter: fact.parameter, slot, time: fact.time, op: fact.op });
      if (open.has(key)) open.set(key, "replication");
    }
  }
}

/** Of finished pushes, as the checkers count them over the whole trace. */
export interface Losses {
  readonly pushes: number;
  readonly lost: number;
  readonly doubled: number;
  readonly otherViolations: number;
}

export function lossesIn(facts: readonly Fact[], referenceModel: string | undefined): Losses {
  const run = new CheckRun(allCheckers(referenceModel));
  let pushes = 0;
  let isComplete = false;
  for (const fact of facts) {
    if (fact.fact.type === "push-finished") pushes++;
    if (fact.fact.type === "job-ended") isComplete = true;
    run.observe(fact);
  }
  run.finish(isComplete);
  const violations = (...ids: readonly string[]): number =>
    ids.reduce((sum, id) => sum + run.counts[id].violations, 0);
  const lost = violations("X2", "R3");
  const doubled = violations("X1", "X3");
  const all = violations(...Object.keys(run.counts));
  return { pushes, lost, doubled, otherViolations: all - lost - doubled };
}

interface Part {
  readonly successors: readonly NodeId[];
  readonly count: number;
  readonly firstPush: Fact | undefined;
  readonly firstPull: Fact | undefined;
}

function partOf(before: readonly Fact[], after: readonly Fact[], node: NodeId): Part {
  const role = roleOf(node);
  if (role === "server") return serverPart(before, after, node);
  return role === "worker" ? workerPart(before, after, node) : leaderPart(after, role);
}

/** Every segment that it held waits for it, as each commit does. */
function serverPart(before: readonly Fact[], after: readonly Fact[], node: NodeId): Part {
  const view = newestView(before);
  const held = new Set(
    (view?.segments ?? []).filter(({ holders }) => holders.includes(node)).map(({ begin }) => begin),
  );
  const mastered = (view?.segments ?? []).filter(({ holders }) => holders[0] === node);
  const next = after.find(({ fact }) => fact.type === "view-published")?.fact;
  const masterAt = new Map<number, NodeId>();
  if (next?.type === "view-published")
    for (const { begin, holders } of next.view.segments) masterAt.set(begin, holders[0]);
  const serving = new Set<number>();
  const parts = new Map<string, readonly number[]>();
  for (const { fact } of before) if (fact.type === "push-invoked") parts.set(keyOf(fact.push), fact.segments);
  let firstPush: Fact | undefined;
  let firstPull: Fact | undefined;
  for (const entry of after) {
    const { fact } = entry;
    if (fact.type === "segment-sealed" && held.has(fact.segment) && fact.view > (view?.number ?? 0))
      serving.add(fact.segment);
    if (fact.type === "push-invoked") parts.set(keyOf(fact.push), fact.segments);
    if (fact.type === "push-finished" && parts.get(keyOf(fact.push))?.some((begin) => serving.has(begin)))
      firstPush ??= entry;
    if (fact.type === "part-pulled" && serving.has(fact.segment)) firstPull ??= entry;
    if (firstPush !== undefined && firstPull !== undefined) break;
  }
  const successors = mastered.map(({ begin }) => masterAt.get(begin) ?? node);
  return { successors: distinct(successors), count: mastered.length, firstPush, firstPull };
}

function workerPart(before: readonly Fact[], after: readonly Fact[], node: NodeId): Part {
  const holder = new Map<Slot, NodeId>();
  for (const { fact } of before) if (fact.type === "slot-assigned") holder.set(fact.slot, fact.worker);
  const slots = new Set([...holder].filter(([, worker]) => worker === node).map(([slot]) => slot));
  const moved = new Map<Slot, NodeId>();
  let firstPush: Fact | undefined;
  let firstPull: Fact | undefined;
  for (const entry of after) {
    const { fact } = entry;
    if (fact.type === "slot-assigned" && slots.has(fact.slot)) moved.set(fact.slot, fact.worker);
    if (fact.type === "push-finished" && moved.get(fact.push.slot) === entry.node) firstPush ??= entry;
    if (fact.type === "part-pulled" && moved.get(fact.slot) === entry.node) firstPull ??= entry;
  }
  return { successors: distinct([...moved.values()]), count: slots.size, firstPush, firstPull };
}

function leaderPart(after: readonly Fact[], role: string): Part {
  const elected = after.find(({ fact }) => fact.type === "leader-elected" && fact.role === role);
  const later = elected === undefined ? [] : after.filter(({ at }) => at >= elected.at);
  const first = (type: string): Fact | undefined => later.find(({ fact }) => fact.type === type);
  return {
    successors: elected === undefined ? [] : [elected.node as NodeId],
    count: 1,
    firstPush: first("push-finished"),
    firstPull: first("part-pulled"),
  };
}

function newestView(facts: readonly Fact[]): View | undefined {
  const fact = facts.findLast((entry) => entry.fact.type === "view-published")?.fact;
  return fact?.type === "view-published" ? fact.view : undefined;
}

function keyOf({
  parameter,
  slot,
  time,
  op,
}: {
  readonly parameter: number;
  readonly slot: number;
  readonly time: number;
  readonly op: number;
}): string {
  return `${parameter}/${slot}/${time}/${op}`;
}

function distinct(nodes: readonly NodeId[]): readonly NodeId[] {
  return [...new Set(nodes)].sort();
}
