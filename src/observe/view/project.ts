/** From what each node has said to what a screen shows. A pure function: the same parts and moment, the same view. */
import type { ClusterView, Consistency, ConvergenceView, EventView, HeaderView } from "./cluster-view.ts";
import { type KnownCluster, knownCluster } from "./known-cluster.ts";
import type { NodePart } from "./node-part.ts";
import { projectNodes } from "./project-nodes.ts";
import { projectRing } from "./project-ring.ts";
import { projectSlots } from "./project-slots.ts";
import { projectTraffic } from "./project-traffic.ts";
import { eventsKept } from "./reduce-fact.ts";
import { reuse, reuseList } from "./reuse.ts";

export function project(
  parts: readonly NodePart[],
  atMicros: number,
  before: ClusterView | undefined,
): ClusterView {
  const known = knownCluster(parts, atMicros);
  const ring = projectRing(known);
  const view: ClusterView = {
    atMicros,
    header: reuse(before?.header, headerOf(known)),
    ring: reuse(before?.ring, {
      segments: reuseList(before?.ring.segments, ring.segments),
      moves: reuseList(before?.ring.moves, ring.moves),
      failovers: reuseList(before?.ring.failovers, ring.failovers),
    }),
    nodes: reuseList(before?.nodes, projectNodes(known)),
    slots: reuseList(before?.slots, projectSlots(known)),
    traffic: reuse(before?.traffic, projectTraffic(known)),
    convergence: reuse(before?.convergence, convergenceOf(known, before?.convergence)),
    events: reuseList(before?.events, eventsOf(parts)),
  };
  return before === undefined ? view : reuse(before, view);
}

function headerOf(known: KnownCluster): HeaderView {
  const { job, view, leaders, ended, parts } = known;
  const starts = [...parts.values()].flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt]));
  const frontier = Math.max(0, ...[...parts.values()].map((part) => part.frontier));
  const tasks = [...parts.values()].flatMap(({ newestTask }) => (newestTask === null ? [] : [newestTask]));
  return {
    job: job?.name ?? null,
    parameters: job?.parameters ?? [],
    consistency: job === null ? null : consistencyOf(job.tau),
    view: view?.number ?? null,
    lineage: view?.lineage ?? null,
    leaders,
    frontier,
    newestTask: tasks.length === 0 ? null : tasks.reduce((a, b) => (b.time > a.time ? b : a)),
    state: stateOf(known, tasks.length > 0),
    reason: ended?.reason ?? null,
    startedAt: starts.length === 0 ? null : Math.min(...starts),
    endedAt: ended?.at ?? null,
    checks: null,
  };
}

function stateOf({ ended, job, view }: KnownCluster, hasTasks: boolean): HeaderView["state"] {
  if (ended !== null) return ended.isFailure ? "failed" : "ended";
  if (hasTasks) return "running";
  if (job !== null) return "loading";
  return view === null ? "forming" : "idle";
}

function consistencyOf(tau: number | null): Consistency {
  if (tau === null) return { kind: "eventual" };
  return tau === 0 ? { kind: "sequential" } : { kind: "bounded", tau };
}

function convergenceOf({ parts, job }: KnownCluster, before: ConvergenceView | undefined): ConvergenceView {
  const lists = [...parts.values()].map(({ progress }) => progress).filter(({ length }) => length > 0);
  // A scheduler that took over reports on; what its predecessor reported stays.
  const all = lists.length === 1 ? lists[0] : lists.flat().sort((a, b) => a.at - b.at);
  const points = reuseList(before?.points, all);
  const newest = points.at(-1) ?? null;
  const reference = job?.reference ?? null;
  // An optimum of 0 has no relative gap.
  const hasGap = newest !== null && reference !== null && reference !== 0;
  const gap = hasGap ? (newest.objective - reference) / reference : null;
  return { points, newest, reference, gap };
}

/** The newest of all: they are among the newest of the nodes that spoke last. */
function eventsOf(parts: readonly NodePart[]): readonly EventView[] {
  const speakers = parts
    .filter(({ events }) => events.length > 0)
    .sort((a, b) => latest(b) - latest(a) || (a.node < b.node ? -1 : 1))
    .slice(0, eventsKept);
  return speakers
    .flatMap(({ events }) => events.slice(-eventsKept))
    .sort((a, b) => a.at - b.at || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0))
    .slice(-eventsKept);
}

function latest({ events }: NodePart): number {
  return events.reduce((max, { at }) => Math.max(max, at), 0);
}
